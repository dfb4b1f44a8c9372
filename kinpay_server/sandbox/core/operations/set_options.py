"""SET_OPTIONS: flags, thresholds, home domain, signers."""

from stellar_sdk import xdr
from stellar_sdk.xdr import OperationType
from stellar_sdk.xdr import SetOptionsResultCode as Code

from ..assets import account_from_xdr
from ..entries import AUTH_CLAWBACK, AUTH_IMMUTABLE, AUTH_REVOCABLE, Account, Signer
from ..envelope import Operation
from ..reserves import Reserve, add_subentry, remove_subentry
from ..results import op_result
from ..signatures import ed25519_key
from ..state import Txn
from .context import Context, reserve_failure, source_account

TYPE = OperationType.SET_OPTIONS.value
MAX_SIGNERS = 20
ALL_FLAGS = 0xF


def check(op: Operation) -> bytes | None:
    """A result if it can never succeed, whatever the ledger holds."""
    body: xdr.SetOptionsOp = op.body
    set_flags, clear_flags = _uint(body.set_flags), _uint(body.clear_flags)
    if (set_flags | clear_flags) & ~ALL_FLAGS:
        return op_result(TYPE, Code.SET_OPTIONS_UNKNOWN_FLAG)
    if set_flags & clear_flags:
        return op_result(TYPE, Code.SET_OPTIONS_BAD_FLAGS)
    levels = (body.master_weight, body.low_threshold, body.med_threshold, body.high_threshold)
    if any(_uint(level) > 255 for level in levels):
        return op_result(TYPE, Code.SET_OPTIONS_THRESHOLD_OUT_OF_RANGE)
    if body.signer is not None and not _good_signer(op, body.signer):
        return op_result(TYPE, Code.SET_OPTIONS_BAD_SIGNER)
    if body.home_domain is not None and not _good_domain(body.home_domain.string32):
        return op_result(TYPE, Code.SET_OPTIONS_INVALID_HOME_DOMAIN)
    return None


def apply(txn: Txn, op: Operation, context: Context) -> bytes:
    """In core's order: inflation destination, flags, thresholds and domain, signer."""
    body: xdr.SetOptionsOp = op.body
    account = source_account(txn, op)
    if body.inflation_dest is not None:
        destination = account_from_xdr(body.inflation_dest)
        if txn.account(destination) is None:
            return op_result(TYPE, Code.SET_OPTIONS_INVALID_INFLATION)
        account = account._replace(inflation_destination=destination)
    if body.clear_flags is not None or body.set_flags is not None:
        if account.flags & AUTH_IMMUTABLE:
            return op_result(TYPE, Code.SET_OPTIONS_CANT_CHANGE)
        flags = account.flags & ~_uint(body.clear_flags) | _uint(body.set_flags)
        if flags & AUTH_CLAWBACK and not flags & AUTH_REVOCABLE:
            return op_result(TYPE, Code.SET_OPTIONS_AUTH_REVOCABLE_REQUIRED)
        account = account._replace(flags=flags)
    account = _thresholds(account, body)
    if body.home_domain is not None:
        account = account._replace(home_domain=body.home_domain.string32)
    txn.put(account)
    if body.signer is not None:
        failure = _change_signer(txn, op.source, body.signer, context)
        if failure is not None:
            return failure
    return op_result(TYPE, Code.SET_OPTIONS_SUCCESS)


def _thresholds(account: Account, body: xdr.SetOptionsOp) -> Account:
    wanted = (body.master_weight, body.low_threshold, body.med_threshold, body.high_threshold)
    levels = bytes(old if new is None else new.uint32 for old, new in zip(account.thresholds, wanted, strict=True))
    return account if levels == account.thresholds else account._replace(thresholds=levels)


def _change_signer(txn: Txn, owner: bytes, wanted: xdr.Signer, context: Context) -> bytes | None:
    key, weight = wanted.key.to_xdr_bytes(), wanted.weight.uint32
    account = txn.account(owner)
    assert account is not None  # noqa: S101
    old = next((s for s in account.signers if s.key == key), None)
    others = tuple(s for s in account.signers if s.key != key)
    sponsor = old.sponsor if old else None
    if weight == 0:
        if old is not None:
            remove_subentry(txn, owner, old.sponsor)
            _store(txn, owner, others)
        return None
    if old is None:
        if len(others) >= MAX_SIGNERS:
            return op_result(TYPE, Code.SET_OPTIONS_TOO_MANY_SIGNERS)
        sponsor = context.sponsors.get(owner)
        outcome = add_subentry(txn, owner, sponsor)
        if outcome is not Reserve.FINE:
            return reserve_failure(outcome, TYPE, Code.SET_OPTIONS_LOW_RESERVE)
    _store(txn, owner, tuple(sorted((*others, Signer(key, weight, sponsor)))))
    return None


def _store(txn: Txn, owner: bytes, signers: tuple[Signer, ...]) -> None:
    account = txn.account(owner)
    assert account is not None  # noqa: S101
    txn.put(account._replace(signers=signers))


def _good_signer(op: Operation, signer: xdr.Signer) -> bool:
    payload = signer.key.ed25519_signed_payload
    if payload is not None and not payload.payload:
        return False
    return signer.key.to_xdr_bytes() != ed25519_key(op.source) and signer.weight.uint32 <= 255


def _good_domain(domain: bytes) -> bool:
    return all(32 <= letter < 127 for letter in domain)


def _uint(value: xdr.Uint32 | None) -> int:
    return 0 if value is None else value.uint32
