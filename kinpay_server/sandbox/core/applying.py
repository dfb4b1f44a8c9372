"""Applying one transaction in a ledger: its fee, its sequence number, its operations, and what they changed."""

from .entries import Account, Change
from .envelope import Envelope
from .operations.context import Context
from .operations.rules import rule_of
from .reserves import remove_subentry
from .results import OP_NO_ACCOUNT, Code, TxResult, bump_result, succeeded
from .signatures import SignatureChecker
from .state import Txn
from .validity import Moment, about_account, before_sequence, check_operation

Changes = tuple[Change, ...]


class Applied:
    """A transaction in a ledger. `fee` is what was charged; the changes become its meta.

    `sponsor_ends` tells for each END_SPONSORING operation, by its index, who had begun it.
    """

    __slots__ = ("before", "envelope", "fee", "fee_changes", "operations", "result", "sponsor_ends")

    def __init__(self, envelope: Envelope, fee: int, fee_changes: Changes) -> None:
        self.envelope = envelope
        self.fee = fee
        self.fee_changes = fee_changes
        self.before: Changes = ()
        self.operations: tuple[Changes, ...] = ()
        self.result = TxResult(fee, Code.txINTERNAL_ERROR)
        self.sponsor_ends: dict[int, bytes] = {}


def charge(envelope: Envelope, ledger: Txn, base_fee: int) -> Applied:
    """Takes the fee: the base fee for each operation, never more than was bid or than there is."""
    fee = min(envelope.fee, base_fee * max(1, envelope.weight))
    txn = Txn(ledger, ledger.ledger)
    payer = txn.account(envelope.fee_source)
    if payer is not None:
        fee = min(fee, payer.balance)
        txn.put(payer._replace(balance=payer.balance - fee))
    changes = tuple(txn.changes())
    txn.commit()
    return Applied(envelope, fee, changes)


def apply(applied: Applied, ledger: Txn, context: Context, moment: Moment, base_fee: int) -> None:
    """Uses the sequence number and applies the operations; all of them or none."""
    envelope, tx = applied.envelope, applied.envelope.innermost
    prelude = Txn(ledger, ledger.ledger)
    if envelope.is_bump:
        payer = prelude.account(envelope.fee_source)
        if payer is not None:
            prelude.put(payer)
        _remove_once_signers(prelude, envelope, {envelope.fee_source})
    checker = SignatureChecker(tx)
    result = _prepare(tx, prelude, checker, moment, context)
    applied.before = tuple(prelude.changes())
    prelude.commit()
    if result is None:
        result = _operations(applied, tx, ledger, context)
    inner_fee = min(tx.fee, base_fee * max(1, tx.weight)) if envelope.is_bump else applied.fee
    final = result._replace(fee=inner_fee)
    applied.result = bump_result(applied.fee, tx.hash, final) if envelope.is_bump else final


def _prepare(tx: Envelope, txn: Txn, checker: SignatureChecker, moment: Moment, context: Context) -> TxResult | None:
    code = before_sequence(tx, moment)
    if code is not None:
        return TxResult(0, code)
    account = txn.account(tx.source)
    if account is None:
        return TxResult(0, Code.txNO_ACCOUNT)
    code = about_account(tx, account, moment, checker)
    if code in (Code.txBAD_SEQ, Code.txBAD_MIN_SEQ_AGE_OR_GAP):
        return TxResult(0, code)
    txn.put(_advanced(account, tx, context))
    if code is not None:
        return TxResult(0, code)
    results = [check_operation(op, txn, checker, applying=False) for op in tx.operations]
    if any(results):
        defaults = tuple(result or OP_NO_ACCOUNT for result in results)
        return TxResult(0, Code.txFAILED, defaults)
    _remove_once_signers(txn, tx, {tx.source, *(op.source for op in tx.operations)})
    return None if checker.all_used() else TxResult(0, Code.txBAD_AUTH_EXTRA)


def _advanced(account: Account, tx: Envelope, context: Context) -> Account:
    return account._replace(sequence=tx.sequence, sequence_ledger=context.ledger, sequence_time=context.close_time)


def _operations(applied: Applied, tx: Envelope, ledger: Txn, context: Context) -> TxResult:
    """Core goes on after a failure, so that each operation's result is known, and then drops everything."""
    whole = Txn(ledger, ledger.ledger)
    results: list[bytes] = []
    changes: list[Changes] = []
    fine = True
    for context.index, op in enumerate(tx.operations):
        part = Txn(whole, ledger.ledger)
        ends = context.sponsors.get(op.source)
        result = OP_NO_ACCOUNT if part.account(op.source) is None else rule_of(op).apply(part, op, context)
        results.append(result)
        if not succeeded(result):
            fine = False
            continue
        if ends is not None and op.source not in context.sponsors:
            applied.sponsor_ends[context.index] = ends
        if fine:
            changes.append(tuple(part.changes()))
        part.commit()
    if not fine:
        return TxResult(0, Code.txFAILED, tuple(results))
    if context.sponsors:
        return TxResult(0, Code.txBAD_SPONSORSHIP)
    whole.commit()
    applied.operations = tuple(changes)
    return TxResult(0, Code.txSUCCESS, tuple(results))


def _remove_once_signers(txn: Txn, envelope: Envelope, accounts: set[bytes]) -> None:
    """Signers that were authorized for this one transaction are used up."""
    once = b"\0\0\0\1" + envelope.hash
    for account_id in sorted(accounts):
        account = txn.account(account_id)
        if account is None or not account.signers:
            continue
        for signer in account.signers:
            if signer.key == once:
                remove_subentry(txn, account_id, signer.sponsor)
                left = txn.account(account_id)
                assert left is not None  # noqa: S101
                txn.put(left._replace(signers=tuple(s for s in left.signers if s.key != once)))
