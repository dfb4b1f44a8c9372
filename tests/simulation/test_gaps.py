"""Horizon forgets what the service has not read: it sends nothing, until an operator has decided."""

from dataclasses import replace

from tests.simulation.mischief import Gap, Mischief
from tests.simulation.plan import Plan
from tests.simulation.test_regressions import attempts_each, played

DOWN = Gap(20.0, 90.0, kept=2, accepted=True)
PLAN = Plan(seed=0, payments=8, max_channels=8, trouble=150, ledger_seconds=5, mischief=Mischief(gap=DOWN))
FOUND_LATE = "SELECT count(*) FROM attempts WHERE state = 'landed' AND ended_at > sent_at + 130000"


def test_what_was_sent_before_an_accepted_gap_and_landed_in_it_is_not_signed_anew() -> None:
    """Its number is used and no hash finds it: it stays open until a Horizon shows it."""
    in_the_gap = 0
    for seed in range(4):
        world = played(replace(PLAN, seed=seed, post_until=19))
        assert set(attempts_each(world)) == {1}
        in_the_gap += world.disk.value(FOUND_LATE)
    assert in_the_gap > 0


def test_what_waited_before_a_gap_is_paid_after_it() -> None:
    for accepted in (True, False):
        gap = replace(DOWN, accepted=accepted)
        world = played(replace(PLAN, post_until=60, mischief=Mischief(gap=gap)))
        assert set(attempts_each(world)) == {1}
