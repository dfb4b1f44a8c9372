import asyncio
from dataclasses import replace

import pytest
from sqlalchemy.exc import IntegrityError

from kinpay_server.domain.attempt import AttemptState
from kinpay_server.domain.channel import ChannelState
from kinpay_server.domain.outcome import Answer, Verdict
from kinpay_server.domain.payment import PaymentStatus
from kinpay_server.services.ports import PaymentAfter
from tests.storage.conftest import NOW, Stores, a_failure, a_success, an_attempt, an_expiry

QUEUED = Answer(Verdict.QUEUED, "PENDING")


async def claimed(stores: Stores, limit: int = 100) -> list[tuple[str, int]]:
    return [(claim.payment.id, claim.channel.index) for claim in await stores.submissions.claim(limit, NOW)]


@pytest.mark.gen_test
async def test_a_claim_takes_the_oldest_and_moves_payment_and_channel(stores: Stores) -> None:
    await stores.accept("b", "a", "c")
    await stores.adopt(3)
    claims = await stores.submissions.claim(2, NOW + 7)
    assert [claim.payment.id for claim in claims] == ["b", "a"]
    assert {claim.channel.state for claim in claims} == {ChannelState.LENT}
    assert stores.status_of("a", "b", "c") == ["submitted", "submitted", "accepted"]
    assert sorted(stores.state_of(0, 1, 2)) == ["free", "lent", "lent"]
    assert stores.value("SELECT updated_at FROM payments WHERE id = 'a'") == NOW + 7


@pytest.mark.gen_test
async def test_a_claim_takes_no_more_payments_than_there_are_channels(stores: Stores) -> None:
    await stores.accept("a", "b", "c")
    await stores.adopt(2)
    assert [payment for payment, _ in await claimed(stores)] == ["a", "b"]
    assert stores.status_of("c") == ["accepted"]
    assert await claimed(stores) == []


@pytest.mark.gen_test
async def test_a_claim_takes_no_more_channels_than_there_are_payments(stores: Stores) -> None:
    await stores.adopt(3)
    assert await claimed(stores) == []
    await stores.accept("a")
    assert len(await claimed(stores)) == 1
    assert sorted(stores.state_of(0, 1, 2)) == ["free", "free", "lent"]


@pytest.mark.parametrize("limit", [0, -1])
@pytest.mark.gen_test
async def test_a_claim_of_none_or_less_takes_none(stores: Stores, limit: int) -> None:
    """To SQLite a negative limit is no limit."""
    await stores.accept("a", "b")
    await stores.adopt(2)
    assert await claimed(stores, limit) == []
    assert await stores.channels.lend_channels(limit, NOW) == []
    assert stores.status_of("a", "b") == ["accepted", "accepted"]


@pytest.mark.gen_test
async def test_channels_that_are_not_free_are_never_lent(stores: Stores) -> None:
    await stores.accept("a", "b", "c", "d")
    await stores.adopt(3)
    stores.change("UPDATE channels SET state = 'retired' WHERE \"index\" = 0")
    stores.change("UPDATE channels SET state = 'opening' WHERE \"index\" = 1")
    assert await claimed(stores) == [("a", 2)]


@pytest.mark.gen_test
async def test_claims_at_the_same_time_take_no_payment_and_no_channel_twice(stores: Stores) -> None:
    ids = [f"p-{number}" for number in range(40)]
    await stores.accept(*ids)
    await stores.adopt(30)
    batches = await asyncio.gather(*(claimed(stores, 7) for _ in range(10)))
    taken = [claim for batch in batches for claim in batch]
    assert sorted(payment for payment, _ in taken) == sorted(ids[:30])
    assert sorted(channel for _, channel in taken) == list(range(30))


@pytest.mark.gen_test
async def test_claims_of_one_batch_take_no_payment_and_no_channel_twice(stores: Stores) -> None:
    await stores.accept("a", "b", "c")
    await stores.adopt(3)
    first, second = await stores.together(claimed(stores, 2), claimed(stores, 2))
    assert [payment for payment, _ in first + second] == ["a", "b", "c"]
    assert len({channel for _, channel in first + second}) == 3


@pytest.mark.gen_test
async def test_claims_that_are_given_back_can_be_claimed_again(stores: Stores) -> None:
    claims = await stores.claim("a", "b")
    await stores.submissions.release(claims[:1], NOW)
    assert stores.status_of("a", "b") == ["accepted", "submitted"]
    assert await claimed(stores) == [("a", claims[0].channel.index)]


@pytest.mark.gen_test
async def test_a_claim_whose_attempt_is_written_down_is_not_given_back(stores: Stores) -> None:
    claims = await stores.claim("a", "b")
    await stores.submissions.record_attempts([an_attempt(claims[0])])
    await stores.submissions.release(claims, NOW)
    assert stores.status_of("a", "b") == ["submitted", "accepted"]
    assert stores.state_of(claims[0].channel.index, claims[1].channel.index) == ["lent", "free"]


@pytest.mark.gen_test
async def test_giving_back_what_is_finished_changes_nothing(stores: Stores) -> None:
    claims = await stores.claim("paid", "failed")
    attempts = [an_attempt(claim) for claim in claims]
    await stores.submissions.record_attempts(attempts)
    await stores.settlements.settle([a_success(attempts[0]), a_failure(attempts[1])], cursor=None, now=NOW)
    await stores.submissions.release(claims, NOW)
    assert stores.status_of("paid", "failed") == ["succeeded", "failed"]


@pytest.mark.gen_test
async def test_claims_that_a_killed_process_left_are_given_back(stores: Stores) -> None:
    """Claimed but never signed: payment and channel; and channels that were to open others."""
    await stores.claim("a", "b")
    await stores.channels.adopt_channels([], NOW)
    assert await stores.settlements.release_lost_claims(NOW) == 2
    assert stores.status_of("a", "b") == ["accepted", "accepted"]
    assert stores.state_of(0, 1) == ["free", "free"]
    await stores.channels.lend_channels(1, NOW)
    assert await stores.settlements.release_lost_claims(NOW) == 0
    assert stores.state_of(0, 1) == ["free", "free"]


@pytest.mark.gen_test
async def test_nothing_else_is_given_back_with_them(stores: Stores) -> None:
    sent, paid, failed = await stores.submit("sent", "paid", "failed")
    await stores.settlements.settle([a_success(paid), a_failure(failed)], cursor=None, now=NOW)
    await stores.accept("waits")
    before = stores.dump()
    assert await stores.settlements.release_lost_claims(NOW + 9) == 0
    assert stores.dump() == before
    assert stores.status_of("sent", "paid", "failed", "waits") == ["submitted", "succeeded", "failed", "accepted"]
    assert sent.channel is not None
    assert stores.state_of(sent.channel) == ["lent"]


@pytest.mark.gen_test
async def test_a_payment_that_is_held_for_the_operator_is_not_given_back(stores: Stores) -> None:
    [attempt] = await stores.submit("held")
    held = PaymentAfter("held", PaymentStatus.SUBMITTED, "held: op_strange")
    await stores.settlements.settle([a_failure(attempt, payment=held, callback=None)], cursor=None, now=NOW)
    assert await stores.settlements.release_lost_claims(NOW) == 0
    assert stores.status_of("held") == ["submitted"]


@pytest.mark.gen_test
async def test_attempts_are_written_down_as_they_are(stores: Stores) -> None:
    claims = await stores.claim("a", "b")
    attempts = [an_attempt(claims[0]), an_attempt(claims[1], bump_bid=400, created_at=NOW + 1)]
    await stores.submissions.record_attempts(attempts)
    assert await stores.settlements.open_attempts(sent_before=NOW + 2, limit=10) == attempts


@pytest.mark.gen_test
async def test_a_number_of_a_source_is_used_once_for_ever(stores: Stores) -> None:
    [attempt] = await stores.submit("a")
    await stores.settlements.settle([an_expiry(attempt)], cursor=None, now=NOW)
    [claim] = await stores.submissions.claim(1, NOW)
    again = an_attempt(claim, sequence=attempt.sequence, hash="another")
    with pytest.raises(IntegrityError, match=r"attempts\.source, attempts\.sequence"):
        await stores.submissions.record_attempts([again])
    assert stores.value("SELECT count(*) FROM attempts") == 1


@pytest.mark.gen_test
async def test_a_payment_has_one_open_attempt_at_most(stores: Stores) -> None:
    [attempt] = await stores.submit("a")
    second = replace(attempt, source="other", hash="other")
    for state in ("signed", "sent"):
        stores.change("UPDATE attempts SET state = ?", state)
        with pytest.raises(IntegrityError, match=r"attempts\.payment_id"):
            await stores.submissions.record_attempts([second])


@pytest.mark.gen_test
async def test_a_payment_that_is_unknown_has_no_attempt(stores: Stores) -> None:
    [claim] = await stores.claim("a")
    with pytest.raises(IntegrityError, match="FOREIGN KEY"):
        await stores.submissions.record_attempts([an_attempt(claim, payment_id="unknown")])


@pytest.mark.gen_test
async def test_of_attempts_that_belong_together_all_or_none_are_written(stores: Stores) -> None:
    """They are one item: none of them may be sent before all are on disk."""
    claims = await stores.claim("a", "b")
    with pytest.raises(IntegrityError):
        await stores.submissions.record_attempts([an_attempt(claims[0]), an_attempt(claims[1], payment_id="unknown")])
    assert stores.value("SELECT count(*) FROM attempts") == 0


@pytest.mark.gen_test
async def test_attempts_that_are_refused_do_not_touch_those_of_another_job(stores: Stores) -> None:
    claims = await stores.claim("a", "b")
    good, bad = await stores.together(
        stores.submissions.record_attempts([an_attempt(claims[0])]),
        stores.submissions.record_attempts([an_attempt(claims[1], payment_id="unknown")]),
    )
    assert good is None
    assert isinstance(bad, IntegrityError)
    assert stores.rows("SELECT payment_id FROM attempts") == [("a",)]


@pytest.mark.gen_test
async def test_an_answer_is_noted_and_ends_nothing(stores: Stores) -> None:
    [attempt] = await stores.submit("a")
    await stores.submissions.record_answers([(attempt.bumped(300), Answer(Verdict.ASK, "tx_bad_seq"))], NOW + 5)
    [noted] = await stores.settlements.open_attempts(sent_before=NOW + 6, limit=1)
    assert noted == replace(attempt, state=AttemptState.SENT, answer="tx_bad_seq", bump_bid=300, sent_at=NOW + 5)
    assert stores.status_of("a") == ["submitted"]


@pytest.mark.gen_test
async def test_an_answer_that_comes_after_the_end_changes_nothing(stores: Stores) -> None:
    landed, expired = await stores.submit("a", "b")
    await stores.settlements.settle([a_success(landed), an_expiry(expired)], cursor=None, now=NOW)
    before = stores.dump()
    await stores.submissions.record_answers([(landed, QUEUED), (expired, QUEUED)], NOW + 5)
    assert stores.dump() == before


@pytest.mark.gen_test
async def test_noting_no_answers_is_fine(stores: Stores) -> None:
    await stores.submissions.record_answers([], NOW)
    await stores.submissions.record_attempts([])
