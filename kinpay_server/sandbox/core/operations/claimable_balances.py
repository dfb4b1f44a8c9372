"""CREATE_CLAIMABLE_BALANCE and CLAIM_CLAIMABLE_BALANCE (CAP-23)."""

import hashlib
import struct

from stellar_sdk import xdr
from stellar_sdk.xdr import ClaimClaimableBalanceResultCode as Claim
from stellar_sdk.xdr import CreateClaimableBalanceResultCode as Create
from stellar_sdk.xdr import OperationType

from ..assets import Asset, account_from_xdr, asset_from_xdr, is_valid
from ..entries import AUTH_CLAWBACK, TRUSTLINE_CLAWBACK, ClaimableBalance, claimable_key
from ..envelope import Operation
from ..reserves import Reserve, let_go, take_on
from ..results import op_result
from ..state import Txn
from .balances import Move, add, take
from .context import Context, reserve_failure

CREATE = OperationType.CREATE_CLAIMABLE_BALANCE.value
CLAIM = OperationType.CLAIM_CLAIMABLE_BALANCE.value
MAX_DEPTH = 4
CLAWBACK_FLAG = 1

_TAKING = {
    Move.NO_TRUST: Create.CREATE_CLAIMABLE_BALANCE_NO_TRUST,
    Move.NOT_AUTHORIZED: Create.CREATE_CLAIMABLE_BALANCE_NOT_AUTHORIZED,
    Move.UNDERFUNDED: Create.CREATE_CLAIMABLE_BALANCE_UNDERFUNDED,
}
_GIVING = {
    Move.NO_TRUST: Claim.CLAIM_CLAIMABLE_BALANCE_NO_TRUST,
    Move.NOT_AUTHORIZED: Claim.CLAIM_CLAIMABLE_BALANCE_NOT_AUTHORIZED,
    Move.FULL: Claim.CLAIM_CLAIMABLE_BALANCE_LINE_FULL,
}


def check_create(op: Operation) -> bytes | None:
    """A result if it can never succeed, whatever the ledger holds."""
    body: xdr.CreateClaimableBalanceOp = op.body
    parts = [claimant.v0 for claimant in body.claimants if claimant.v0 is not None]
    names = [account_from_xdr(part.destination) for part in parts]
    good = bool(names) and len(set(names)) == len(names) and all(_sound(part.predicate, 1) for part in parts)
    if not good or body.amount.int64 <= 0 or not is_valid(asset_from_xdr(body.asset)):
        return op_result(CREATE, Create.CREATE_CLAIMABLE_BALANCE_MALFORMED)
    return None


def apply_create(txn: Txn, op: Operation, context: Context) -> bytes:
    """The source pays a reserve for each claimant, unless it is sponsored itself."""
    body: xdr.CreateClaimableBalanceOp = op.body
    asset, amount = asset_from_xdr(body.asset), body.amount.int64
    sponsor = context.sponsors.get(op.source, op.source)
    outcome = take_on(txn, sponsor, len(body.claimants))
    if outcome is not Reserve.FINE:
        return reserve_failure(outcome, CREATE, Create.CREATE_CLAIMABLE_BALANCE_LOW_RESERVE)
    moved = take(txn, op.source, asset, amount)
    if moved is not Move.DONE:
        return op_result(CREATE, _TAKING[moved])
    balance_id = _new_id(context)
    claimants = tuple(_absolute(claimant, context.close_time).to_xdr_bytes() for claimant in body.claimants)
    flags = CLAWBACK_FLAG if _clawback_enabled(txn, op.source, asset) else 0
    txn.put(ClaimableBalance(balance_id, claimants, asset, amount, flags, sponsor))
    return op_result(CREATE, 0, b"\0\0\0\0" + balance_id)


def apply_claim(txn: Txn, op: Operation, context: Context) -> bytes:
    """Gives the whole balance to one of its claimants."""
    entry = txn.get(claimable_key(op.body.balance_id.v0.hash))
    if not isinstance(entry, ClaimableBalance):
        return op_result(CLAIM, Claim.CLAIM_CLAIMABLE_BALANCE_DOES_NOT_EXIST)
    parts = [xdr.Claimant.from_xdr_bytes(raw).v0 for raw in entry.claimants]
    mine = next((p for p in parts if p is not None and account_from_xdr(p.destination) == op.source), None)
    if mine is None or not _holds(mine.predicate, context.close_time):
        return op_result(CLAIM, Claim.CLAIM_CLAIMABLE_BALANCE_CANNOT_CLAIM)
    moved = add(txn, op.source, entry.asset, entry.amount)
    if moved is not Move.DONE:
        return op_result(CLAIM, _GIVING[moved])
    remove(txn, entry)
    return op_result(CLAIM, 0)


def remove(txn: Txn, entry: ClaimableBalance) -> None:
    """Takes a balance away and frees who paid its reserves."""
    txn.erase(entry.key)
    if entry.sponsor is not None:
        let_go(txn, entry.sponsor, len(entry.claimants))


def _new_id(context: Context) -> bytes:
    """The hash of who, with which number, in which operation."""
    envelope = context.envelope
    kind = xdr.EnvelopeType.ENVELOPE_TYPE_OP_ID
    place = struct.pack(">qI", envelope.sequence, context.index)
    return hashlib.sha256(struct.pack(">i", kind) + b"\0\0\0\0" + envelope.source + place).digest()


def _clawback_enabled(txn: Txn, source: bytes, asset: Asset) -> bool:
    if asset.is_native:
        return False
    if asset.issuer == source:
        issuer = txn.account(source)
        return issuer is not None and bool(issuer.flags & AUTH_CLAWBACK)
    line = txn.trustline(source, asset)
    return line is not None and bool(line.flags & TRUSTLINE_CLAWBACK)


def _parts(predicate: xdr.ClaimPredicate) -> list[xdr.ClaimPredicate]:
    both = predicate.and_predicates if predicate.and_predicates is not None else predicate.or_predicates
    if both is not None:
        return list(both)
    return [predicate.not_predicate] if predicate.not_predicate is not None else []


def _sound(predicate: xdr.ClaimPredicate, depth: int) -> bool:
    kind, parts = predicate.type, _parts(predicate)
    T = xdr.ClaimPredicateType  # noqa: N806 - a short name for an enumeration
    if depth > MAX_DEPTH:
        return False
    if kind in (T.CLAIM_PREDICATE_AND, T.CLAIM_PREDICATE_OR):
        return len(parts) == 2 and all(_sound(part, depth + 1) for part in parts)
    if kind == T.CLAIM_PREDICATE_NOT:
        return len(parts) == 1 and _sound(parts[0], depth + 1)
    times = [time.int64 for time in (predicate.abs_before, predicate.rel_before) if time is not None]
    return all(time >= 0 for time in times)


def _absolute(claimant: xdr.Claimant, now: int) -> xdr.Claimant:
    """The same with times relative to its making turned into points in time."""
    copy = xdr.Claimant.from_xdr_bytes(claimant.to_xdr_bytes())
    assert copy.v0 is not None  # noqa: S101 - the only version
    _fix(copy.v0.predicate, now)
    return copy


def _fix(predicate: xdr.ClaimPredicate, now: int) -> None:
    if predicate.rel_before is not None:
        predicate.type = xdr.ClaimPredicateType.CLAIM_PREDICATE_BEFORE_ABSOLUTE_TIME
        predicate.abs_before = xdr.Int64(min(now + predicate.rel_before.int64, (1 << 63) - 1))
        predicate.rel_before = None
    for part in _parts(predicate):
        _fix(part, now)


def _holds(predicate: xdr.ClaimPredicate, now: int) -> bool:
    if predicate.and_predicates is not None:
        return all(_holds(part, now) for part in predicate.and_predicates)
    if predicate.or_predicates is not None:
        return any(_holds(part, now) for part in predicate.or_predicates)
    if predicate.not_predicate is not None:
        return not _holds(predicate.not_predicate, now)
    return predicate.abs_before is None or now < predicate.abs_before.int64
