"""Ledgers that are full for ten minutes: everything is paid once, at little more than the least possible."""

from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from kinpay_server.sandbox.core.validity import BASE_FEE
from tests.simulation.crowds import FULL_FROM, Play, Scene
from tests.simulation.plan import Plan, killed_at

MINUTES = 60
"""So many ledgers of five seconds each are five minutes; each scene fills more."""

TIMES_THE_LEAST = 3
FEW = 10
"""Bids that are raised in one round; two rounds may fall into one ledger."""

CAP = 1000
ABOVE = ((283.0, 403.0), (563.0, 643.0))
"""When others bid more than the cap."""

LEFT = 403.0
FALLEN_BACK = LEFT + 100
"""Moments after the others left by which what was signed at their bid has gone."""

PLAN = Plan(seed=0, payments=0, max_ops=1000, channel_xlm=10**6, max_base_fee=CAP, permute=True)

pytestmark = pytest.mark.timeout(600)
every_seed = pytest.mark.parametrize("seed", range(2))


def every(seconds: int, count: int, *, until: int) -> tuple[tuple[float, int], ...]:
    """So many payments are posted at once, again and again."""
    return tuple((float(moment), count) for moment in range(101, until, seconds))


def plan(seed: int, **what: Any) -> Plan:
    return replace(PLAN, seed=seed, **what)


@cache
def our_own(seed: int) -> Play:
    """Far more payments than ledgers hold, at once, and nobody else. In every other run `/fee_stats` tells of it."""
    calm = plan(seed, max_channels=60, trouble=650)
    return Play(Scene(calm, most=6, posts=((101, 450),), hidden=seed % 2 == 0))


@cache
def others_fill_them(seed: int) -> Play:
    """Payments are posted all the while, many at a time now and then; some more once the others have left."""
    posts = (*every(40, 5, until=590), *every(150, 60, until=590), (700, 15))
    calm = plan(seed, max_channels=60, trouble=760)
    return Play(Scene(calm, most=40, posts=posts, others=((103, 700), (603, 0)), hidden=seed % 2 == 0))


@cache
def others_leave_our_own(seed: int) -> Play:
    """Others fill ledgers, and when they leave there are more payments than ledgers hold."""
    calm = plan(seed, max_channels=60, trouble=780)
    return Play(Scene(calm, most=6, posts=((101, 400),), others=((103, 900), (LEFT, 0)), hidden=seed % 2 == 0))


@cache
def beyond_the_cap(seed: int) -> Play:
    """Others bid more and less, and twice more than the cap; an answer is lost now and then."""
    (first, end_of_first), (second, end_of_second) = ABOVE
    bids = ((103, 300), (203, 700), (first, 5000), (end_of_first, 900), (483, 150), (second, 2000))
    lossy = plan(seed, max_channels=20, trouble=850, answer_lost=0.1)
    return Play(Scene(lossy, most=20, posts=every(20, 8, until=740), others=(*bids, (end_of_second, 400), (743, 0))))


@cache
def evicted(seed: int) -> Play:
    """Others bid higher again and again just after payments were sent, whose answers are often lost; two kills."""
    bids, steps = (200, 900, 400, 700, 150, 800), range(12)
    others = (*((103 + 40 * step, bids[step % len(bids)]) for step in steps), (583, 0))
    lossy = plan(seed, max_channels=20, trouble=700, answer_lost=0.3)
    scene = Scene(lossy, most=20, posts=every(20, 8, until=580), others=others)
    return Play(scene, killed_at("before commit", "_note_answers", after=30, times=2))


@cache
def short_channels(seed: int) -> Play:
    """Channels hold XLM for four payments at the others' bid; in every other run no top-up arrives meanwhile."""
    poor = plan(seed, max_channels=20, trouble=600, channel_xlm=3000)
    others = ((103, 700), (503, 0))
    return Play(Scene(poor, most=40, posts=every(20, 8, until=500), others=others, no_top_up=seed % 2 == 0))


def assert_paid_once(play: Play) -> None:
    """Everything that was posted while ledgers were full, which they were for minutes."""
    assert play.outcome.violations == ()
    assert sorted(one.id for one in play.paid) == sorted(one for one, at in play.posted.items() if at > FULL_FROM)
    assert play.full_ledgers() > MINUTES


def assert_cheap(play: Play) -> None:
    assert play.least() <= play.spent() <= TIMES_THE_LEAST * play.least()


@every_seed
def test_a_crowd_of_our_own_is_paid_at_the_base_fee(seed: int) -> None:
    play = our_own(seed)
    assert_paid_once(play)
    assert play.spent() == play.least() == BASE_FEE * len(play.paid)


@every_seed
def test_others_who_fill_ledgers_are_outbid_by_little_and_afterwards_the_base_fee_does(seed: int) -> None:
    play = others_fill_them(seed)
    assert_paid_once(play)
    assert_cheap(play)
    assert {one.fee for one in play.paid if one.at > 700} == {BASE_FEE}


@every_seed
def test_a_crowd_of_our_own_falls_back_to_the_base_fee_once_others_have_left(seed: int) -> None:
    play = others_leave_our_own(seed)
    assert_paid_once(play)
    assert_cheap(play)
    fallen_back = [one.fee for one in play.paid if one.at > FALLEN_BACK]
    assert len(fallen_back) > 20
    assert sum(fallen_back) <= 1.2 * BASE_FEE * len(fallen_back)


@every_seed
def test_while_more_is_wanted_than_the_cap_payments_wait_and_the_status_says_why(seed: int) -> None:
    play = beyond_the_cap(seed)
    assert_paid_once(play)
    assert_cheap(play)
    assert max(one.least for one in play.paid) <= CAP
    for begin, end in ABOVE:
        said = play.fees_checks(begin + 30, end)
        assert {check["status"] for check in said} == {"unwell"}
        assert all("max_base_fee is less" in check["message"] for check in said)
    assert play.statuses[-1][1]["status"] == "ok"
    assert play.statuses[-1][1]["checks"]["fees"]["status"] == "ok"


@every_seed
def test_payments_that_are_evicted_without_a_word_are_paid_once(seed: int) -> None:
    play = evicted(seed)
    assert_paid_once(play)
    assert_cheap(play)
    assert play.evicted > 20
    assert play.outcome.crashes == 2


@every_seed
def test_when_there_is_no_room_payments_wait_instead_of_being_sent_again_and_again(seed: int) -> None:
    assert our_own(seed).submissions() < 3.5
    assert our_own(seed).refusals() < 0.47
    assert others_leave_our_own(seed).submissions() < 3.5


@every_seed
def test_the_bids_of_a_few_are_raised_at_a_time(seed: int) -> None:
    assert 0 < max(others_fill_them(seed).bumps_waiting) <= 2 * FEW


@every_seed
def test_payments_of_channels_that_are_short_wait_for_no_top_up(seed: int) -> None:
    play = short_channels(seed)
    assert_paid_once(play)
    assert_cheap(play)
    assert bool(play.lost_top_ups) == play.scene.no_top_up
    assert sum(one.bumped for one in play.paid) > len(play.paid) / 4
    assert max(one.at - play.posted[one.id] for one in play.paid) < 120
