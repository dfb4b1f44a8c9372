"""Whom a transaction and its operations concern: in whose lists they appear."""

from stellar_sdk import xdr

from ..core.assets import account_from_xdr
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
    elif op.type == 18:
        found.update(_of_revocation(body))
    elif op.type == 14:
        found.update(account_from_xdr(c.v0.destination) for c in body.claimants)
    sponsor = tx.applied.sponsor_ends.get(index)
    if sponsor is not None:
        found.add(sponsor)
    operations = tx.applied.operations
    if index < len(operations):
        found.update(s for _, after in operations[index] if after is not None and (s := after.sponsor) is not None)
    return found


def _of_revocation(body: xdr.RevokeSponsorshipOp) -> set[bytes]:
    """Whose entry or signer it is; nobody's, if it is a claimable balance."""
    if body.signer is not None:
        return {account_from_xdr(body.signer.account_id)}
    key = body.ledger_key
    assert key is not None  # noqa: S101 - the other arm
    if key.offer is not None:
        return {account_from_xdr(key.offer.seller_id)}
    owner = key.account or key.trust_line or key.data
    return set() if owner is None else {account_from_xdr(owner.account_id)}


def of_transaction(tx: TxRecord, concerned: list[set[bytes]]) -> set[bytes]:
    """Its source, who pays, and whoever its operations concern; not whose offers were taken on the way."""
    found = {tx.applied.envelope.source, tx.applied.envelope.fee_source}
    for group in concerned:
        found |= group
    return found
