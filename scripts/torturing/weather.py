"""The sandbox's bad spells, one after the other."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from kinpay_server.demo.http import call
from kinpay_server.demo.network import Network

SECONDS_EACH = 4.0

WELL: Mapping[str, Any] = {
    **dict.fromkeys(("lost_before", "lost_after", "timeout_after", "error_after", "cut_after", "empty_after"), 0),
    **dict.fromkeys(("vanish", "rate_limited", "slow", "ingestion_lag", "stall", "surge_bid", "surge_ops"), 0),
    "replica_lags": [],
    "core_down": False,
}
LOSSES: Mapping[str, Any] = {
    "lost_before": 0.06,
    "lost_after": 0.06,
    "timeout_after": 0.06,
    "error_after": 0.06,
    "cut_after": 0.03,
    "empty_after": 0.03,
    "vanish": 0.05,
    "rate_limited": 0.05,
    "slow": 0.03,
    "slow_seconds": 2.0,
}
SPELLS: Sequence[Mapping[str, Any]] = (
    LOSSES,
    {**LOSSES, "replica_lags": [0, 1, 4]},
    {**LOSSES, "core_down": True},
    {**LOSSES, "ingestion_lag": 10},
    {**LOSSES, "surge_bid": 900, "surge_ops": 980},
    {**LOSSES, "stall": 6},
    {**LOSSES, "replica_lags": [0, 3], "surge_bid": 20_000, "surge_ops": 995},
    {**LOSSES, "rate_limited": 0.5},
)


async def bad_weather(network: Network, seed: int) -> None:
    """Go through the spells again and again, until it is cancelled."""
    await set_faults(network, {"seed": seed})
    for spell in itertools.cycle(SPELLS):
        await set_faults(network, {**WELL, **spell})
        await asyncio.sleep(SECONDS_EACH)


async def fair_weather(network: Network) -> None:
    """No misbehaviour any more."""
    await set_faults(network, WELL)


async def set_faults(network: Network, faults: Mapping[str, Any]) -> None:
    """Set what is named; the rest stays."""
    await asyncio.to_thread(call, f"{network.horizon_url}/_sandbox/faults", dict(faults))
