"""PAYMENT."""

from stellar_sdk.xdr import OperationType
from stellar_sdk.xdr import PaymentResultCode as Code

from ..assets import asset_from_xdr, is_valid
from ..envelope import Operation, muxed_from_xdr
from ..results import op_result
from ..state import Txn
from .balances import Move, add, take
from .context import Context

TYPE = OperationType.PAYMENT.value

_RECEIVING = {
    Move.NO_TRUST: Code.PAYMENT_NO_TRUST,
    Move.NOT_AUTHORIZED: Code.PAYMENT_NOT_AUTHORIZED,
    Move.FULL: Code.PAYMENT_LINE_FULL,
    Move.NO_ACCOUNT: Code.PAYMENT_NO_DESTINATION,
}
_SENDING = {
    Move.NO_TRUST: Code.PAYMENT_SRC_NO_TRUST,
    Move.NOT_AUTHORIZED: Code.PAYMENT_SRC_NOT_AUTHORIZED,
    Move.UNDERFUNDED: Code.PAYMENT_UNDERFUNDED,
}


def check(op: Operation) -> bytes | None:
    """A result if it can never succeed, whatever the ledger holds."""
    if op.body.amount.int64 <= 0 or not is_valid(asset_from_xdr(op.body.asset)):
        return op_result(TYPE, Code.PAYMENT_MALFORMED)
    return None


def apply(txn: Txn, op: Operation, context: Context) -> bytes:
    """The receiving side is looked at before the sending one, as core does."""
    asset, amount = asset_from_xdr(op.body.asset), op.body.amount.int64
    destination = muxed_from_xdr(op.body.destination)[0]
    if destination == op.source and asset.is_native:
        return op_result(TYPE, Code.PAYMENT_SUCCESS)
    burns = asset.issuer == destination
    if not burns and txn.account(destination) is None:
        return op_result(TYPE, Code.PAYMENT_NO_DESTINATION)
    moved = add(txn, destination, asset, amount)
    if moved is not Move.DONE:
        return op_result(TYPE, _RECEIVING[moved])
    moved = take(txn, op.source, asset, amount)
    if moved is not Move.DONE:
        return op_result(TYPE, _SENDING[moved])
    return op_result(TYPE, Code.PAYMENT_SUCCESS)
