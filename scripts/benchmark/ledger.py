"""What the sandbox knows better than the service: when ledgers closed, how many channels there are, who got what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from kinpay_server.demo.http import call
from kinpay_server.demo.network import Network
from kinpay_server.sandbox.http.clock import INGESTION_SECONDS

PAGE = 200


def channels(network: Network, root: str) -> int:
    """How many accounts root sponsors: its channels."""
    return sum(1 for _ in _pages(f"{network.horizon_url}/accounts", sponsor=root))


def close_times(network: Network, close_seconds: float) -> dict[str, float]:
    """When the ledger of each transaction closed (epoch), by its hashes.

    The sandbox closes ledgers when a multiple of `close_seconds` is reached, but tells whole seconds: with a part of
    a second between ledgers the times are unknown, and none is returned.
    """
    if close_seconds != int(close_seconds):
        return {}
    payments = call(f"{network.horizon_url}/_sandbox/audit")["payments"]
    return {told[key]: float(told["time"]) for told in payments for key in ("hash", "inner_hash") if told[key]}


def shown_times(network: Network, close_seconds: float) -> dict[str, float]:
    """When history showed the ledger of each transaction (epoch), by its hashes; as `close_times`."""
    return {one: closed + INGESTION_SECONDS for one, closed in close_times(network, close_seconds).items()}


def received(network: Network, wallets: Sequence[str]) -> Decimal:
    """What all the wallets hold together."""
    return sum((network.kin_balance(wallet) for wallet in wallets), Decimal(0))


def _pages(url: str, **query: str) -> Iterator[dict[str, Any]]:
    cursor = ""
    while True:
        records = call(url, **query, limit=str(PAGE), cursor=cursor)["_embedded"]["records"]
        yield from records
        if len(records) < PAGE:
            return
        cursor = records[-1]["paging_token"]
