"""CHANGE_TRUST: trustlines made, changed and removed. Pool shares are not supported."""

from stellar_sdk.xdr import AssetType, OperationType
from stellar_sdk.xdr import ChangeTrustResultCode as Code

from ..assets import asset_from_xdr, is_valid
from ..entries import AUTH_CLAWBACK, AUTH_REQUIRED, AUTHORIZED, TRUSTLINE_CLAWBACK, Trustline
from ..envelope import Operation
from ..reserves import Reserve, add_subentry, remove_subentry
from ..results import OP_NOT_SUPPORTED, op_result
from ..state import Txn
from .context import Context, reserve_failure

TYPE = OperationType.CHANGE_TRUST.value


def check(op: Operation) -> bytes | None:
    """A result if it can never succeed, whatever the ledger holds. Trusting oneself is malformed."""
    if op.body.line.type == AssetType.ASSET_TYPE_POOL_SHARE:
        return OP_NOT_SUPPORTED
    asset = asset_from_xdr(op.body.line)
    if op.body.limit.int64 < 0 or asset.is_native or not is_valid(asset) or asset.issuer == op.source:
        return op_result(TYPE, Code.CHANGE_TRUST_MALFORMED)
    return None


def apply(txn: Txn, op: Operation, context: Context) -> bytes:
    """A limit of 0 removes the line; its issuer need not exist for that."""
    asset, limit = asset_from_xdr(op.body.line), op.body.limit.int64
    line = txn.trustline(op.source, asset)
    if line is None:
        return _create(txn, op, context)
    if limit < line.balance + line.buying:
        return op_result(TYPE, Code.CHANGE_TRUST_INVALID_LIMIT)
    if limit == 0:
        txn.erase(line.key)
        remove_subentry(txn, op.source, line.sponsor)
        return op_result(TYPE, Code.CHANGE_TRUST_SUCCESS)
    if txn.account(asset.issuer) is None:
        return op_result(TYPE, Code.CHANGE_TRUST_NO_ISSUER)
    txn.put(line._replace(limit=limit))
    return op_result(TYPE, Code.CHANGE_TRUST_SUCCESS)


def _create(txn: Txn, op: Operation, context: Context) -> bytes:
    asset, limit = asset_from_xdr(op.body.line), op.body.limit.int64
    if limit == 0:
        return op_result(TYPE, Code.CHANGE_TRUST_INVALID_LIMIT)
    issuer = txn.account(asset.issuer)
    if issuer is None:
        return op_result(TYPE, Code.CHANGE_TRUST_NO_ISSUER)
    sponsor = context.sponsors.get(op.source)
    outcome = add_subentry(txn, op.source, sponsor)
    if outcome is not Reserve.FINE:
        return reserve_failure(outcome, TYPE, Code.CHANGE_TRUST_LOW_RESERVE)
    flags = 0 if issuer.flags & AUTH_REQUIRED else AUTHORIZED
    if issuer.flags & AUTH_CLAWBACK:
        flags |= TRUSTLINE_CLAWBACK
    txn.put(Trustline(op.source, asset, 0, limit, flags, sponsor=sponsor))
    return op_result(TYPE, Code.CHANGE_TRUST_SUCCESS)
