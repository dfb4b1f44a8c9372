"""Misbehaviour of the sandbox, and its end."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kinpay_server.demo.http import call
from kinpay_server.demo.network import Network

LOSSES = {
    "lost_before": 0.08,
    "lost_after": 0.08,
    "timeout_after": 0.08,
    "error_after": 0.08,
    "cut_after": 0.04,
    "empty_after": 0.04,
    "vanish": 0.08,
    "rate_limited": 0.05,
    "slow": 0.05,
    "slow_seconds": 1.0,
}
LATE = {"replica_lags": [0, 2, 5]}
WELL: dict[str, Any] = dict.fromkeys(LOSSES, 0) | {
    "replica_lags": [],
    "ingestion_lag": 0,
    "stall": 0,
    "core_down": False,
    "surge_bid": 0,
    "surge_ops": 0,
}


def set_faults(network: Network, **faults: Any) -> None:
    """Set what is named; the rest stays."""
    call(f"{network.horizon_url}/_sandbox/faults", faults)


@contextmanager
def misbehaving(network: Network, **faults: Any) -> Iterator[None]:
    """A sandbox that misbehaves until the block ends."""
    set_faults(network, **faults)
    try:
        yield
    finally:
        set_faults(network, **WELL)
