"""When an attempt that was not found by its hash may be signed anew: the rule that money hangs on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinpay_server.domain.attempt import (
    OPEN_STATES,
    TRANSITIONS,
    AccountEvidence,
    Attempt,
    AttemptState,
    Fate,
    Purpose,
    judge,
)
from kinpay_server.domain.outcome import LedgerTransaction

BOUND, NUMBER = 130, 500
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


@pytest.mark.parametrize(
    ("ledger", "sequence", "fate"),
    [
        # The number is unused and the bound is ahead: the next ledger may still hold it.
        (100, NUMBER - 1, Fate.PENDING),
        (BOUND - 2, NUMBER - 1, Fate.PENDING),
        (BOUND - 2, NUMBER - 10, Fate.PENDING),
        # The last ledger that could hold it is closed, and in that same snapshot the number is unused.
        (BOUND - 1, NUMBER - 1, Fate.DEAD),
        (BOUND, NUMBER - 1, Fate.DEAD),
        (BOUND + 1000, NUMBER - 1, Fate.DEAD),
        # The number is used, by the attempt itself as far as anybody knows, however late it is.
        (100, NUMBER, Fate.UNSEEN),
        (BOUND - 2, NUMBER, Fate.UNSEEN),
        (BOUND - 1, NUMBER, Fate.UNSEEN),
        (BOUND + 1000, NUMBER, Fate.UNSEEN),
        (BOUND + 1000, NUMBER + 1, Fate.UNSEEN),
        # The account is gone: until the bound has passed it may come back; then only history tells what it had carried.
        (100, None, Fate.PENDING),
        (BOUND - 2, None, Fate.PENDING),
        (BOUND - 1, None, Fate.UNSEEN),
    ],
)
def test_an_attempt_is_dead_only_when_its_bound_has_passed_and_its_number_is_unused(
    ledger: int, sequence: int | None, fate: Fate
) -> None:
    assert judge(ATTEMPT, AccountEvidence(ledger, sequence)) is fate


@pytest.mark.parametrize(
    ("ledger", "sequence", "fate"),
    [
        (BOUND - 2, NUMBER, Fate.UNSEEN),
        (BOUND - 2, NUMBER - 1, Fate.PENDING),
        (BOUND - 2, None, Fate.PENDING),
        (BOUND - 1, NUMBER, Fate.DEAD),
        (BOUND - 1, NUMBER - 1, Fate.DEAD),
        (BOUND - 1, None, Fate.DEAD),
    ],
)
def test_what_the_list_of_its_source_proves_counts_only_once_its_bound_has_passed(
    ledger: int, sequence: int | None, fate: Fate
) -> None:
    other = LedgerTransaction(("cd",), 100, "2026", 100, "G1", None, source="G1", sequence=NUMBER)
    assert judge(ATTEMPT, AccountEvidence(ledger, sequence), other) is fate


@given(st.integers(0, 2 * BOUND), st.none() | st.integers(0, 2 * NUMBER))
def test_dead_is_the_only_licence_and_needs_both_proofs(ledger: int, sequence: int | None) -> None:
    used = sequence is None or sequence >= NUMBER
    still_valid_in_next_ledger = ledger + 1 < BOUND
    dead = judge(ATTEMPT, AccountEvidence(ledger, sequence)) is Fate.DEAD
    assert dead is not (used or still_valid_in_next_ledger)


def test_what_was_answered_or_where_it_stands_changes_nothing() -> None:
    evidence = AccountEvidence(BOUND - 2, NUMBER - 1)
    for state in OPEN_STATES:
        for answer in (None, "tx_bad_seq", "tx_insufficient_fee", "http 504"):
            told = Attempt(
                **{name: getattr(ATTEMPT, name) for name in ATTEMPT.__slots__} | {"state": state, "answer": answer}
            )
            assert judge(told, evidence) is Fate.PENDING


def test_a_bump_changes_the_bid_and_nothing_else() -> None:
    bumped = ATTEMPT.bumped(2000)
    assert bumped.bump_bid == 2000
    assert bumped.bumped(0) == ATTEMPT.bumped(0)
    assert (bumped.hash, bumped.envelope, bumped.sequence, bumped.fee) == ("ab", "AAAA", NUMBER, 100)


def test_only_the_ledger_ends_an_attempt() -> None:
    ended = {state for state, after in TRANSITIONS.items() if not after}
    assert ended == {AttemptState.LANDED, AttemptState.EXPIRED}
    assert set(AttemptState) - ended == OPEN_STATES == {AttemptState.SIGNED, AttemptState.SENT}
    assert AttemptState.SIGNED not in TRANSITIONS[AttemptState.SENT]
