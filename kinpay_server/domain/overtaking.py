"""What ended an attempt's chances, as the list of its source's transactions shows it.

An answer of Horizon is of one moment, and it takes up ledgers whole and one after the other: whoever shows a
transaction shows everything that came before it. So a list proves what is not in it, as far as it goes, and a replica
that lags only shows a shorter one. But one whose history is taken up anew (`horizon db reingest`) may have holes: so
what is missing proves nothing by itself, somebody else must be seen to have taken the number.
"""

from collections.abc import Iterable
from typing import Protocol

from kinpay_server.domain.attempt import Attempt
from kinpay_server.domain.outcome import LedgerTransaction


class Operations(Protocol):
    """Tells what the operations of a transaction did to an account; nothing when it failed, or cannot be read."""

    def creates(self, transaction: LedgerTransaction, address: str) -> bool:
        """Whether they created it."""

    def leaps(self, transaction: LedgerTransaction, sequence: int) -> bool:
        """Whether it says itself that `sequence`, below its own, may have been left unused (CAP-21)."""

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
    3. Else what took its number is the proof: one that used it, or a higher one and may leave it out, or one whose
       operations took it away. That may have been before the attempt was signed, and in an earlier life of the source:
       an account's numbers only rise, from one life to the next too. Where a higher one may leave none out, somebody
       has used the number before it and is not shown. A failed one counts only where its failure shows that it used its
       number.
    """
    known = False
    for transaction in listed:
        known = known or is_before(attempt, transaction, operations)
        if not known or attempt.hash in transaction.hashes:
            return None
        if _takes_its_number(attempt, transaction, operations):
            return transaction
    return None


def is_before(attempt: Attempt, transaction: LedgerTransaction, operations: Operations) -> bool:
    """Whether nothing that comes before it can be the attempt.

    An account's numbers begin at its ledger's, shifted: by them it is known which one of its lives was created.
    """
    if transaction.ledger < attempt.first_ledger:
        return True
    return transaction.ledger << 32 < attempt.sequence and operations.creates(transaction, attempt.source)


def _takes_its_number(attempt: Attempt, transaction: LedgerTransaction, operations: Operations) -> bool:
    is_used = transaction.failure is None or transaction.failure.uses_sequence
    if is_used and transaction.source == attempt.source and transaction.sequence >= attempt.sequence:
        is_its_own = transaction.sequence == attempt.sequence or transaction.ledger < attempt.first_ledger
        return is_its_own or operations.leaps(transaction, attempt.sequence)
    return operations.takes_number(transaction, attempt.source, attempt.sequence)
