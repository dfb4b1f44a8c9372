from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy.exc import IntegrityError

from kinpay_server.domain.attempt import Attempt, AttemptState, Purpose
from kinpay_server.domain.outcome import Answer, Verdict
from kinpay_server.services.ports import ChannelAfter, Funding, Settlement, StaleSettlement
from tests.storage.conftest import (
    NOW,
    URL,
    Stores,
    a_callback,
    a_channel,
    a_failure,
    a_post,
    a_success,
    an_attempt,
    an_expiry,
)

HOUR = 3_600_000
CHANNEL = 'SELECT state, sequence, signed, balance FROM channels WHERE "index" = ?'


async def settle(stores: Stores, *settlements: Settlement, cursor: str | None = None) -> None:
    await stores.settlements.settle(settlements, cursor=cursor, now=NOW + 1)


async def signed_anew(stores: Stores, payment_id: str = "p-1") -> Attempt:
    """A second attempt of a payment whose first one is dead."""
    [claim] = [claim for claim in await stores.submissions.claim(10, NOW) if claim.payment.id == payment_id]
    attempt = an_attempt(claim)
    await stores.submissions.record_attempts([attempt])
    return attempt


@pytest.mark.gen_test
async def test_a_success_ends_attempt_payment_and_loan_and_writes_the_callback(stores: Stores) -> None:
    [attempt] = await stores.submit("p-1")
    await settle(stores, a_success(attempt))
    assert stores.rows("SELECT state, successful, reason, ledger, fee_charged, ended_at FROM attempts") == [
        ("landed", 1, "on the ledger", 120, 100, NOW + 1)
    ]
    assert stores.rows("SELECT status, reason, sender_address, transaction_id, timestamp FROM payments") == [
        ("succeeded", None, "root", attempt.hash, "2024-01-01T00:00:00Z")
    ]
    assert stores.rows(CHANNEL, attempt.channel) == [("free", 101, 101, 4_999_900)]
    assert stores.rows(
        "SELECT id, attempt_hash, payment_id, receiver, url, body, state, tries, next_try_at FROM callbacks"
    ) == [
        (
            f"payment-{attempt.hash}",
            attempt.hash,
            "p-1",
            "http://app.example",
            URL,
            b'{"state": "success"}',
            "waiting",
            0,
            NOW + 1,
        )
    ]


@pytest.mark.gen_test
async def test_a_failure_fails_the_payment_for_a_reason(stores: Stores) -> None:
    [attempt] = await stores.submit("p-1")
    await settle(stores, a_failure(attempt))
    assert stores.rows("SELECT state, successful, reason FROM attempts") == [("landed", 0, "op_no_trust")]
    assert stores.rows("SELECT status, reason, transaction_id FROM payments") == [("failed", "no trustline", None)]
    assert stores.rows("SELECT body FROM callbacks") == [(b'{"state": "fail"}',)]
    assert stores.rows(CHANNEL, attempt.channel) == [("free", 101, 101, 4_999_900)]


@pytest.mark.gen_test
async def test_an_expiry_gives_payment_and_channel_back_and_tells_nobody(stores: Stores) -> None:
    """The channel's next number leaves a gap, because the dead envelope's number is never signed for again."""
    [attempt] = await stores.submit("p-1")
    await settle(stores, an_expiry(attempt))
    assert stores.rows("SELECT state, successful, ledger FROM attempts") == [("expired", None, None)]
    assert stores.status_of("p-1") == ["accepted"]
    assert stores.rows(CHANNEL, attempt.channel) == [("free", 100, 101, 5_000_000)]
    assert stores.value("SELECT count(*) FROM callbacks") == 0
    [claim] = await stores.submissions.claim(1, NOW)
    assert (claim.channel.next_sequence, claim.channel.min_sequence) == (102, 100)


@pytest.mark.gen_test
async def test_the_cursor_goes_to_disk_with_what_was_made_of_the_page(stores: Stores) -> None:
    assert await stores.settlements.cursor() is None
    [attempt] = await stores.submit("p-1")
    await settle(stores, a_success(attempt), cursor="17")
    assert await stores.settlements.cursor() == "17"
    await settle(stores, cursor="18")
    assert await stores.settlements.cursor() == "18"


@pytest.mark.gen_test
async def test_without_a_cursor_the_stored_one_stays(stores: Stores) -> None:
    await settle(stores, cursor="17")
    [attempt] = await stores.submit("p-1")
    await settle(stores, a_success(attempt))
    assert await stores.settlements.cursor() == "17"


def _settle_it(stores: Stores, attempt: Attempt) -> None:
    stores.change("UPDATE attempts SET state = 'expired' WHERE hash = ?", attempt.hash)


def _move_the_payment(stores: Stores, attempt: Attempt) -> None:
    stores.change("UPDATE payments SET status = 'accepted' WHERE id = ?", attempt.payment_id)


def _move_the_channel(stores: Stores, attempt: Attempt) -> None:
    stores.change("UPDATE channels SET state = 'retired' WHERE \"index\" = ?", attempt.channel)


@pytest.mark.parametrize("meddle", [_settle_it, _move_the_payment, _move_the_channel])
@pytest.mark.gen_test
async def test_a_stale_settlement_writes_nothing_at_all(
    stores: Stores, meddle: Callable[[Stores, Attempt], None]
) -> None:
    """Not for those of its list that are not stale either, nor the cursor: the page is read again as a whole."""
    stale, fresh = await stores.submit("p-1", "p-2")
    meddle(stores, stale)
    before = stores.dump()
    with pytest.raises(StaleSettlement):
        await settle(stores, a_success(fresh), a_success(stale), cursor="17")
    assert stores.dump() == before


@pytest.mark.gen_test
async def test_a_stale_settlement_does_not_touch_another_one_of_the_same_batch(stores: Stores) -> None:
    twice, fresh = await stores.submit("p-1", "p-2")
    first, second, other = await stores.together(
        settle(stores, a_success(twice), cursor="1"),
        settle(stores, a_failure(twice), cursor="2"),
        settle(stores, a_success(fresh)),
    )
    assert (first, other) == (None, None)
    assert isinstance(second, StaleSettlement)
    assert stores.status_of("p-1", "p-2") == ["succeeded", "succeeded"]
    assert stores.value("SELECT count(*) FROM callbacks") == 2
    assert await stores.settlements.cursor() == "1"


@pytest.mark.gen_test
async def test_an_attempt_ends_once_and_has_one_callback(stores: Stores) -> None:
    [attempt] = await stores.submit("p-1")
    await settle(stores, a_success(attempt))
    before = stores.dump()
    for again in (a_success(attempt), a_failure(attempt), an_expiry(attempt)):
        with pytest.raises(StaleSettlement):
            await settle(stores, again)
    assert stores.dump() == before


@pytest.mark.gen_test
async def test_an_attempt_ends_once_also_when_nothing_else_follows_from_its_end(stores: Stores) -> None:
    """As that of a payment which was found to be paid."""
    [attempt] = await stores.submit("p-1")
    alone = replace(a_success(attempt), payment=None, channel=None, callback=None)
    await settle(stores, alone)
    before = stores.dump()
    for again in (alone, replace(an_expiry(attempt), payment=None, channel=None)):
        with pytest.raises(StaleSettlement):
            await settle(stores, again)
    assert stores.dump() == before


@pytest.mark.gen_test
async def test_the_database_refuses_a_second_callback_of_an_attempt(stores: Stores) -> None:
    """Even if a state had been meddled with, success and fail of one attempt exclude each other."""
    [attempt] = await stores.submit("p-1")
    await settle(stores, a_failure(attempt))
    stores.change("UPDATE attempts SET state = 'sent', successful = NULL")
    stores.change("UPDATE payments SET status = 'submitted'")
    stores.change("UPDATE channels SET state = 'lent'")
    before = stores.dump()
    success = replace(a_success(attempt), callback=replace(a_callback(attempt, b"{}"), id="another id"))
    with pytest.raises(IntegrityError, match=r"callbacks\.attempt_hash"):
        await settle(stores, success, cursor="17")
    assert stores.dump() == before


@pytest.mark.gen_test
async def test_an_attempt_can_end_after_its_payment_was_found_to_be_paid(stores: Stores) -> None:
    """Then the payment says already what became of it; attempt and channel must come to their end all the same."""
    [attempt] = await stores.submit("p-1")
    stores.change("UPDATE payments SET status = 'succeeded', transaction_id = 'found'")
    await settle(stores, a_success(attempt, payment=None, callback=None))
    assert stores.rows("SELECT status, transaction_id FROM payments") == [("succeeded", "found")]
    assert stores.rows("SELECT state, successful FROM attempts") == [("landed", 1)]
    assert stores.state_of(0) == ["free"]


@pytest.mark.gen_test
async def test_a_channel_whose_account_is_gone_is_retired(stores: Stores) -> None:
    [attempt] = await stores.submit("p-1")
    await settle(stores, replace(an_expiry(attempt), channel=ChannelAfter(0, 0, attempt.sequence, 0, retired=True)))
    assert stores.state_of(0) == ["retired"]
    assert stores.status_of("p-1") == ["accepted"]
    assert await stores.submissions.claim(1, NOW) == []


@pytest.mark.gen_test
async def test_a_payment_may_succeed_after_an_attempt_that_expired_and_one_that_failed(stores: Stores) -> None:
    [first] = await stores.submit("p-1")
    await settle(stores, an_expiry(first))
    second = await signed_anew(stores)
    await settle(stores, a_failure(second))
    await stores.payments.accept(a_post(request_id="again"))
    third = await signed_anew(stores)
    await settle(stores, a_success(third))
    assert stores.rows("SELECT state, successful FROM attempts ORDER BY sequence") == [
        ("expired", None),
        ("landed", 0),
        ("landed", 1),
    ]
    assert stores.status_of("p-1") == ["succeeded"]
    assert stores.value("SELECT count(*) FROM callbacks") == 2


@pytest.mark.gen_test
async def test_attempts_open_and_ended_are_found_by_their_hash(stores: Stores) -> None:
    ended, open_ = await stores.submit("p-1", "p-2")
    await settle(stores, a_success(ended))
    assert await stores.settlements.attempts_by_hash([ended.hash, open_.hash, "unknown"]) == {
        open_.hash: open_,
        ended.hash: replace(ended, state=AttemptState.LANDED),
    }
    assert await stores.settlements.attempts_by_hash([]) == {}


@pytest.mark.gen_test
async def test_when_it_was_last_at_work_is_remembered(stores: Stores) -> None:
    assert await stores.settlements.last_beat() is None
    await stores.settlements.beat(NOW)
    await stores.settlements.beat(NOW + 5)
    assert await stores.settlements.last_beat() == NOW + 5
    assert await stores.settlements.cursor() is None


@pytest.mark.gen_test
async def test_open_attempts_that_nobody_has_seen_for_long_come_oldest_first(stores: Stores) -> None:
    claims = await stores.claim("a", "b", "c", "d")
    attempts = [an_attempt(claim, created_at=NOW - age) for age, claim in enumerate(claims)]
    await stores.submissions.record_attempts(attempts)
    never_sent, sent_lately, sent_long_ago, ended = attempts
    answer = Answer(Verdict.QUEUED, "PENDING")
    await stores.submissions.record_answers([(sent_lately, answer)], NOW + 5000)
    await stores.submissions.record_answers([(sent_long_ago, answer)], NOW + 10)
    await settle(stores, a_success(ended))
    waiting = await stores.settlements.open_attempts(sent_before=NOW + 11, limit=10)
    assert [attempt.hash for attempt in waiting] == [sent_long_ago.hash, never_sent.hash]
    assert [attempt.state for attempt in waiting] == [AttemptState.SENT, AttemptState.SIGNED]
    assert len(await stores.settlements.open_attempts(sent_before=NOW + 11, limit=1)) == 1


@pytest.mark.gen_test
async def test_an_attempt_that_was_sent_before_the_clock_was_set_back_is_not_forgotten(stores: Stores) -> None:
    [claim] = await stores.claim("a")
    await stores.submissions.record_attempts([an_attempt(claim, created_at=NOW)])
    await stores.submissions.record_answers([(an_attempt(claim), Answer(Verdict.QUEUED, "PENDING"))], NOW)
    assert await stores.settlements.open_attempts(sent_before=NOW - 10_000, limit=10) == []
    assert len(await stores.settlements.open_attempts(sent_before=NOW - HOUR, limit=10)) == 1


@pytest.mark.gen_test
async def test_callbacks_of_before_the_clock_was_set_back_are_due_anew(stores: Stores) -> None:
    [attempt] = await stores.submit("a")
    await stores.settlements.settle([a_success(attempt, callback=a_callback(attempt, b"a", URL))], cursor=None, now=NOW)
    await stores.settlements.beat(NOW)
    back = NOW - HOUR
    assert await stores.callbacks.receivers_due(back) == []
    await stores.settlements.beat(back)
    assert await stores.callbacks.receivers_due(back) == ["http://app.example"]


@pytest.mark.gen_test
async def test_a_clock_that_is_set_back_before_the_first_beat_delays_no_callback_either(stores: Stores) -> None:
    [attempt] = await stores.submit("a")
    await stores.settlements.settle([a_success(attempt, callback=a_callback(attempt, b"a", URL))], cursor=None, now=NOW)
    await stores.settlements.beat(NOW - HOUR)
    assert await stores.callbacks.receivers_due(NOW - HOUR) == ["http://app.example"]


@pytest.mark.gen_test
async def test_payments_are_read_by_their_ids(stores: Stores) -> None:
    await stores.accept("a", "b")
    assert (await stores.settlements.payments_by_id(["a", "unknown"])).keys() == {"a"}


async def opening(stores: Stores) -> Attempt:
    """An attempt of channel 0 that is to open channels 1 and 2."""
    await stores.adopt(1)
    await stores.channels.plan_channels(2, lambda index: f"channel-{index}", NOW)
    [source] = await stores.channels.lend_channels(1, NOW)
    attempt = Attempt(
        Purpose.OPEN_CHANNELS, None, source.index, source.address, source.next_sequence, "opens", "AA", 100, 130, NOW
    )
    await stores.channels.record_fundings([Funding(attempt, {1: 7, 2: 7})])
    return attempt


def opened(attempt: Attempt, *indexes: int, successful: bool = True) -> Settlement:
    return Settlement(
        attempt,
        landed=True,
        successful=successful,
        reason="on the ledger",
        ledger=120,
        fee_charged=600,
        channel=ChannelAfter(0, attempt.sequence, attempt.sequence, 600),
        opened=tuple(a_channel(index, balance=7, sequence=120 << 32) for index in indexes),
    )


@pytest.mark.gen_test
async def test_channels_that_were_opened_are_free_with_the_ledgers_numbers(stores: Stores) -> None:
    attempt = await opening(stores)
    assert stores.state_of(0, 1, 2) == ["lent", "opening", "opening"]
    await settle(stores, opened(attempt, 1, 2))
    assert stores.rows(CHANNEL, 0) == [("free", 101, 101, 5_000_000 - 600)]
    for index in (1, 2):
        assert stores.rows(CHANNEL, index) == [("free", 120 << 32, 120 << 32, 7)]
    assert await stores.channels.planned_channels() == []


@pytest.mark.gen_test
async def test_channels_that_were_not_opened_are_still_to_be_opened(stores: Stores) -> None:
    """The one that existed already is taken as it is."""
    attempt = await opening(stores)
    await settle(stores, opened(attempt, 1, successful=False))
    assert stores.state_of(0, 1, 2) == ["free", "free", "opening"]
    assert await stores.channels.planned_channels() == [2]


@pytest.mark.gen_test
async def test_an_opening_that_expired_leaves_its_channels_to_be_opened(stores: Stores) -> None:
    attempt = await opening(stores)
    assert await stores.channels.planned_channels() == []
    expired = replace(opened(attempt), landed=False, successful=False, channel=ChannelAfter(0, 100, 101, 0))
    await settle(stores, expired)
    assert await stores.channels.planned_channels() == [1, 2]
    assert stores.rows(CHANNEL, 0) == [("free", 100, 101, 5_000_000)]


@pytest.mark.gen_test
async def test_an_opening_is_stale_when_one_of_its_channels_is_open_already(stores: Stores) -> None:
    attempt = await opening(stores)
    stores.change("UPDATE channels SET state = 'free' WHERE \"index\" = 1")
    before = stores.dump()
    with pytest.raises(StaleSettlement):
        await settle(stores, opened(attempt, 1, 2), cursor="17")
    assert stores.dump() == before


async def topping_up(stores: Stores) -> Attempt:
    """An attempt of channel 0 that is to give 50 to channel 1, and 60 to channel 2 while that is lent."""
    balances = (9_000_000, 5_000_000, 5_000_000)
    await stores.channels.adopt_channels([a_channel(index, balance) for index, balance in enumerate(balances)], NOW)
    [source] = await stores.channels.lend_channels(1, NOW)
    stores.change("UPDATE channels SET state = 'lent' WHERE \"index\" = 2")
    attempt = Attempt(
        Purpose.TOP_UP, None, source.index, source.address, source.next_sequence, "tops up", "AA", 100, 130, NOW
    )
    await stores.channels.record_fundings([Funding(attempt, {1: 50, 2: 60})])
    return attempt


@pytest.mark.gen_test
async def test_channels_that_are_topped_up_get_what_they_were_promised(stores: Stores) -> None:
    attempt = await topping_up(stores)
    assert stores.rows('SELECT balance FROM channels WHERE "index" > 0') == [(5_000_000,)] * 2
    await settle(stores, replace(opened(attempt), topped_up=True))
    assert stores.rows('SELECT balance, funding, funded_by, state FROM channels ORDER BY "index"') == [
        (9_000_000 - 600, 0, None, "free"),
        (5_000_050, 0, None, "free"),
        (5_000_060, 0, None, "lent"),
    ]


@pytest.mark.gen_test
async def test_channels_of_a_top_up_that_failed_get_nothing_and_may_be_topped_up_anew(stores: Stores) -> None:
    attempt = await topping_up(stores)
    await settle(stores, opened(attempt, successful=False))
    assert (
        stores.rows('SELECT balance, funding, funded_by FROM channels WHERE "index" > 0') == [(5_000_000, 0, None)] * 2
    )
