"""ACCOUNT_MERGE."""

import struct

from stellar_sdk.xdr import AccountMergeResultCode as Code
from stellar_sdk.xdr import OperationType

from ..entries import AUTH_IMMUTABLE, Account
from ..envelope import Operation, muxed_from_xdr
from ..reserves import let_go, room
from ..results import op_result
from ..state import Txn
from .context import Context, source_account

TYPE = OperationType.ACCOUNT_MERGE.value


def check(op: Operation) -> bytes | None:
    """Nobody can be merged into itself."""
    if muxed_from_xdr(op.body)[0] == op.source:
        return op_result(TYPE, Code.ACCOUNT_MERGE_MALFORMED)
    return None


def apply(txn: Txn, op: Operation, context: Context) -> bytes:
    """All XLM goes to the destination; the result tells how much."""
    destination_id = muxed_from_xdr(op.body)[0]
    destination, source = txn.account(destination_id), source_account(txn, op)
    if destination is None:
        return op_result(TYPE, Code.ACCOUNT_MERGE_NO_ACCOUNT)
    failure = _obstacle(source, context)
    if failure is not None:
        return op_result(TYPE, failure)
    if source.balance > room(destination):
        return op_result(TYPE, Code.ACCOUNT_MERGE_DEST_FULL)
    txn.put(destination._replace(balance=destination.balance + source.balance))
    for signer in source.signers:
        if signer.sponsor is not None:
            let_go(txn, signer.sponsor, 1)
    if source.sponsor is not None:
        let_go(txn, source.sponsor, 2)
    txn.erase(source.id)
    return op_result(TYPE, Code.ACCOUNT_MERGE_SUCCESS, struct.pack(">q", source.balance))


def _obstacle(source: Account, context: Context) -> Code | None:
    if source.flags & AUTH_IMMUTABLE:
        return Code.ACCOUNT_MERGE_IMMUTABLE_SET
    if source.sub_entries != len(source.signers):
        return Code.ACCOUNT_MERGE_HAS_SUB_ENTRIES
    if source.sequence >= context.ledger << 32:
        return Code.ACCOUNT_MERGE_SEQNUM_TOO_FAR
    if source.sponsoring or source.id in context.sponsors.values():
        return Code.ACCOUNT_MERGE_IS_SPONSOR
    return None
