"""A copy of the database that is put back within two minutes."""

from dataclasses import replace

from tests.simulation.plan import Plan
from tests.simulation.world import World

PLAN = Plan(seed=0, payments=15, max_channels=5, post_until=20, trouble=200, pause=0.5, restores=((22.0, 40.0),))


def all_is_late_after_the_copy(world: World) -> None:
    plan, post = world.plan, world.people.post
    world.people.post = lambda payment: None if 8 < world.loop.time() < 23 else post(payment)
    world.loop.call_later(22, setattr, world.wire, "plan", replace(plan, delayed=1.0))
    world.loop.call_later(40, setattr, world.wire, "plan", plan)


def test_a_copy_that_is_put_back_within_two_minutes_pays_nothing_twice() -> None:
    """All that was sent after the copy was made is still on its way when its ids are posted again.

    History shows nothing unknown. What was signed last is witnessed outside of the database, and the copy does not
    know it: so nothing is signed before all that was sent is dead.
    """
    for seed in range(16):
        outcome = World(replace(PLAN, seed=seed), prepare=all_is_late_after_the_copy).run()
        assert outcome.violations == ()
