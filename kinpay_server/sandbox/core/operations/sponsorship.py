"""BEGIN_ and END_SPONSORING_FUTURE_RESERVES (CAP-33)."""

from stellar_sdk.xdr import BeginSponsoringFutureReservesResultCode as Begin
from stellar_sdk.xdr import EndSponsoringFutureReservesResultCode as End
from stellar_sdk.xdr import OperationType

from ..assets import account_from_xdr
from ..envelope import Operation
from ..results import op_result
from ..state import Txn
from .context import Context

BEGIN = OperationType.BEGIN_SPONSORING_FUTURE_RESERVES.value
END = OperationType.END_SPONSORING_FUTURE_RESERVES.value


def check_begin(op: Operation) -> bytes | None:
    """Nobody can sponsor itself."""
    if account_from_xdr(op.body.sponsored_id) == op.source:
        return op_result(BEGIN, Begin.BEGIN_SPONSORING_FUTURE_RESERVES_MALFORMED)
    return None


def apply_begin(txn: Txn, op: Operation, context: Context) -> bytes:
    """Opens a sponsorship; the sponsored account need not exist yet."""
    sponsored, sponsors = account_from_xdr(op.body.sponsored_id), context.sponsors
    if sponsored in sponsors:
        return op_result(BEGIN, Begin.BEGIN_SPONSORING_FUTURE_RESERVES_ALREADY_SPONSORED)
    if op.source in sponsors or sponsored in sponsors.values():
        return op_result(BEGIN, Begin.BEGIN_SPONSORING_FUTURE_RESERVES_RECURSIVE)
    sponsors[sponsored] = op.source
    return op_result(BEGIN, Begin.BEGIN_SPONSORING_FUTURE_RESERVES_SUCCESS)


def apply_end(txn: Txn, op: Operation, context: Context) -> bytes:
    """The sponsored account itself ends it."""
    if context.sponsors.pop(op.source, None) is None:
        return op_result(END, End.END_SPONSORING_FUTURE_RESERVES_NOT_SPONSORED)
    return op_result(END, End.END_SPONSORING_FUTURE_RESERVES_SUCCESS)
