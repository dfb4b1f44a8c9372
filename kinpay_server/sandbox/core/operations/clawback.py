"""CLAWBACK and CLAWBACK_CLAIMABLE_BALANCE (CAP-35): an issuer takes back what it gave."""

from stellar_sdk.xdr import ClawbackClaimableBalanceResultCode as Balance
from stellar_sdk.xdr import ClawbackResultCode as Code
from stellar_sdk.xdr import OperationType

from ..assets import asset_from_xdr, is_valid
from ..entries import TRUSTLINE_CLAWBACK, ClaimableBalance, claimable_key
from ..envelope import Operation, muxed_from_xdr
from ..reserves import line_spendable
from ..results import op_result
from ..state import Txn
from .claimable_balances import CLAWBACK_FLAG, remove
from .context import Context

TYPE = OperationType.CLAWBACK.value
OF_BALANCE = OperationType.CLAWBACK_CLAIMABLE_BALANCE.value


def check(op: Operation) -> bytes | None:
    """A result if it can never succeed, whatever the ledger holds."""
    asset = asset_from_xdr(op.body.asset)
    bad = asset.is_native or not is_valid(asset) or asset.issuer != op.source
    if bad or op.body.amount.int64 <= 0 or muxed_from_xdr(op.body.from_)[0] == op.source:
        return op_result(TYPE, Code.CLAWBACK_MALFORMED)
    return None


def apply(txn: Txn, op: Operation, context: Context) -> bytes:
    """From a trustline that allows it."""
    line = txn.trustline(muxed_from_xdr(op.body.from_)[0], asset_from_xdr(op.body.asset))
    amount = op.body.amount.int64
    if line is None:
        return op_result(TYPE, Code.CLAWBACK_NO_TRUST)
    if not line.flags & TRUSTLINE_CLAWBACK:
        return op_result(TYPE, Code.CLAWBACK_NOT_CLAWBACK_ENABLED)
    if amount > line_spendable(line):
        return op_result(TYPE, Code.CLAWBACK_UNDERFUNDED)
    txn.put(line._replace(balance=line.balance - amount))
    return op_result(TYPE, Code.CLAWBACK_SUCCESS)


def apply_of_balance(txn: Txn, op: Operation, context: Context) -> bytes:
    """A whole claimable balance."""
    entry = txn.get(claimable_key(op.body.balance_id.v0.hash))
    if not isinstance(entry, ClaimableBalance):
        return op_result(OF_BALANCE, Balance.CLAWBACK_CLAIMABLE_BALANCE_DOES_NOT_EXIST)
    if entry.asset.issuer != op.source:
        return op_result(OF_BALANCE, Balance.CLAWBACK_CLAIMABLE_BALANCE_NOT_ISSUER)
    if not entry.flags & CLAWBACK_FLAG:
        return op_result(OF_BALANCE, Balance.CLAWBACK_CLAIMABLE_BALANCE_NOT_CLAWBACK_ENABLED)
    remove(txn, entry)
    return op_result(OF_BALANCE, 0)
