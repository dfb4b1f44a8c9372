"""ALLOW_TRUST and SET_TRUST_LINE_FLAGS: what an issuer allows a trustline."""

from stellar_sdk import xdr
from stellar_sdk.xdr import AllowTrustResultCode as Allow
from stellar_sdk.xdr import OperationType
from stellar_sdk.xdr import SetTrustLineFlagsResultCode as Flags

from ..assets import Asset, account_from_xdr, asset_from_xdr, is_valid
from ..entries import AUTH_REVOCABLE, AUTHORIZED, MAINTAIN_LIABILITIES, TRUSTLINE_CLAWBACK, Trustline
from ..envelope import Operation
from ..results import op_result
from ..state import Txn
from .context import Context, source_account

ALLOW = OperationType.ALLOW_TRUST.value
FLAGS = OperationType.SET_TRUST_LINE_FLAGS.value
AUTH_MASK = AUTHORIZED | MAINTAIN_LIABILITIES


def check_allow(op: Operation) -> bytes | None:
    """A result if it can never succeed, whatever the ledger holds."""
    asset, wanted = _allowed_asset(op), op.body.authorize.uint32
    trustor = account_from_xdr(op.body.trustor)
    if wanted & ~AUTH_MASK or wanted == AUTH_MASK or not is_valid(asset) or trustor == op.source:
        return op_result(ALLOW, Allow.ALLOW_TRUST_MALFORMED)
    return None


def apply_allow(txn: Txn, op: Operation, context: Context) -> bytes:
    """Sets the authorization to exactly what is named."""
    wanted = op.body.authorize.uint32
    line = txn.trustline(account_from_xdr(op.body.trustor), _allowed_asset(op))
    issuer = source_account(txn, op)
    if line is None:
        return op_result(ALLOW, Allow.ALLOW_TRUST_NO_TRUST_LINE)
    if _takes_away(line.flags & AUTH_MASK, wanted) and not issuer.flags & AUTH_REVOCABLE:
        return op_result(ALLOW, Allow.ALLOW_TRUST_CANT_REVOKE)
    txn.put(line._replace(flags=line.flags & ~AUTH_MASK | wanted))
    return op_result(ALLOW, Allow.ALLOW_TRUST_SUCCESS)


def check_flags(op: Operation) -> bytes | None:
    """A result if it can never succeed, whatever the ledger holds."""
    body: xdr.SetTrustLineFlagsOp = op.body
    asset, add, remove = asset_from_xdr(body.asset), body.set_flags.uint32, body.clear_flags.uint32
    bad_asset = asset.is_native or not is_valid(asset) or asset.issuer != op.source
    bad_flags = add & remove or add & ~AUTH_MASK or remove & ~(AUTH_MASK | TRUSTLINE_CLAWBACK) or add == AUTH_MASK
    if bad_asset or bad_flags or account_from_xdr(body.trustor) == op.source:
        return op_result(FLAGS, Flags.SET_TRUST_LINE_FLAGS_MALFORMED)
    return None


def apply_flags(txn: Txn, op: Operation, context: Context) -> bytes:
    """Sets and clears single flags; never both kinds of authorization at once."""
    body: xdr.SetTrustLineFlagsOp = op.body
    issuer = source_account(txn, op)
    line = txn.trustline(account_from_xdr(body.trustor), asset_from_xdr(body.asset))
    if line is None:
        return op_result(FLAGS, Flags.SET_TRUST_LINE_FLAGS_NO_TRUST_LINE)
    flags = line.flags & ~body.clear_flags.uint32 | body.set_flags.uint32
    if flags & AUTH_MASK == AUTH_MASK:
        return op_result(FLAGS, Flags.SET_TRUST_LINE_FLAGS_INVALID_STATE)
    if _takes_away(line.flags & AUTH_MASK, flags & AUTH_MASK) and not issuer.flags & AUTH_REVOCABLE:
        return op_result(FLAGS, Flags.SET_TRUST_LINE_FLAGS_CANT_REVOKE)
    _store(txn, line, flags)
    return op_result(FLAGS, Flags.SET_TRUST_LINE_FLAGS_SUCCESS)


def _store(txn: Txn, line: Trustline, flags: int) -> None:
    txn.put(line._replace(flags=flags))


def _takes_away(before: int, after: int) -> bool:
    """From authorized to less, or from maintaining to nothing."""
    return bool(before & AUTHORIZED and not after & AUTHORIZED) or bool(before and not after)


def _allowed_asset(op: Operation) -> Asset:
    code = op.body.asset.asset_code4 or op.body.asset.asset_code12
    raw: bytes = code.asset_code4 if op.body.asset.asset_code4 is not None else code.asset_code12
    return Asset(raw.rstrip(b"\0").decode("latin-1"), op.source)
