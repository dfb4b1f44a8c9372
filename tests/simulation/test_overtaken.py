"""An older copy of the database believes open what has expired since, and whose channel went on with later numbers."""

from dataclasses import replace

from tests.simulation.plan import Plan
from tests.simulation.world import World

PLAN = Plan(seed=0, payments=6, max_channels=2, post_until=12, ledger_seconds=1, trouble=200, restores=((20.0, 150.0),))


def nothing_arrives_for_a_while(world: World) -> None:
    """What is open when the copy is made expires before anything goes on."""
    world.loop.call_later(9, setattr, world.wire, "plan", replace(world.plan, request_lost=1.0))
    world.loop.call_later(70, setattr, world.wire, "plan", world.plan)


def test_an_attempt_that_a_restored_copy_believes_open_and_that_was_overtaken_is_settled() -> None:
    """The number is used and no hash is found, for ever: the list of its source tells what used it."""
    for seed in range(6):
        outcome = World(replace(PLAN, seed=seed), prepare=nothing_arrives_for_a_while).run()
        assert outcome.violations == ()
        assert outcome.held == ""
