"""BUMP_SEQUENCE."""

from stellar_sdk.xdr import BumpSequenceResultCode as Code
from stellar_sdk.xdr import OperationType

from ..envelope import Operation
from ..results import op_result
from ..state import Txn
from .context import Context, source_account

TYPE = OperationType.BUMP_SEQUENCE.value


def check(op: Operation) -> bytes | None:
    """A sequence number is not negative."""
    if op.body.bump_to.sequence_number.int64 < 0:
        return op_result(TYPE, Code.BUMP_SEQUENCE_BAD_SEQ)
    return None


def apply(txn: Txn, op: Operation, context: Context) -> bytes:
    """Forwards only; a lower number is a success that changes nothing."""
    goal, account = op.body.bump_to.sequence_number.int64, source_account(txn, op)
    if goal > account.sequence:
        txn.put(account._replace(sequence=goal, sequence_ledger=context.ledger, sequence_time=context.close_time))
    return op_result(TYPE, Code.BUMP_SEQUENCE_SUCCESS)
