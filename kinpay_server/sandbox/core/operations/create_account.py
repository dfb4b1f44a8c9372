"""CREATE_ACCOUNT."""

from stellar_sdk.xdr import CreateAccountResultCode as Code
from stellar_sdk.xdr import OperationType

from ..assets import account_from_xdr
from ..entries import Account
from ..envelope import Operation
from ..reserves import BASE_RESERVE, Reserve, spendable, take_on
from ..results import op_result
from ..state import Txn
from .context import Context, reserve_failure, source_account

TYPE = OperationType.CREATE_ACCOUNT.value


def check(op: Operation) -> bytes | None:
    """A result if it can never succeed, whatever the ledger holds."""
    amount, destination = op.body.starting_balance.int64, account_from_xdr(op.body.destination)
    if amount < 0 or destination == op.source:
        return op_result(TYPE, Code.CREATE_ACCOUNT_MALFORMED)
    return None


def apply(txn: Txn, op: Operation, context: Context) -> bytes:
    """The reserve is looked at before the source's balance, as core does; numbers begin at ledger << 32."""
    destination = account_from_xdr(op.body.destination)
    amount = op.body.starting_balance.int64
    if txn.account(destination) is not None:
        return op_result(TYPE, Code.CREATE_ACCOUNT_ALREADY_EXIST)
    sponsor = context.sponsors.get(destination)
    if sponsor is None and amount < 2 * BASE_RESERVE:
        return op_result(TYPE, Code.CREATE_ACCOUNT_LOW_RESERVE)
    if sponsor is not None:
        outcome = take_on(txn, sponsor, 2)
        if outcome is not Reserve.FINE:
            return reserve_failure(outcome, TYPE, Code.CREATE_ACCOUNT_LOW_RESERVE)
    source = source_account(txn, op)
    if spendable(source) < amount:
        return op_result(TYPE, Code.CREATE_ACCOUNT_UNDERFUNDED)
    txn.put(source._replace(balance=source.balance - amount))
    sponsored = 2 if sponsor is not None else 0
    txn.put(Account(destination, amount, context.ledger << 32, sponsored=sponsored, sponsor=sponsor))
    return op_result(TYPE, Code.CREATE_ACCOUNT_SUCCESS)
