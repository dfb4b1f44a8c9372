"""Reads lists of payments, of the whole network or of one account, for the few of them that somebody watches.

A page of 200 is 1.5 MB, most of it XDR of the joined transactions. It is parsed by orjson in one go; then each record
has its asset compared, and its two addresses looked up in a set, and nothing else is touched unless they are wanted.
"""

from collections.abc import Mapping, Sequence, Set
from datetime import datetime
from typing import Any

from kinpay_server.domain.amount import amount_of
from kinpay_server.domain.watch import Money, SeenPayment
from kinpay_server.ledger.accounts import KinAsset, stroops_of
from kinpay_server.ledger.unavailable import HorizonUnavailable

Json = Mapping[str, Any]

UNREADABLE = (LookupError, TypeError, ValueError, AttributeError)
LEAST_SECONDS = 1


class PaymentsPage:
    """Implements `services.ports.PaymentsPage` over the records of one page."""

    def __init__(self, records: Sequence[Json], asset: KinAsset, limit: int) -> None:
        """Raises `KeyError`, `TypeError` or `ValueError`."""
        self._records = records
        self._asset = asset
        self.count = len(records)
        self.full = len(records) >= limit
        self.last = int(records[-1]["paging_token"]) if records else None
        self.closed_at = _milliseconds(records[-1]["created_at"]) if records else None

    def watched(self, addresses: Set[str]) -> list[SeenPayment]:
        """See the port."""
        code, issuer = self._asset.code, self._asset.issuer
        try:
            return [
                _seen(record, self._asset)
                for record in self._records
                if (
                    (record.get("asset_code") == code and record["asset_issuer"] == issuer)
                    or (record.get("source_asset_code") == code and record["source_asset_issuer"] == issuer)
                )
                and (record["from"] in addresses or record["to"] in addresses)
                and record["transaction_successful"] is True
            ]
        except UNREADABLE as error:
            raise HorizonUnavailable(f"a payment that Horizon lists cannot be read: {error!r}") from error


def parse_payments_page(body: Json, asset: KinAsset, limit: int) -> PaymentsPage:
    """A page of at most `limit`. Raises `KeyError`, `TypeError` or `ValueError`."""
    return PaymentsPage(body["_embedded"]["records"], asset, limit)


def parse_rate(body: Json, until: int) -> float:
    """Payments a second from the oldest of a page (the newest first) to `until`, in seconds since 1970."""
    records = body["_embedded"]["records"]
    if not records:
        return 0.0
    return len(records) / max(LEAST_SECONDS, until - _milliseconds(records[-1]["created_at"]) / 1000)


def _seen(record: Json, asset: KinAsset) -> SeenPayment:
    """The KIN that it delivers or, when it delivers something else, that it spends."""
    transaction = record["transaction"]
    along_a_path = "source_amount" in record
    amount = record["amount"] if _is_kin(record, asset) else record["source_amount"]
    return SeenPayment(
        position=int(record["paging_token"]),
        sender=record["from"],
        recipient=record["to"],
        amount=stroops_of(amount),
        transaction_id=record["transaction_hash"],
        timestamp=record["created_at"],
        closed_at=_milliseconds(record["created_at"]),
        memo=transaction.get("memo", "") if transaction["memo_type"] == "text" else None,
        sent=_money(record, "source_") if along_a_path else None,
        received=_money(record, "") if along_a_path else None,
    )


def _is_kin(record: Json, asset: KinAsset) -> bool:
    return (record.get("asset_code"), record.get("asset_issuer")) == (asset.code, asset.issuer)


def _money(record: Json, prefix: str) -> Money:
    """One side of a payment along a path; the amounts of all assets have seven decimals."""
    issuer = record.get(f"{prefix}asset_issuer")
    code = "XLM" if issuer is None else record[f"{prefix}asset_code"]
    return Money(amount_of(stroops_of(record[f"{prefix}amount"])), code, issuer)


def _milliseconds(created_at: str) -> int:
    return int(datetime.fromisoformat(created_at).timestamp() * 1000)
