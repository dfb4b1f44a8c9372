"""Somebody else has his hands on our channels: payments go on, none is made twice, and the channel is replaced."""

from dataclasses import replace

import pytest

from kinpay_server.services.send_attempts import STOPPED
from tests.simulation.hands import OTHER
from tests.simulation.mischief import Meddling, Mischief, Use, When
from tests.simulation.plan import Plan
from tests.simulation.test_regressions import played
from tests.simulation.world import World

PLAN = Plan(
    seed=0, payments=24, max_channels=3, ledger_seconds=1, trouble=100, post_until=95, permute=True, latency=0.2
)
LATE = 60.0
"""By then whatever uses a channel and is unknown can be no former life's."""


def retired(world: World) -> int:
    return int(world.disk.value("SELECT count(*) FROM channels WHERE state = 'retired'"))


@pytest.mark.parametrize("when", list(When))
@pytest.mark.parametrize("use", list(Use))
def test_a_channel_that_somebody_uses_is_retired_and_replaced(use: Use, when: When) -> None:
    back = 20.0 if use is Use.MERGE else None
    for back_after in {None, back}:
        meddling = Meddling(LATE, use, when, back_after)
        world = played(replace(PLAN, mischief=Mischief(meddling=(meddling,))))
        assert world.chain.foreign
        assert retired(world) >= 1


def test_a_channel_that_was_bumped_to_its_last_number_is_retired() -> None:
    """Found by a run: shortly after a start, when it may have been a former life, it was taken up with that number."""
    for seed in range(6):
        bumped = Mischief(meddling=(Meddling(5.0, Use.JUMP, When.FREE), Meddling(9.0, Use.JUMP, When.LANDED)))
        played(replace(PLAN, seed=seed, trouble=30, post_until=25, stops=(15.0, 20.0), mischief=bumped))


def test_a_second_kinpay_with_the_same_root_account_stops_everything_until_a_restart() -> None:
    plan = replace(PLAN, trouble=150, post_until=120, mischief=Mischief(second=(80.0, 130.0)))
    said: list[bool] = []

    def look(world: World) -> None:
        assert world.service is not None
        said.append(world.service.health.checks[STOPPED].ok)

    world = played(plan, prepare=lambda world: world.loop.call_later(129, look, world) and None)
    assert said == [False]
    assert world.disk.value("SELECT count(*) FROM payments WHERE id LIKE ?", OTHER + "%") > 0
