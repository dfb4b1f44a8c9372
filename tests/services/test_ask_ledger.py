"""Attempts whose fate is unknown. Each test is named for what somebody else got wrong, or could."""

import pytest

from kinpay_server.domain.attempt import LEDGERS_VALID, Purpose
from kinpay_server.domain.outcome import Answer, Failure, Fault, Verdict
from kinpay_server.services.ask_ledger import BAN, BUMPS_AT_ONCE, PATIENCE, REST
from kinpay_server.services.ports import LedgerUnavailable
from kinpay_server.services.pressure import LEAST
from tests.services.conftest import World
from tests.services.test_found_payments import on_ledger

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
    world.pass_time(REST)
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
async def test_an_attempt_is_not_sent_again_once_its_payment_was_found_on_the_ledger(world: World) -> None:
    await world.begin(channels=2)
    posted = await world.post("p")
    world.ledger.takes = lambda attempt: False
    await world.submit()
    on_ledger(world, posted)
    await world.watch()
    assert await world.status("p") == "succeeded"
    world.ledger.takes = lambda attempt: True
    world.pass_time()
    await world.ask()
    world.ledger.close()
    assert len(world.ledger.submitted) == 1
    assert world.ledger.paid() == ["elsewhere-1"]


async def use_numbers(world: World) -> None:
    """The numbers of all that is open are used by what no list shows."""
    for attempt in await world.open_attempts():
        world.ledger.sequences[attempt.source] = attempt.sequence


@pytest.mark.parametrize("ledgers", [1, LEDGERS_VALID])
@pytest.mark.gen_test
async def test_attempts_that_cannot_be_decided_do_not_keep_others_from_being_asked_about(
    world: World, ledgers: int
) -> None:
    await world.begin(channels=12)
    for _ in range(5):
        await world.post()
    world.ledger.takes = lambda attempt: False
    await world.submit()
    await use_numbers(world)
    world.pass_ledgers(ledgers)
    world.pass_time()
    await world.view.refresh()
    for _ in range(3):
        await world.post()
    await world.submit()
    world.ledger.takes = lambda attempt: True
    for _ in range(4):
        world.pass_time(PATIENCE // 2)
        await world.ask(limit=5)
        world.ledger.close()
        await world.watch()
    assert len(world.ledger.paid()) == 3


@pytest.mark.gen_test
async def test_attempts_that_cannot_be_decided_take_no_room_from_others(world: World) -> None:
    await world.begin(channels=40)
    for _ in range(LEAST):
        await world.post()
    world.ledger.takes = lambda attempt: False
    await world.submit()
    world.pressure.refused(["another"])
    await use_numbers(world)
    assert world.pressure.room == 0
    world.pass_ledgers(LEDGERS_VALID)
    world.pass_time()
    await world.view.refresh()
    await world.ask()
    assert world.pressure.room == LEAST


@pytest.mark.gen_test
async def test_what_cannot_be_decided_is_asked_about_again(world: World) -> None:
    await world.begin(channels=1)
    payment = await world.post()
    await world.submit()
    world.ledger.close()
    world.ledger.history_lag = 2 * LEDGERS_VALID
    world.pass_ledgers(LEDGERS_VALID)
    world.pass_time()
    await world.ask()
    world.ledger.history_lag = 0
    assert await world.ask() == 0
    world.pass_time(REST)
    await world.ask()
    assert await world.status(payment.id) == "succeeded"


@pytest.mark.gen_test
async def test_what_cannot_be_settled_now_keeps_no_other_from_being_settled(world: World) -> None:
    """Channels are opened that exist already, and what Horizon says of them is an error."""
    await world.begin(channels=1)
    payment = await world.post()
    for _ in range(25):
        await world.post()
    await world.submit()
    await world.open_channels()
    world.ledger.fails["channels"] = Failure("op_already_exists", Fault.RECIPIENT, "exists", True, 1)
    world.ledger.close()

    async def silent(address: str) -> None:
        raise LedgerUnavailable(address)

    world.ledger.account = silent  # type: ignore[method-assign]
    world.pass_time()
    await world.ask()
    assert await world.status(payment.id) == "succeeded"
    assert {attempt.purpose for attempt in await world.open_attempts()} == {Purpose.OPEN_CHANNELS}
