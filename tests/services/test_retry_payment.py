"""A held payment is signed anew only with the proof that none of its attempts has paid."""

from dataclasses import replace

import pytest
from sqlalchemy import Connection

from kinpay_server.domain.attempt import LEDGERS_VALID, AttemptState
from kinpay_server.domain.errors import PaymentNotFound
from kinpay_server.domain.outcome import Answer, Failure, Fault, Verdict
from kinpay_server.services.ports import LedgerUnavailable
from kinpay_server.services.refusals import Refused
from kinpay_server.services.retry_payment import RetryPayment
from kinpay_server.storage.stories import Stories
from tests.services.conftest import World
from tests.services.fake_ledger import PASSPHRASE

STRANGE = Failure("op_strange", Fault.UNKNOWN, "nobody knows", True, 0)
REASON = "held: op_strange"


async def held(world: World) -> None:
    """Payment p failed on the ledger in a way that nobody understands."""
    await world.begin(channels=2)
    world.ledger.fails["p"] = STRANGE
    await world.post("p")
    await world.submit()
    world.ledger.close()
    await world.watch()
    world.ledger.fails.clear()


async def retry(world: World) -> None:
    await RetryPayment(Stories(world.database), world.ledger, passphrase=PASSPHRASE, clock=lambda: world.time)("p")


async def refusal(world: World) -> str:
    """Why it is not tried again; nothing has changed then."""
    before = await Stories(world.database).story("p")
    with pytest.raises(Refused) as caught:
        await retry(world)
    assert await Stories(world.database).story("p") == before
    return str(caught.value)


@pytest.mark.gen_test
async def test_a_held_payment_is_tried_again_and_paid_once(world: World) -> None:
    await held(world)
    await retry(world)
    world.health.checks.clear()  # as after a restart
    await world.submit()
    world.ledger.close()
    await world.watch()
    assert await world.status("p") == "succeeded"
    assert len(world.ledger.paid()) == 1
    assert len(await world.told()) == 1


@pytest.mark.gen_test
async def test_one_whose_attempt_has_paid_after_all_is_not_tried_again(world: World) -> None:
    await held(world)
    world.ledger.history = [replace(one, failure=None) for one in world.ledger.history]
    assert "is paid: transaction" in await refusal(world)


@pytest.mark.gen_test
async def test_a_horizon_that_does_not_show_the_failure_proves_nothing(world: World) -> None:
    await held(world)
    world.ledger.history.clear()
    assert "does not show transaction" in await refusal(world)


@pytest.mark.gen_test
async def test_an_attempt_that_was_proven_dead_needs_not_be_shown(world: World) -> None:
    await world.begin(channels=2)
    world.ledger.takes = lambda attempt: False
    world.ledger.answers = lambda attempt: Answer(Verdict.ASK, "http 504")
    await world.post("p")
    await world.submit()
    world.pass_ledgers(LEDGERS_VALID)
    world.pass_time()
    await world.ask()
    world.ledger.takes = lambda attempt: True
    world.ledger.fails["p"] = STRANGE
    await world.submit()
    world.ledger.close()
    await world.watch()
    story = await Stories(world.database).story("p")
    assert story is not None
    assert [one.attempt.state for one in story.attempts] == [AttemptState.EXPIRED, AttemptState.LANDED]
    await retry(world)
    assert await world.status("p") == "accepted"


@pytest.mark.gen_test
async def test_one_that_is_on_its_way_is_not_tried_again(world: World) -> None:
    await world.begin(channels=1)
    await world.post("p")
    assert "accepted and not held" in await refusal(world)
    await world.submit()
    assert "may still land" in await refusal(world)
    world.ledger.close()
    await world.watch()
    assert "succeeded and not held" in await refusal(world)


@pytest.mark.gen_test
async def test_one_that_was_held_before_and_is_on_its_way_again_is_not_tried_again(world: World) -> None:
    await held(world)
    await retry(world)
    world.health.checks.clear()  # as after a restart
    await world.submit()
    assert "may still land" in await refusal(world)


@pytest.mark.gen_test
async def test_a_horizon_of_another_network_or_that_is_silent_decides_nothing(world: World) -> None:
    await held(world)
    world.ledger.passphrase = "another"
    assert "another" in await refusal(world)
    world.ledger.down = True
    with pytest.raises(LedgerUnavailable):
        await retry(world)


@pytest.mark.gen_test
async def test_what_changed_since_it_was_judged_is_left_as_it_is(world: World) -> None:
    await held(world)
    stories = Stories(world.database)
    assert not await stories.accept_again("p", "held: another reason", world.time)
    assert await stories.accept_again("p", REASON, world.time)
    assert not await stories.accept_again("p", REASON, world.time)


@pytest.mark.parametrize(
    "may_have_paid",
    ["state = 'landed', successful = 1", "state = 'sent', successful = NULL", "state = 'signed', successful = NULL"],
)
@pytest.mark.gen_test
async def test_the_database_tries_nothing_again_that_may_have_been_paid(world: World, may_have_paid: str) -> None:
    """Whatever was judged before: an attempt that has paid, or is open, is none to sign another one beside."""
    await held(world)
    await world.database.write(_change_attempts, may_have_paid)
    assert not await Stories(world.database).accept_again("p", REASON, world.time)
    assert await world.status("p") == "submitted"


@pytest.mark.gen_test
async def test_an_id_that_was_never_posted_is_told(world: World) -> None:
    with pytest.raises(PaymentNotFound):
        await retry(world)


def _change_attempts(connection: Connection, batch: list[str]) -> list[None]:
    for values in batch:
        connection.exec_driver_sql(f"UPDATE attempts SET {values}")  # noqa: S608 - of the test itself
    return [None] * len(batch)
