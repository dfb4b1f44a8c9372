"""What is held stops everything, and lets it go on when the operator has decided."""

import asyncio

import pytest

from kinpay_server.domain.outcome import Failure, Fault
from kinpay_server.services.held import HELD
from kinpay_server.services.retry_payment import RetryPayment
from kinpay_server.storage.stories import Stories
from tests.services.conftest import World
from tests.services.fake_ledger import PASSPHRASE
from tests.services.test_start_up import keep_closing, reborn
from tests.services.test_start_up import quick as quick

STRANGE = Failure("op_of_the_future", Fault.UNKNOWN, "nobody knows", True, 0)


async def held(world: World, *ids: str) -> None:
    """Payments that failed with something strange."""
    for one in ids:
        await world.post(one)
        world.ledger.fails[one] = STRANGE
    await world.submit()
    world.ledger.close()
    await world.watch()


async def retry(world: World, payment_id: str) -> None:
    """What the operator does."""
    world.ledger.fails.clear()
    work = RetryPayment(Stories(world.database), world.ledger, passphrase=PASSPHRASE, clock=lambda: world.time)
    await work(payment_id)


@pytest.mark.gen_test
async def test_the_others_wait_until_what_is_held_has_been_tried_again(world: World) -> None:
    await world.begin(channels=3)
    await held(world, "p-1", "p-2")
    other = await world.post("p-3")
    await world.held()
    await world.submit()
    assert await world.status(other.id) == "accepted"
    assert "p-" in world.health.checks[HELD].message
    await retry(world, "p-1")
    await world.held()
    assert not world.health.may_send
    await retry(world, "p-2")
    await world.held()
    await world.submit()
    world.ledger.close()
    await world.watch()
    assert [await world.status(one) for one in ("p-1", "p-2", "p-3")] == ["succeeded"] * 3
    assert len(world.ledger.paid()) == 3


@pytest.mark.gen_test
async def test_what_was_held_before_stops_nobody_after_a_restart(world: World, url: str, quick: None) -> None:
    await world.begin(channels=1)
    await held(world, "p-1")
    after = reborn(world, url)
    closing_ledgers = asyncio.create_task(keep_closing(after))
    await after.begin()
    closing_ledgers.cancel()
    await after.held()
    assert after.health.may_send
    assert await after.status("p-1") == "submitted"
    after.database.close()


@pytest.mark.gen_test
async def test_one_that_is_held_again_stops_them_again(world: World) -> None:
    await world.begin(channels=1)
    await held(world, "p-1")
    await retry(world, "p-1")
    world.ledger.fails["p-1"] = STRANGE
    await world.held()
    await world.submit()
    world.ledger.close()
    await world.watch()
    await world.held()
    assert not world.health.checks[HELD].ok
