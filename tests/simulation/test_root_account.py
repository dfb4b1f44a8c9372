"""While something is wrong with the root account payments wait, none fails, and they go on by themselves."""

from dataclasses import replace

import pytest

from kinpay_server.services.check_root import ROOT
from tests.simulation.mischief import Mischief, Wrong
from tests.simulation.plan import Plan
from tests.simulation.test_regressions import played
from tests.simulation.world import World

SPAN = (30.0, 80.0)


def plan(seed: int, mischief: Mischief) -> Plan:
    return Plan(
        seed=seed, payments=10, wallets=1, trouble=110, post_until=70, max_channels=4, permute=True, mischief=mischief
    )


@pytest.mark.parametrize("wrong", list(Wrong))
def test_payments_wait_until_the_root_account_is_mended(wrong: Wrong) -> None:
    said: list[bool] = []

    def look(world: World) -> None:
        assert world.service is not None
        check = world.service.health.checks[ROOT]
        said.append(check.ok)

    def prepare(world: World) -> None:
        world.loop.call_later(SPAN[1] - 5, look, world)

    for seed in range(3):
        world = played(plan(seed, Mischief(root=((wrong, SPAN),))), prepare=prepare)
        assert all(told.state == "success" for story in world.people.stories.values() for told in story.told)
    assert said == [False] * 3


def test_two_things_may_be_wrong_with_it_at_once() -> None:
    for first, second in ((Wrong.SIGNERS, Wrong.NO_XLM), (Wrong.NO_KIN, Wrong.FROZEN), (Wrong.FROZEN, Wrong.SIGNERS)):
        played(plan(0, Mischief(root=((first, (20.0, 80.0)), (second, (40.0, 100.0))))))


def test_who_pays_by_hand_with_numbers_of_root_stops_nothing() -> None:
    """Found by a run: what was to open the first channels waited for ever, and so did everything."""
    by_hand = Mischief(root_numbers=tuple(float(moment) for moment in range(1, 60, 3)))
    for seed in range(4):
        world = played(replace(plan(seed, by_hand), post_until=40))
        assert world.chain.foreign
