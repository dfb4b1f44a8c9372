"""What a list must show before an attempt that is not in it counts as dead."""

from dataclasses import dataclass, replace

import pytest

from kinpay_server.domain.attempt import LEDGERS_VALID, Attempt, Purpose
from kinpay_server.domain.outcome import Failure, Fault, LedgerTransaction
from kinpay_server.domain.overtaking import overtaking

BOUND, NUMBER = 130, 500
FIRST = BOUND - LEDGERS_VALID + 1
ATTEMPT = Attempt(
    purpose=Purpose.PAYMENT,
    payment_id="p-17",
    channel=0,
    source="G1",
    sequence=NUMBER,
    hash="ab",
    envelope="AAAA",
    fee=100,
    max_ledger=BOUND,
    created_at=1,
)
IN_AN_OPERATION = Failure("op_no_trust", Fault.RECIPIENT, "no trustline", uses_sequence=True, operation=0)
BEFORE_ITS_NUMBER = Failure("tx_no_account", Fault.UNKNOWN, "its source is gone", uses_sequence=False)


def listed(
    ledger: int, sequence: int = 0, *hashes: str, source: str = "G1", failure: Failure | None = None
) -> LedgerTransaction:
    """A transaction of the list."""
    return LedgerTransaction(
        hashes or (f"in {ledger}",), ledger, "2026", 100, source, failure, source=source, sequence=sequence
    )


BEFORE = listed(FIRST - 1, NUMBER - 1)
NEXT = listed(FIRST + 1, NUMBER + 1)


@dataclass
class Doing:
    """`Operations`: these transactions did it, to the attempt's source."""

    created: LedgerTransaction | None = None
    ended: LedgerTransaction | None = None
    plain: tuple[LedgerTransaction, ...] = ()

    def creates(self, transaction: LedgerTransaction, address: str) -> bool:
        return address == "G1" and transaction is self.created

    def leaps(self, transaction: LedgerTransaction, sequence: int) -> bool:
        return transaction not in self.plain

    def takes_number(self, transaction: LedgerTransaction, address: str, sequence: int) -> bool:
        return address == "G1" and transaction is self.ended


def proof(*transactions: LedgerTransaction, doing: Doing | None = None) -> LedgerTransaction | None:
    """What the list proves."""
    return overtaking(ATTEMPT, transactions, doing or Doing())


@pytest.mark.parametrize("sequence", [NUMBER, NUMBER + 1, NUMBER + 1000])
def test_another_transaction_with_its_number_or_a_higher_one_proves_it(sequence: int) -> None:
    other = listed(FIRST, sequence)
    assert proof(BEFORE, other) is other
    assert proof(BEFORE, replace(other, failure=IN_AN_OPERATION)) is not None


def test_a_number_that_was_used_before_it_was_signed_proves_it() -> None:
    used = listed(FIRST - 1, NUMBER)
    assert proof(used) is used


def test_lower_numbers_and_those_of_others_prove_nothing() -> None:
    assert proof(BEFORE, listed(FIRST, NUMBER - 1), listed(FIRST, NUMBER + 1, source="G2")) is None
    assert proof(BEFORE) is None
    assert proof() is None


def test_one_that_failed_before_it_used_its_number_proves_nothing() -> None:
    assert proof(BEFORE, replace(NEXT, failure=BEFORE_ITS_NUMBER)) is None


def test_where_the_attempt_is_in_the_list_nothing_is_proven() -> None:
    assert proof(BEFORE, listed(FIRST, NUMBER, "ab"), NEXT) is None
    assert proof(BEFORE, listed(FIRST, NUMBER, "outer", "ab"), NEXT) is None
    assert proof(BEFORE, listed(FIRST, NUMBER, "ab", failure=IN_AN_OPERATION), NEXT, listed(BOUND)) is None


def test_a_list_that_is_cut_off_at_its_beginning_proves_nothing() -> None:
    """Horizon has forgotten what came before, and with it perhaps the attempt."""
    assert proof(NEXT) is None
    assert proof(listed(FIRST, NUMBER + 1)) is None
    assert proof(listed(BOUND + 1000, NUMBER + 1)) is None


def test_what_only_came_too_late_for_it_proves_nothing_until_it_is_seen_who_took_its_number() -> None:
    """A Horizon whose history has a hole shows what came before and after the attempt, and not the attempt."""
    late, taken = listed(BOUND, source="G2"), listed(BOUND + 5, NUMBER)
    assert proof(BEFORE, late) is None
    assert proof(BEFORE, late, taken) is taken


def test_operations_that_take_its_number_away_prove_it() -> None:
    merge = listed(FIRST, source="G2")
    assert proof(BEFORE, merge) is None
    assert proof(BEFORE, merge, doing=Doing(ended=merge)) is merge
    assert proof(BEFORE, listed(FIRST, NUMBER, "ab"), merge, doing=Doing(ended=merge)) is None


def test_a_list_may_begin_with_the_creation_of_the_account_that_the_number_belongs_to() -> None:
    """A channel that was opened a moment ago: the ledger that was known at the signing may be older than it is."""
    creation = listed(FIRST + 1, source="G2")
    attempt = replace(ATTEMPT, sequence=(FIRST + 1 << 32) + 1)
    used = listed(FIRST + 2, attempt.sequence + 1)
    assert overtaking(attempt, [creation, used], Doing()) is None
    assert overtaking(attempt, [creation, used], Doing(created=creation)) is used
    of_a_former_life = replace(attempt, sequence=FIRST + 1 << 32)
    assert overtaking(of_a_former_life, [creation, used], Doing(created=creation)) is None


def test_a_higher_number_proves_nothing_where_it_leaves_none_out() -> None:
    """Somebody has used the number before it, and a hole in history hides him: the attempt, as like as not."""
    assert proof(BEFORE, NEXT, doing=Doing(plain=(NEXT,))) is None
    its_own = listed(FIRST, NUMBER)
    assert proof(BEFORE, its_own, NEXT, doing=Doing(plain=(its_own, NEXT))) is its_own
    before_it_was_signed = listed(FIRST - 1, NUMBER + 1)
    assert proof(before_it_was_signed, doing=Doing(plain=(before_it_was_signed,))) is before_it_was_signed
