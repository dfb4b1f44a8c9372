"""Attempts whose fate is unknown. Each test is named for what somebody else got wrong, or could."""

import pytest

from kinpay_server.domain.attempt import LEDGERS_VALID
from kinpay_server.domain.outcome import Answer, Verdict
from kinpay_server.services.ask_ledger import BAN, BUMPS_AT_ONCE, CHANNEL_USE, NOTICE_AFTER
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


@pytest.mark.gen_test
async def test_the_bids_of_the_oldest_few_that_found_no_room_are_raised_around_the_same_transaction(
    world: World,
) -> None:
    await world.begin(channels=40)
    for _ in range(40):
        await world.post()
    world.ledger.answers = lambda attempt: Answer(Verdict.BID_HIGHER, "tx_insufficient_fee", wanted_bid=300)
    world.ledger.takes = lambda attempt: False
    await world.submit()
    sent = {attempt.hash: attempt for attempt in world.ledger.submitted}
    world.pass_time()
    await world.ask()
    raised = world.ledger.submitted[40:]
    assert len(raised) == BUMPS_AT_ONCE
    assert all(attempt.bump_bid == 300 and attempt.envelope == sent[attempt.hash].envelope for attempt in raised)


@pytest.mark.gen_test
async def test_what_found_no_room_and_bids_enough_rests_until_its_ban_is_over(world: World) -> None:
    await world.begin(channels=2)
    await world.post()
    world.ledger.answers = lambda attempt: Answer(Verdict.ASK, "TRY_AGAIN_LATER")
    world.ledger.takes = lambda attempt: False
    await world.submit()
    world.pass_time()
    await world.ask()
    assert len(world.ledger.submitted) == 1
    world.pass_time(BAN)
    await world.ask()
    assert len(world.ledger.submitted) == 2


@pytest.mark.gen_test
async def test_a_number_that_somebody_else_used_is_said_and_nothing_is_signed_anew(world: World) -> None:
    await world.begin(channels=1)
    payment = await world.post()
    world.ledger.takes = lambda attempt: False
    await world.submit()
    world.ledger.sequences[world.signer.channel_address(0)] = 1
    world.pass_ledgers(LEDGERS_VALID + NOTICE_AFTER + 1)
    world.pass_time()
    await world.ask()
    await world.submit()
    assert "not ours" in world.health.checks[CHANNEL_USE].message
    assert await world.status(payment.id) == "submitted"
    assert len({attempt.hash for attempt in world.ledger.submitted}) == 1


@pytest.mark.gen_test
async def test_a_channel_that_was_merged_is_retired_once_its_attempt_is_dead_and_the_payment_made_by_another(
    world: World,
) -> None:
    await world.begin(channels=2)
    payment = await world.post()
    world.ledger.takes = lambda attempt: False
    await world.submit()
    gone = world.ledger.submitted[0].source
    world.ledger.merged.add(gone)
    world.pass_ledgers(LEDGERS_VALID)
    world.pass_time()
    await world.ask()
    world.ledger.takes = lambda attempt: True
    await world.submit()
    world.ledger.close()
    await world.watch()
    assert await world.status(payment.id) == "succeeded"
    assert await world.channels.channel_counts() == {"free": 1, "retired": 1}
    for _ in range(60):
        await world.post()
    for _ in range(5):
        await world.open_channels()
        world.ledger.close()
        await world.watch()
    assert await world.channels.channel_counts() == {"free": 40, "retired": 1}
    assert world.ledger.submitted[-1].source != gone


@pytest.mark.gen_test
async def test_what_landed_unseen_before_its_channel_was_merged_is_not_paid_again(world: World) -> None:
    """An account that is gone says nothing of what it did before."""
    await world.begin(channels=2)
    payment = await world.post()
    await world.submit()
    world.ledger.close()
    world.ledger.list_lag = world.ledger.history_lag = 2 * LEDGERS_VALID
    world.ledger.merged.add(world.ledger.submitted[0].source)
    world.pass_ledgers(LEDGERS_VALID)
    world.pass_time()
    for _ in range(3):
        await world.watch()
        await world.ask()
        await world.submit()
        world.ledger.close()
        world.pass_time()
    assert len(world.ledger.paid()) == 1
    world.ledger.list_lag = world.ledger.history_lag = 0
    await world.watch()
    assert await world.status(payment.id) == "succeeded"
