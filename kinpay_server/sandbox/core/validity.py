"""Whether a transaction may enter the queue or a ledger: core's checkValid, in core's order."""

from typing import NamedTuple

from .entries import Account
from .envelope import Envelope, Operation
from .operations.rules import level_of, rule_of
from .reserves import spendable
from .results import OP_BAD_AUTH, OP_NO_ACCOUNT, Code, TxResult, bump_result, op_result
from .signatures import LOW, SignatureChecker, ed25519_key
from .state import LedgerState, Txn

BASE_FEE = 100
"""Stroops for an operation when there is room."""

_NO_PAYMENT = bytes(4 + 36 + 4 + 8)
_NO_OFFER = bytes(4 + 4 + 36 + 8 + 4 + 4 + 8 + 8 + 4 + 4)

DEFAULT_PAYLOADS: dict[int, bytes] = {
    2: _NO_PAYMENT,
    3: _NO_OFFER,
    4: _NO_OFFER,
    8: bytes(8),
    12: _NO_OFFER,
    13: _NO_PAYMENT,
    14: bytes(36),
}
"""What a result that was never filled in holds after its code, by type of operation."""


class Moment(NamedTuple):
    """When a transaction is judged.

    `ledger` is the one that it would be in, `time` the last ledger's close, `latest` how late it may get until then.
    """

    ledger: int
    time: int
    latest: int


def minimum_fee(envelope: Envelope, base_fee: int = BASE_FEE) -> int:
    """Stroops for its operations at that base fee; at least one operation is paid for."""
    return base_fee * max(1, envelope.weight)


def check(envelope: Envelope, state: LedgerState | Txn, moment: Moment) -> TxResult | None:
    """None if the transaction is valid; else the result that says why not."""
    if envelope.inner is None:
        return _check_plain(envelope, state, moment, charged=True)
    refused = _check_bump(envelope, state)
    if refused is not None:
        return refused
    inner = _check_plain(envelope.inner, state, moment, charged=False)
    if inner is None:
        return None
    return bump_result(minimum_fee(envelope), envelope.inner.hash, inner)


def _check_bump(bump: Envelope, state: LedgerState | Txn) -> TxResult | None:
    inner, least = bump.innermost, minimum_fee(bump)
    if bump.fee < least:
        return TxResult(least, Code.txINSUFFICIENT_FEE)
    if bump.fee * minimum_fee(inner) < inner.fee * least:
        return TxResult(-(-inner.fee * least // minimum_fee(inner)), Code.txINSUFFICIENT_FEE)
    payer = state.account(bump.fee_source)
    if payer is None:
        return TxResult(least, Code.txNO_ACCOUNT)
    checker = SignatureChecker(bump)
    if not checker.reaches(payer, LOW):
        return TxResult(least, Code.txBAD_AUTH)
    if spendable(payer) < bump.fee:
        return TxResult(least, Code.txINSUFFICIENT_BALANCE)
    if not checker.all_used():
        return TxResult(least, Code.txBAD_AUTH_EXTRA)
    return None


def _check_plain(tx: Envelope, state: LedgerState | Txn, moment: Moment, *, charged: bool) -> TxResult | None:
    fee = minimum_fee(tx) if charged else 0
    code = before_sequence(tx, moment, charged=charged)
    if code is not None:
        return TxResult(fee, code)
    account = state.account(tx.source)
    if account is None:
        return TxResult(fee, Code.txNO_ACCOUNT)
    checker = SignatureChecker(tx)
    code = about_account(tx, account, moment, checker)
    if code is not None:
        return TxResult(fee, code)
    if charged and spendable(account) < tx.fee:
        return TxResult(fee, Code.txINSUFFICIENT_BALANCE)
    for index, op in enumerate(tx.operations):
        failed = check_operation(op, state, checker, applying=False)
        if failed is not None:
            return TxResult(fee, Code.txFAILED, _with_defaults(tx, index, failed))
    if not checker.all_used():
        return TxResult(fee, Code.txBAD_AUTH_EXTRA)
    return None


def before_sequence(tx: Envelope, moment: Moment, *, charged: bool = False) -> Code | None:
    """What can be said without the account: operations, bounds, the least fee."""
    if not tx.supported:
        return Code.txNOT_SUPPORTED
    signers = tx.extra_signers
    if len(signers) == 2 and signers[0].to_xdr_bytes() == signers[1].to_xdr_bytes():
        return Code.txMALFORMED
    if not tx.operations:
        return Code.txMISSING_OPERATION
    if tx.time_bounds is not None and tx.time_bounds[0] > moment.time:
        return Code.txTOO_EARLY
    if tx.ledger_bounds is not None and tx.ledger_bounds[0] > moment.ledger:
        return Code.txTOO_EARLY
    if tx.time_bounds is not None and 0 < tx.time_bounds[1] < moment.latest:
        return Code.txTOO_LATE
    if tx.ledger_bounds is not None and 0 < tx.ledger_bounds[1] <= moment.ledger:
        return Code.txTOO_LATE
    if charged and tx.fee < minimum_fee(tx):
        return Code.txINSUFFICIENT_FEE
    return None


def about_account(tx: Envelope, account: Account, moment: Moment, checker: SignatureChecker) -> Code | None:
    """Sequence number, its age and gap, and the signatures that the transaction itself needs."""
    if _bad_sequence(tx, account, moment):
        return Code.txBAD_SEQ
    if tx.min_sequence_age and account.sequence_time + tx.min_sequence_age > moment.time:
        return Code.txBAD_MIN_SEQ_AGE_OR_GAP
    if tx.min_sequence_gap and account.sequence_ledger + tx.min_sequence_gap > moment.ledger:
        return Code.txBAD_MIN_SEQ_AGE_OR_GAP
    if not checker.reaches(account, LOW):
        return Code.txBAD_AUTH
    for signer in tx.extra_signers:
        if not checker.weight_reached([(signer.to_xdr_bytes(), 1)], 1):
            return Code.txBAD_AUTH
    return None


def check_operation(
    op: Operation, state: LedgerState | Txn, checker: SignatureChecker, *, applying: bool
) -> bytes | None:
    """The result of an operation that must not be applied; None if it may be.

    An account that does not exist passes with its own signature until the ledger closes: it may be made before then.
    """
    account = state.account(op.source)
    if account is None:
        if applying or not op.own_source:
            return OP_NO_ACCOUNT
        if not checker.weight_reached([(ed25519_key(op.source), 1)], 0):
            return OP_BAD_AUTH
    elif not checker.reaches(account, level_of(op)):
        return OP_BAD_AUTH
    return rule_of(op).check(op)


def _bad_sequence(tx: Envelope, account: Account, moment: Moment) -> bool:
    if tx.sequence < 0 or tx.sequence == moment.ledger << 32:
        return True
    if tx.min_sequence is not None:
        return not tx.min_sequence <= account.sequence < tx.sequence
    return account.sequence + 1 != tx.sequence


def _with_defaults(tx: Envelope, index: int, failed: bytes) -> tuple[bytes, ...]:
    """Core stops at the first bad operation; the others look successful in its answer."""
    return tuple(
        failed if i == index else op_result(op.type, 0, DEFAULT_PAYLOADS.get(op.type, b""))
        for i, op in enumerate(tx.operations)
    )
