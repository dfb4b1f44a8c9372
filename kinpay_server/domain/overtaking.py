"""What ended an attempt's chances, as the list of its source's transactions shows it.

An answer of Horizon is of one moment, and it takes up ledgers whole and one after the other: whoever shows a
transaction shows everything that came before it. So a list proves what is not in it, as far as it goes, and a replica
that lags only shows a shorter one.
"""

from collections.abc import Iterable
from typing import Protocol

from kinpay_server.domain.attempt import Attempt
from kinpay_server.domain.outcome import LedgerTransaction


class Operations(Protocol):
    """Tells what the operations of a transaction did to an account; nothing when it failed."""

    def creates(self, transaction: LedgerTransaction, address: str) -> bool:
        """Whether they created it."""

    def takes_number(self, transaction: LedgerTransaction, address: str, sequence: int) -> bool:
        """Whether they merged it, or raised its number to `sequence` or beyond."""


def overtaking(
    attempt: Attempt, listed: Iterable[LedgerTransaction], operations: Operations
) -> LedgerTransaction | None:
    """The transaction that proves that the attempt has not landed and cannot; None while the list proves nothing.

    `listed` are all transactions in which the attempt's source took part, in the ledger's order, failed ones too.

    1. It must begin with one that is older than any ledger that may hold the attempt, or that created the source: what
       Horizon has forgotten is cut off at the beginning, without a word.
    2. If the attempt is there it has landed.
    3. Else what comes after it is the proof: one that used its number or a higher one, one whose operations took the
       number away, or any in a ledger that may not hold the attempt any more. A failed one counts only where its
       failure shows that it used its number.
    """
    known = False
    for transaction in listed:
        known = known or _is_before(attempt, transaction, operations)
        if not known or attempt.hash in transaction.hashes:
            return None
        if _is_past(attempt, transaction, operations):
            return transaction
    return None


def _is_before(attempt: Attempt, transaction: LedgerTransaction, operations: Operations) -> bool:
    """An account's numbers begin at its ledger's, shifted: by them it is known which one of its lives was created."""
    if transaction.ledger < attempt.first_ledger:
        return True
    return transaction.ledger << 32 < attempt.sequence and operations.creates(transaction, attempt.source)


def _is_past(attempt: Attempt, transaction: LedgerTransaction, operations: Operations) -> bool:
    if transaction.ledger >= attempt.max_ledger:
        return True
    is_used = transaction.failure is None or transaction.failure.uses_sequence
    if is_used and transaction.source == attempt.source and transaction.sequence >= attempt.sequence:
        return True
    return operations.takes_number(transaction, attempt.source, attempt.sequence)
