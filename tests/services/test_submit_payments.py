"""From accepted rows to envelopes in the network's queue."""

import asyncio
from typing import Any

import pytest

from kinpay_server.domain.attempt import LEDGERS_VALID, SECONDS_VALID, Attempt
from kinpay_server.domain.errors import Unavailable
from kinpay_server.domain.outcome import Answer, Verdict
from kinpay_server.services.ports import Bounds, PaymentDraft
from tests.services.conftest import World


@pytest.mark.gen_test
async def test_a_posted_payment_is_sent_through_a_channel(world: World) -> None:
    await world.begin(channels=1)
    payment = await world.post()
    await world.submit()
    (attempt,) = world.ledger.submitted
    assert attempt.payment_id == payment.id
    assert attempt.source == world.signer.channel_address(0)
    assert await world.status(payment.id) == "submitted"


@pytest.mark.gen_test
async def test_every_attempt_is_on_disk_before_it_is_sent(world: World) -> None:
    await world.begin(channels=3)
    for _ in range(3):
        await world.post()
    written: list[list[str]] = []

    def look(attempts: object) -> None:
        with world.database._reading.begin() as connection:
            written.append([row[0] for row in connection.exec_driver_sql("SELECT hash FROM attempts")])

    world.ledger.before_submit = look
    await world.submit()
    assert sorted(written[0]) == sorted(attempt.hash for attempt in world.ledger.submitted)


@pytest.mark.gen_test
async def test_what_cannot_be_written_down_is_not_sent_and_waits_again(world: World) -> None:
    await world.begin(channels=1)
    payment = await world.post()

    async def full_disk(attempts: object) -> None:
        raise Unavailable("the disk is full")

    world.submissions.record_attempts = full_disk  # type: ignore[method-assign]
    with pytest.raises(Unavailable):
        await world.submit()
    assert world.ledger.submitted == []
    assert await world.status(payment.id) == "accepted"
    assert await world.channels.channel_counts() == {"free": 1}


@pytest.mark.gen_test
async def test_what_could_not_be_given_back_either_is_given_back_as_soon_as_the_disk_has_room(world: World) -> None:
    await world.begin(channels=1)
    payment = await world.post()
    record, release = world.submissions.record_attempts, world.submissions.release

    async def full_disk(*_: object) -> None:
        raise Unavailable("the disk is full")

    world.submissions.record_attempts = full_disk  # type: ignore[method-assign]
    world.submissions.release = full_disk  # type: ignore[method-assign]
    with pytest.raises(Unavailable):
        await world.submit()
    assert await world.status(payment.id) == "submitted"
    world.submissions.record_attempts, world.submissions.release = record, release  # type: ignore[method-assign]
    await world.submit()
    assert len(world.ledger.submitted) == 1


@pytest.mark.gen_test
async def test_when_the_disk_is_full_while_a_batch_is_tried_one_by_one_all_behind_it_are_given_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.begin(channels=3)
    for _ in range(3):
        await world.post()
    failures = iter([RuntimeError("one of them"), Unavailable("the disk is full")])

    async def failing(_attempts: object) -> None:
        raise next(failures)

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(world.submissions, "record_attempts", failing)
        with pytest.raises(Unavailable):
            await world.submit()
    await world.submit()
    assert len(world.ledger.submitted) == 3


@pytest.mark.gen_test
async def test_one_payment_that_cannot_be_signed_does_not_stop_the_others(world: World) -> None:
    await world.begin(channels=3)
    posted = [await world.post() for _ in range(3)]
    sign = world.signer.sign_payments

    async def sign_but_one(drafts: list[PaymentDraft], *rest: Any) -> list[Attempt]:
        if any(draft.payment.id == posted[1].id for draft in drafts):
            raise ValueError("cannot be signed")
        return await sign(drafts, *rest)

    world.signer.sign_payments = sign_but_one  # type: ignore[method-assign]
    await world.submit()
    assert [await world.status(p.id) for p in posted] == ["submitted", "accepted", "submitted"]
    assert "could not be signed" in world.health.checks["signing"].message


@pytest.mark.gen_test
async def test_a_payment_without_a_free_channel_waits_and_asks_for_more_channels(world: World) -> None:
    await world.begin(channels=1)
    first, second = await world.post(), await world.post()
    await world.submit()
    assert [await world.status(p.id) for p in (first, second)] == ["submitted", "accepted"]
    assert world.nudge.nudged[-1] == "fund"


@pytest.mark.gen_test
async def test_nothing_is_signed_while_something_speaks_against_sending(world: World) -> None:
    await world.begin(channels=1)
    payment = await world.post()
    world.health.bad("anything", "wrong")
    await world.submit()
    assert world.ledger.submitted == []
    assert await world.status(payment.id) == "accepted"


@pytest.mark.gen_test
async def test_nothing_is_signed_before_the_start_is_over(world: World) -> None:
    await world.view.refresh()
    await world.post()
    await world.submit()
    assert not world.health.may_send
    assert world.ledger.submitted == []


@pytest.mark.gen_test
async def test_two_submissions_at_once_never_take_the_same_payment(world: World) -> None:
    await world.begin(channels=20)
    posted = [await world.post() for _ in range(10)]
    await asyncio.gather(world.submit(), world.submit(), world.submit())
    assert sorted(a.payment_id or "" for a in world.ledger.submitted) == sorted(p.id for p in posted)


@pytest.mark.gen_test
async def test_the_channel_pays_the_fee_itself_while_it_can(world: World) -> None:
    await world.begin(channels=1, balance=100)
    await world.post()
    await world.submit()
    assert world.ledger.submitted[0].bump_bid is None
    assert world.ledger.submitted[0].fee == 100


@pytest.mark.gen_test
async def test_root_bumps_a_payment_whose_channel_is_known_to_be_short(world: World) -> None:
    await world.begin(channels=1, balance=99)
    await world.post()
    await world.submit()
    assert world.ledger.submitted[0].bump_bid == 100


@pytest.mark.gen_test
async def test_root_bumps_the_same_inner_transaction_when_the_ledger_finds_the_channel_short(world: World) -> None:
    await world.begin(channels=1)
    await world.post()
    short = Answer(Verdict.CHANNEL_SHORT, "tx_insufficient_balance")
    queued = Answer(Verdict.QUEUED, "PENDING")
    world.ledger.answers = lambda attempt: queued if attempt.bump_bid else short
    await world.submit()
    first, second = world.ledger.submitted
    assert (first.hash, first.envelope) == (second.hash, second.envelope)
    assert (first.bump_bid, second.bump_bid) == (None, 100)


@pytest.mark.gen_test
async def test_what_is_usually_bid_is_bid_up_to_the_cap(world: World) -> None:
    world.ledger.bid = 250
    await world.begin(channels=2)
    await world.post()
    await world.submit()
    world.ledger.bid = 5000
    await world.view.refresh()
    await world.post()
    await world.submit()
    assert [attempt.fee for attempt in world.ledger.submitted] == [250, 1000]


@pytest.mark.gen_test
async def test_no_number_is_ever_signed_for_twice(world: World) -> None:
    await world.begin(channels=1)
    await world.post()
    world.ledger.takes = lambda attempt: False
    for _ in range(3):
        await world.submit()
        world.pass_time()
        world.pass_ledgers(60)
        await world.ask()
    numbers = [(a.source, a.sequence) for a in {a.hash: a for a in world.ledger.submitted}.values()]
    assert len(numbers) == 3
    assert len(set(numbers)) == 3


@pytest.mark.gen_test
async def test_an_attempt_lives_by_the_ledgers_count_and_clock_and_not_by_this_hosts(world: World) -> None:
    await world.begin(channels=1)
    network = await world.ledger.network()
    for hours in (-5, 0, 5):
        world.time += hours * 3_600_000
        assert world.view.bounds() == Bounds(network.latest_ledger + LEDGERS_VALID, network.closed_at + SECONDS_VALID)


@pytest.mark.gen_test
async def test_no_more_are_taken_than_may_be_under_way(world: World) -> None:
    await world.begin(channels=40)
    world.pressure.refused(["another"])
    room = world.pressure.room
    posted = [await world.post() for _ in range(40)]
    await world.submit()
    assert len(world.ledger.submitted) == room < len(posted)
