"""Reads what Horizon says of the network as a whole: the root document and the fee statistics."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from kinpay_server.services.ports import NetworkFees, NetworkState

Json = Mapping[str, Any]


def parse_network(body: Json) -> NetworkState:
    """The root document. Raises `KeyError`, `TypeError` or `ValueError`."""
    return NetworkState(
        passphrase=str(body["network_passphrase"]),
        latest_ledger=int(body["history_latest_ledger"]),
        elder_ledger=int(body["history_elder_ledger"]),
        core_ledger=int(body["core_latest_ledger"]),
        closed_at=int(datetime.fromisoformat(body["history_latest_ledger_closed_at"]).timestamp()),
    )


def parse_fees(body: Json) -> NetworkFees:
    """The base fee, and what nine of ten transactions were charged at most. Raises like `parse_network`."""
    base = int(body["last_ledger_base_fee"])
    return NetworkFees(base, max(base, int(body["fee_charged"]["p90"])))
