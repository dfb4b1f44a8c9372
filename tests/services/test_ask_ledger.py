"""Attempts whose fate is unknown. Each test is named for what somebody else got wrong, or could."""

import pytest

from kinpay_server.domain.attempt import LEDGERS_VALID
from kinpay_server.domain.outcome import Answer, Verdict
from tests.services.conftest import World

UNKNOWN = Answer(Verdict.ASK, "http 504")


@pytest.mark.gen_test
async def test_a_504_that_was_accepted_is_not_rebuilt_on_another_channel(world: World) -> None:
    await world.begin(channels=5)
    payment = await world.post()
    world.ledger.answers = lambda attempt: UNKNOWN
    await world.submit()
    world.pass_time()
    await world.ask()
    await world.submit()
    world.ledger.close()
    await world.watch()
    assert len({attempt.hash for attempt in world.ledger.submitted}) == 1
    assert len(world.ledger.paid()) == 1
    assert await world.status(payment.id) == "succeeded"


@pytest.mark.gen_test
async def test_a_used_number_is_no_licence_to_rebuild_while_the_reader_lags(world: World) -> None:
    await world.begin(channels=5)
    payment = await world.post()
    await world.submit()
    world.ledger.close()
    world.ledger.history_lag = 10**6
    world.pass_ledgers(2 * LEDGERS_VALID)
    for _ in range(5):
        world.pass_time()
        await world.ask()
        await world.submit()
    assert await world.status(payment.id) == "submitted"
    assert len({attempt.hash for attempt in world.ledger.submitted}) == 1
    world.ledger.history_lag = 0
    await world.ask()
    assert await world.status(payment.id) == "succeeded"
    assert len(world.ledger.paid()) == 1


@pytest.mark.gen_test
async def test_the_same_envelope_is_sent_again_while_it_may_still_land(world: World) -> None:
    await world.begin(channels=5)
    await world.post()
    world.ledger.takes = lambda attempt: False
    await world.submit()
    world.pass_ledgers(LEDGERS_VALID - 2)
    world.pass_time()
    await world.ask()
    first, second = world.ledger.submitted
    assert (first.hash, first.envelope) == (second.hash, second.envelope)


@pytest.mark.gen_test
async def test_a_bumped_attempt_is_sent_again_with_its_bump(world: World) -> None:
    await world.begin(channels=1, balance=0)
    await world.post()
    world.ledger.takes = lambda attempt: False
    await world.submit()
    world.pass_time()
    await world.ask()
    assert [attempt.bump_bid for attempt in world.ledger.submitted] == [100, 100]


@pytest.mark.gen_test
async def test_only_a_proven_expiry_leads_to_a_new_signature(world: World) -> None:
    await world.begin(channels=1)
    payment = await world.post()
    world.ledger.takes = lambda attempt: False
    await world.submit()
    world.pass_ledgers(LEDGERS_VALID - 1)
    world.pass_time()
    await world.ask()
    assert await world.status(payment.id) == "accepted"
    world.ledger.takes = lambda attempt: True
    await world.submit()
    world.ledger.close()
    await world.watch()
    first, second = world.ledger.submitted
    assert first.hash != second.hash
    assert await world.status(payment.id) == "succeeded"
    assert len(world.ledger.paid()) == 1


@pytest.mark.gen_test
async def test_an_attempt_that_landed_unseen_is_found_by_its_hash(world: World) -> None:
    await world.begin(channels=1, balance=0)
    payment = await world.post()
    world.ledger.answers = lambda attempt: UNKNOWN
    await world.submit()
    world.ledger.close()
    world.pass_time()
    await world.ask()
    assert await world.status(payment.id) == "succeeded"
    assert len(world.ledger.submitted) == 1


@pytest.mark.gen_test
async def test_nothing_is_decided_while_horizon_is_silent(world: World) -> None:
    await world.begin(channels=1)
    payment = await world.post()
    world.ledger.takes = lambda attempt: False
    await world.submit()
    world.pass_ledgers(10 * LEDGERS_VALID)
    world.ledger.down = True
    world.pass_time()
    await world.ask()
    assert await world.status(payment.id) == "submitted"
    assert len(await world.open_attempts()) == 1


@pytest.mark.gen_test
async def test_an_attempt_that_was_sent_a_moment_ago_is_left_alone(world: World) -> None:
    await world.begin(channels=1)
    await world.post()
    await world.submit()
    assert await world.ask() == 0


@pytest.mark.gen_test
async def test_nothing_is_sent_again_while_something_speaks_against_sending(world: World) -> None:
    await world.begin(channels=1)
    await world.post()
    world.ledger.takes = lambda attempt: False
    await world.submit()
    world.health.bad("anything", "wrong")
    world.pass_time()
    await world.ask()
    assert len(world.ledger.submitted) == 1
