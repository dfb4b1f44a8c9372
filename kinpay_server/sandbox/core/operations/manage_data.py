"""MANAGE_DATA."""

from stellar_sdk.xdr import ManageDataResultCode as Code
from stellar_sdk.xdr import OperationType

from ..entries import Data
from ..envelope import Operation
from ..reserves import Reserve, add_subentry, remove_subentry
from ..results import op_result
from ..state import Txn
from .context import Context, reserve_failure

TYPE = OperationType.MANAGE_DATA.value


def check(op: Operation) -> bytes | None:
    """A name is 1 to 64 printable letters."""
    name = op.body.data_name.string64
    if not name or not all(32 <= letter < 127 for letter in name):
        return op_result(TYPE, Code.MANAGE_DATA_INVALID_NAME)
    return None


def apply(txn: Txn, op: Operation, context: Context) -> bytes:
    """No value removes the entry."""
    name, value = op.body.data_name.string64, op.body.data_value
    old = txn.data(op.source, name)
    if value is None:
        if old is None:
            return op_result(TYPE, Code.MANAGE_DATA_NAME_NOT_FOUND)
        txn.erase(old.key)
        remove_subentry(txn, op.source, old.sponsor)
    elif old is not None:
        txn.put(old._replace(value=value.data_value))
    else:
        sponsor = context.sponsors.get(op.source)
        outcome = add_subentry(txn, op.source, sponsor)
        if outcome is not Reserve.FINE:
            return reserve_failure(outcome, TYPE, Code.MANAGE_DATA_LOW_RESERVE)
        txn.put(Data(op.source, name, value.data_value, sponsor))
    return op_result(TYPE, Code.MANAGE_DATA_SUCCESS)
