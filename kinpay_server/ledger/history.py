"""Reads transactions as Horizon's history shows them."""

from collections.abc import Mapping
from typing import Any

from kinpay_server.domain.outcome import LedgerTransaction
from kinpay_server.ledger.results import failure_of

Json = Mapping[str, Any]


def parse_transaction(body: Json) -> LedgerTransaction:
    """One transaction. Only a failed one's result is decoded. Raises `KeyError`, `TypeError` or `ValueError`.

    `fee_charged` is the whole fee, in a bump the outer one: the inner result repeats its share, so it is not added.
    """
    return LedgerTransaction(
        hashes=_hashes(body),
        ledger=int(body["ledger"]),
        closed_at=body["created_at"],
        fee_charged=int(body["fee_charged"]),
        fee_account=body["fee_account"],
        failure=None if _successful(body) else failure_of(body["result_xdr"]),
        memo=body.get("memo", "") if body["memo_type"] == "text" else None,
        paging_token=body["paging_token"],
        source=body["source_account"],
        sequence=int(body["source_account_sequence"]),
        envelope=body["envelope_xdr"],
    )


def parse_page(body: Json) -> list[LedgerTransaction]:
    """The transactions of a page, in its order. Raises as `parse_transaction`."""
    return [parse_transaction(record) for record in body["_embedded"]["records"]]


def _successful(body: Json) -> bool:
    """Horizon's word, which must be there: nothing may be taken for paid or failed by default."""
    successful = body["successful"]
    if not isinstance(successful, bool):
        raise ValueError("`successful` is not a boolean")
    return successful


def _hashes(body: Json) -> tuple[str, ...]:
    """`hash` echoes what was asked for: a bump's outer and inner hash stand in parts of their own."""
    bump = body.get("fee_bump_transaction")
    if bump is None:
        return (body["hash"],)
    return (bump["hash"], body["inner_transaction"]["hash"])
