"""What is done after an answer to a submission."""

import pytest

from kinpay_server.domain.attempt import Attempt
from kinpay_server.domain.outcome import Answer, Verdict
from kinpay_server.services.check_root import AGAIN_AFTER
from kinpay_server.services.network_view import WANTED_LEDGERS
from kinpay_server.services.send_attempts import FEES, SENDING, SIGNATURES, STOPPED
from tests.services.conftest import World
from tests.services.fake_ledger import account

QUEUED = Answer(Verdict.QUEUED, "PENDING")


def wants(bid: int) -> Answer:
    """A refusal for its fee that says what would do."""
    return Answer(Verdict.BID_HIGHER, "tx_insufficient_fee", wanted_bid=bid)


@pytest.mark.gen_test
async def test_never_more_is_bid_than_the_cap_and_the_status_says_so(world: World) -> None:
    await world.begin(channels=1)
    payment = await world.post()
    world.ledger.answers = lambda attempt: wants(1001)
    await world.submit()
    world.pass_time()
    await world.ask()
    assert {attempt.bump_bid for attempt in world.ledger.submitted} <= {None, 1000}
    assert "max_base_fee" in world.health.checks[FEES].message
    assert await world.status(payment.id) == "submitted"


@pytest.mark.gen_test
async def test_full_ledgers_are_met_with_fewer_payments_not_with_more_bids(world: World) -> None:
    await world.begin(channels=40)
    for _ in range(40):
        await world.post()
    room = set[str]()

    def first_come(attempt: Attempt) -> Answer:
        room.update({attempt.hash} if len(room) < 20 else ())
        return QUEUED if attempt.hash in room else wants(101)

    world.ledger.answers = first_come
    world.ledger.takes = lambda attempt: attempt.hash in room
    await world.submit()
    assert len(world.ledger.submitted) == 40
    for _ in range(5):
        await world.post()
    await world.submit()
    assert len(world.ledger.submitted) == 40
    assert world.pressure.held_back


@pytest.mark.gen_test
async def test_new_payments_bid_at_once_what_refusals_asked_for_of_late(world: World) -> None:
    await world.begin(channels=2)
    await world.post()
    world.ledger.answers = lambda attempt: wants(300) if attempt.fee < 300 else QUEUED
    await world.submit()
    world.pressure.begin({})
    await world.post()
    await world.submit()
    assert [(a.fee, a.bump_bid) for a in world.ledger.submitted] == [(100, None), (300, None)]
    world.pass_ledgers(WANTED_LEDGERS + 1)
    await world.view.refresh()
    assert world.view.bid == 100


@pytest.mark.gen_test
async def test_nobody_bids_against_ourselves_when_the_queue_is_full_of_our_own(world: World) -> None:
    world.ledger.bid = 900
    await world.begin(channels=4)
    for _ in range(4):
        await world.post()
    waits = set[str]()

    def two_wait(attempt: Attempt) -> Answer:
        waits.update({attempt.hash} if len(waits) < 2 else ())
        return QUEUED if attempt.hash in waits else wants(901)

    world.ledger.answers = two_wait
    await world.submit()
    assert world.view.bid == 100
    world.pass_ledgers(WANTED_LEDGERS + 1)
    await world.view.refresh()
    assert world.view.bid == 900


@pytest.mark.gen_test
async def test_what_is_outbid_and_banned_is_not_taken_for_what_fills_the_queue(world: World) -> None:
    await world.begin(channels=2)
    await world.post()
    await world.submit()
    [first] = world.ledger.submitted
    world.ledger.answers = lambda attempt: (
        Answer(Verdict.ASK, "TRY_AGAIN_LATER") if attempt.hash == first.hash else wants(101)
    )
    await world.send([first])
    await world.post()
    await world.submit()
    assert world.view.bid == 101


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


@pytest.mark.parametrize(("verdict", "check"), [(Verdict.SERIOUS, SIGNATURES), (Verdict.UNKNOWN, STOPPED)])
@pytest.mark.gen_test
async def test_sending_stops_at_what_nobody_understands_and_stays_so(
    world: World, verdict: Verdict, check: str
) -> None:
    await world.begin(channels=2)
    await world.post()
    world.ledger.answers = lambda attempt: Answer(verdict, "tx_strange")
    await world.submit()
    await world.check_root()
    await world.post()
    await world.submit()
    assert len(world.ledger.submitted) == 1
    assert "tx_strange" in world.health.checks[check].message


@pytest.mark.gen_test
async def test_signatures_are_tried_again_when_root_could_not_sign_and_now_can(world: World) -> None:
    await world.begin(channels=2)
    payment = await world.post()
    root = world.signer.root_address
    world.ledger.answers = lambda attempt: Answer(Verdict.SERIOUS, "tx_bad_auth")
    world.ledger.takes = lambda attempt: False
    await world.submit()
    world.ledger.accounts[root] = account(root, signs_payments=False)
    await world.check_root()
    assert not world.health.may_send
    world.ledger.accounts[root] = account(root)
    world.ledger.answers, world.ledger.takes = lambda attempt: QUEUED, lambda attempt: True
    await world.check_root()
    world.pass_time()
    await world.ask()
    world.ledger.close()
    await world.watch()
    assert await world.status(payment.id) == "succeeded"
    assert len({attempt.hash for attempt in world.ledger.submitted}) == 1


@pytest.mark.gen_test
async def test_what_is_ours_and_passing_holds_payments_until_it_is_mended(world: World) -> None:
    await world.begin(channels=2)
    await world.post()
    world.ledger.answers = lambda attempt: Answer(Verdict.OURS, "tx_insufficient_balance")
    await world.submit()
    assert not world.health.checks[SENDING].ok
    assert not world.health.may_send
    await world.check_root()
    assert not world.health.may_send
    world.pass_time(AGAIN_AFTER)
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
