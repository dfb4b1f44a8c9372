"""Whom a transaction and its operations concern: in whose lists they appear."""

from ..core.assets import account_from_xdr
from ..core.entries import Account, Trustline
from ..core.envelope import Operation, muxed_from_xdr
from .records import TxRecord


def of_operation(tx: TxRecord, index: int, op: Operation) -> set[bytes]:
    """The source, and whoever the operation names or acts upon."""
    found = {op.source}
    body = op.body
    if op.type in (0, 1, 2, 13):
        found.add(account_from_xdr(body.destination) if op.type == 0 else muxed_from_xdr(body.destination)[0])
    elif op.type == 8:
        found.add(muxed_from_xdr(body)[0])
    elif op.type in (7, 21):
        found.add(account_from_xdr(body.trustor))
    elif op.type == 16:
        found.add(account_from_xdr(body.sponsored_id))
    elif op.type == 19:
        found.add(muxed_from_xdr(body.from_)[0])
    elif op.type == 14:
        found.update(account_from_xdr(c.v0.destination) for c in body.claimants)
    sponsor = tx.applied.sponsor_ends.get(index)
    if sponsor is not None:
        found.add(sponsor)
    operations = tx.applied.operations
    if index < len(operations):
        found.update(s for _, after in operations[index] if after is not None and (s := after.sponsor) is not None)
    return found


def of_transaction(tx: TxRecord, concerned: list[set[bytes]]) -> set[bytes]:
    """Its source, who pays, whoever its operations concern, and every account that it changed."""
    applied = tx.applied
    found = {applied.envelope.source, applied.envelope.fee_source}
    for group in concerned:
        found |= group
    for changes in (applied.before, *applied.operations):
        for before, after in changes:
            entry = after if after is not None else before
            if isinstance(entry, Account):
                found.add(entry.id)
            elif isinstance(entry, Trustline):
                found.add(entry.account)
    return found
