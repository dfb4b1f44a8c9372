"""Horizons behind a load balancer while an older copy of the database starts: who shows lists is behind the others."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from kinpay_server.domain.attempt import LEDGERS_VALID
from kinpay_server.ledger.connection import HttpAnswer
from tests.simulation import horizon
from tests.simulation.plan import Plan
from tests.simulation.world import World

LAG = 9
LATER = {f"p{number}" for number in range(8, 16)}
COPIED, POSTED, RESTORED = 22.0, 37.0, 40.0
PLAN = Plan(
    seed=0,
    payments=16,
    max_channels=8,
    post_until=20,
    ledger_seconds=1,
    trouble=150,
    pause=0.1,
    restores=((COPIED, RESTORED),),
)


def lists_lag(world: World) -> None:
    """Lists of transactions come from a replica that is behind, all else from one that is not."""
    get = world.wire._horizon.get

    def from_replicas(path: str) -> HttpAnswer:
        world.chain.lags = [LAG] if "/transactions?" in path and RESTORED < world.loop.time() < PLAN.trouble else []
        return get(path)

    world.wire._horizon.get = from_replicas  # type: ignore[method-assign]


def all_is_late_after_the_copy(world: World) -> None:
    """What is posted just before the copy is put back lands in the last ledgers that may hold it."""
    post, arrive = world.people.post, world.wire._arrive
    world.people.post = lambda new: None if new.id in LATER and world.loop.time() < POSTED else post(new)

    def late(path: str, text: str, answer: Any) -> None:
        if COPIED < world.loop.time() < RESTORED:
            ledger = world.chain.node.network.ledger + LEDGERS_VALID - 4
            world.loop.create_task(_in_ledger(world, ledger, lambda: arrive(path, text, world.loop.create_future())))
            world.wire._answer(text, horizon.broken(), answer)
        else:
            arrive(path, text, answer)

    world.wire._arrive = late  # type: ignore[method-assign]


async def _in_ledger(world: World, ledger: int, work: Callable[[], None]) -> None:
    while world.chain.node.network.ledger < ledger:  # noqa: ASYNC110
        await asyncio.sleep(0.1)
    work()


def prepare(world: World) -> None:
    all_is_late_after_the_copy(world)
    lists_lag(world)


def test_a_list_that_lags_is_not_taken_for_all_of_history() -> None:
    for seed in range(8):
        outcome = World(replace(PLAN, seed=seed), prepare=prepare).run()
        assert outcome.violations == ()
