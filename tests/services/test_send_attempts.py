"""What is done after an answer to a submission."""

import pytest

from kinpay_server.domain.outcome import Answer, Verdict
from kinpay_server.services.send_attempts import BUMPS_AT_ONCE, FEES, SENDING, STOPPED
from tests.services.conftest import World

QUEUED = Answer(Verdict.QUEUED, "PENDING")


def wants(bid: int) -> Answer:
    """A refusal for its fee that says what would do."""
    return Answer(Verdict.BID_HIGHER, "tx_insufficient_fee", wanted_bid=bid)


@pytest.mark.gen_test
async def test_a_bid_that_is_too_low_is_raised_to_what_is_wanted_around_the_same_transaction(world: World) -> None:
    await world.begin(channels=1)
    await world.post()
    world.ledger.answers = lambda attempt: QUEUED if attempt.bump_bid else wants(300)
    await world.submit()
    first, second = world.ledger.submitted
    assert first.hash == second.hash
    assert second.bump_bid == 300
    assert (await world.open_attempts())[0].bump_bid == 300


@pytest.mark.gen_test
async def test_never_more_is_bid_than_the_cap_and_the_status_says_so(world: World) -> None:
    await world.begin(channels=1)
    payment = await world.post()
    world.ledger.answers = lambda attempt: wants(1001)
    await world.submit()
    assert [attempt.bump_bid for attempt in world.ledger.submitted] == [None]
    assert not world.health.checks[FEES].ok
    assert await world.status(payment.id) == "submitted"


@pytest.mark.gen_test
async def test_only_the_bids_of_a_few_are_raised_at_once(world: World) -> None:
    await world.begin(channels=40)
    for _ in range(40):
        await world.post()
    world.ledger.answers = lambda attempt: QUEUED if attempt.bump_bid else wants(300)
    await world.submit()
    assert sum(attempt.bump_bid is not None for attempt in world.ledger.submitted) == BUMPS_AT_ONCE


@pytest.mark.parametrize(
    "answer",
    [
        Answer(Verdict.ASK, "http 504"),
        Answer(Verdict.ASK, "tx_bad_seq"),
        Answer(Verdict.ASK, "TRY_AGAIN_LATER"),
        Answer(Verdict.ASK, "tx_too_late"),
        Answer(Verdict.NOT_SENT, "http 429"),
        wants(300),
        Answer(Verdict.OURS, "tx_insufficient_balance"),
        Answer(Verdict.SERIOUS, "tx_bad_auth"),
        Answer(Verdict.UNKNOWN, "tx_of_the_future"),
    ],
    ids=lambda answer: answer.code,
)
@pytest.mark.gen_test
async def test_no_refusal_ends_an_attempt_or_leads_to_another_signature(world: World, answer: Answer) -> None:
    await world.begin(channels=5)
    payment = await world.post()
    world.ledger.answers = lambda attempt: answer
    await world.submit()
    await world.submit()
    assert len({attempt.hash for attempt in world.ledger.submitted}) == 1
    assert len(await world.open_attempts()) == 1
    assert await world.status(payment.id) == "submitted"
    assert await world.told() == []


@pytest.mark.parametrize("verdict", [Verdict.SERIOUS, Verdict.UNKNOWN])
@pytest.mark.gen_test
async def test_sending_stops_at_what_nobody_understands_and_stays_so(world: World, verdict: Verdict) -> None:
    await world.begin(channels=2)
    await world.post()
    world.ledger.answers = lambda attempt: Answer(verdict, "tx_strange")
    await world.submit()
    await world.check_root()
    await world.post()
    await world.submit()
    assert len(world.ledger.submitted) == 1
    assert "tx_strange" in world.health.checks[STOPPED].message


@pytest.mark.gen_test
async def test_what_is_ours_and_passing_holds_payments_until_it_is_mended(world: World) -> None:
    await world.begin(channels=2)
    await world.post()
    world.ledger.answers = lambda attempt: Answer(Verdict.OURS, "tx_insufficient_balance")
    await world.submit()
    assert not world.health.checks[SENDING].ok
    assert not world.health.may_send
    await world.check_root()
    assert world.health.may_send


@pytest.mark.gen_test
async def test_what_was_answered_is_kept_with_the_attempt(world: World) -> None:
    await world.begin(channels=1)
    await world.post()
    world.ledger.answers = lambda attempt: Answer(Verdict.ASK, "http 504")
    await world.submit()
    (attempt,) = await world.open_attempts()
    assert (attempt.answer, attempt.state.value, attempt.sent_at) == ("http 504", "sent", world.time)
