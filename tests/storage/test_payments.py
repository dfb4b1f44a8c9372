import asyncio
from dataclasses import fields
from typing import Any

import pytest

from kinpay_server.domain.errors import PaymentExists
from kinpay_server.domain.payment import NewPayment, Payment, PaymentStatus
from tests.storage.conftest import NOW, Stores, a_failure, a_post, a_success

POSTED = [field.name for field in fields(NewPayment)]


def posted_part(payment: Payment) -> NewPayment:
    return NewPayment(**{name: getattr(payment, name) for name in POSTED})


async def fail(stores: Stores, payment_id: str) -> None:
    [attempt] = await stores.submit(payment_id)
    await stores.settlements.settle([a_failure(attempt)], cursor=None, now=NOW)


async def succeed(stores: Stores, payment_id: str) -> None:
    [attempt] = await stores.submit(payment_id)
    await stores.settlements.settle([a_success(attempt)], cursor=None, now=NOW)


def rows(stores: Stores) -> int:
    return int(stores.value("SELECT count(*) FROM payments"))


async def post_together(stores: Stores, *posts: NewPayment) -> list[Payment | BaseException]:
    """Post all in one batch."""
    return await stores.together(*(stores.payments.accept(post) for post in posts))


@pytest.mark.gen_test
async def test_a_new_payment_is_kept_as_it_was_posted(stores: Stores) -> None:
    post = a_post()
    accepted = await stores.payments.accept(post)
    assert accepted == Payment.posted(post)
    assert await stores.payments.payment("p-1") == accepted
    assert stores.status_of("p-1") == ["accepted"]


@pytest.mark.gen_test
async def test_the_largest_amount_is_kept_exactly(stores: Stores) -> None:
    await stores.payments.accept(a_post(amount=2**63 - 1))
    payment = await stores.payments.payment("p-1")
    assert payment is not None
    assert payment.amount == 2**63 - 1


@pytest.mark.gen_test
async def test_an_unknown_payment_is_none(stores: Stores) -> None:
    assert await stores.payments.payment("p-1") is None


@pytest.mark.gen_test
async def test_a_crowd_that_posts_the_same_payment_makes_one_row(stores: Stores) -> None:
    posts = [a_post(request_id=f"r-{number}", created_at=NOW + number) for number in range(50)]
    accepted = await asyncio.gather(*(stores.payments.accept(post) for post in posts))
    assert accepted == [Payment.posted(posts[0])] * 50
    assert rows(stores) == 1


@pytest.mark.gen_test
async def test_a_repeat_is_answered_with_the_payment_as_it_stands(stores: Stores) -> None:
    await stores.claim("p-1")
    repeated = await stores.payments.accept(a_post(request_id="another", created_at=NOW + 99))
    assert repeated.status is PaymentStatus.SUBMITTED
    assert posted_part(repeated) == a_post()
    assert rows(stores) == 1


@pytest.mark.parametrize(
    "changes", [{"app_id": "other"}, {"amount": 1}, {"recipient_address": "G"}, {"callback": "http://other.example/"}]
)
@pytest.mark.gen_test
async def test_other_content_is_refused_and_changes_nothing(stores: Stores, changes: dict[str, Any]) -> None:
    await stores.payments.accept(a_post())
    with pytest.raises(PaymentExists):
        await stores.payments.accept(a_post(**changes))
    assert await stores.payments.payment("p-1") == Payment.posted(a_post())


@pytest.mark.gen_test
async def test_within_one_batch_the_first_post_of_an_id_decides(stores: Stores) -> None:
    first, other, same, elsewhere = await post_together(
        stores, a_post(), a_post(amount=1), a_post(request_id="same"), a_post("p-2")
    )
    assert first == same == Payment.posted(a_post())
    assert isinstance(other, PaymentExists)
    assert elsewhere == Payment.posted(a_post("p-2"))
    assert rows(stores) == 2


@pytest.mark.gen_test
async def test_a_post_that_the_database_refuses_does_not_touch_the_others(stores: Stores) -> None:
    good, bad, also_good = await post_together(stores, a_post("p-1"), a_post("p-2", amount=0), a_post("p-3"))
    assert isinstance(bad, Exception)
    assert [good, also_good] == [Payment.posted(a_post("p-1")), Payment.posted(a_post("p-3"))]
    assert stores.rows("SELECT id FROM payments ORDER BY id") == [("p-1",), ("p-3",)]


@pytest.mark.gen_test
async def test_a_payment_that_failed_is_tried_again(stores: Stores) -> None:
    await fail(stores, "p-1")
    again = await stores.payments.accept(a_post(request_id="again", created_at=NOW + 5000))
    assert again == await stores.payments.payment("p-1") == Payment.posted(a_post(request_id="again"))
    assert await stores.submissions.waiting_payments() == 1


@pytest.mark.gen_test
async def test_a_failed_payment_that_a_crowd_posts_is_tried_again_once(stores: Stores) -> None:
    await fail(stores, "p-1")
    answers = await post_together(stores, *(a_post(request_id=f"r-{number}") for number in range(20)))
    assert answers == [Payment.posted(a_post(request_id="r-0"))] * 20
    assert await stores.submissions.waiting_payments() == 1


@pytest.mark.gen_test
async def test_a_failed_payment_with_other_content_is_refused_and_stays_failed(stores: Stores) -> None:
    await fail(stores, "p-1")
    other, same = await post_together(stores, a_post(amount=1), a_post(request_id="same"))
    assert isinstance(other, PaymentExists)
    assert isinstance(same, Payment)
    assert same.status is PaymentStatus.ACCEPTED


@pytest.mark.gen_test
async def test_what_the_old_attempt_of_a_payment_did_stays_when_it_is_tried_again(stores: Stores) -> None:
    await fail(stores, "p-1")
    await stores.payments.accept(a_post(request_id="again"))
    [claim] = await stores.submissions.claim(1, NOW)
    assert claim.channel.next_sequence == 102
    assert stores.rows("SELECT state, successful, sequence FROM attempts") == [("landed", 0, 101)]
    assert stores.value("SELECT count(*) FROM callbacks") == 1


@pytest.mark.gen_test
async def test_a_payment_that_succeeded_is_refused(stores: Stores) -> None:
    await succeed(stores, "p-1")
    with pytest.raises(PaymentExists, match="has been paid"):
        await stores.payments.accept(a_post(request_id="another"))


@pytest.mark.gen_test
async def test_the_first_request_gets_its_first_answer_when_it_is_repeated_after_the_success(stores: Stores) -> None:
    first = await stores.payments.accept(a_post())
    await succeed(stores, "p-1")
    assert await stores.payments.accept(a_post()) == first
    assert stores.status_of("p-1") == ["succeeded"]


@pytest.mark.gen_test
async def test_an_id_is_known_for_ever(stores: Stores) -> None:
    await stores.payments.accept(a_post())
    await succeed(stores, "p-1")
    for years in (1, 10, 100):
        later = a_post(request_id="later", created_at=NOW + years * 366 * 24 * 3_600_000)
        with pytest.raises(PaymentExists):
            await stores.payments.accept(later)
    assert stores.status_of("p-1") == ["succeeded"]


@pytest.mark.gen_test
async def test_the_oldest_that_waits_is_the_next_to_be_claimed(stores: Stores) -> None:
    assert await stores.submissions.oldest_waiting() is None
    await stores.accept("p-2", "p-1")
    oldest = await stores.submissions.oldest_waiting()
    assert oldest is not None
    assert oldest.id == "p-2"
    await stores.adopt(1)
    assert [claim.payment.id for claim in await stores.submissions.claim(1, NOW)] == ["p-2"]
    assert await stores.submissions.waiting_payments() == 1


async def page(
    stores: Stores,
    *,
    status: PaymentStatus | None = None,
    app_id: str | None = None,
    before: tuple[int, str] | None = None,
    limit: int = 100,
) -> list[str]:
    found = await stores.payments.payments(status=status, app_id=app_id, before=before, limit=limit)
    return [payment.id for payment in found]


@pytest.mark.gen_test
async def test_pages_come_newest_first_and_go_on_where_the_last_one_ended(stores: Stores) -> None:
    await stores.accept("a", "b", "c", "d", "e")
    assert await page(stores, limit=2) == ["e", "d"]
    assert await page(stores, before=(NOW + 3, "d"), limit=2) == ["c", "b"]
    assert await page(stores, before=(NOW + 1, "b"), limit=2) == ["a"]
    assert await page(stores, before=(NOW, "a"), limit=2) == []


@pytest.mark.gen_test
async def test_payments_of_the_same_millisecond_are_each_on_one_page(stores: Stores) -> None:
    ids = [f"p-{number}" for number in range(7)]
    await asyncio.gather(*(stores.payments.accept(a_post(payment_id)) for payment_id in ids))
    seen: list[str] = []
    while read := await page(stores, before=(NOW, seen[-1]) if seen else None, limit=2):
        seen += read
    assert seen == sorted(ids, reverse=True)


@pytest.mark.gen_test
async def test_a_payment_that_comes_while_pages_are_read_moves_none_of_them(stores: Stores) -> None:
    await stores.accept("a", "b", "c")
    assert await page(stores, limit=1) == ["c"]
    await stores.payments.accept(a_post("newer", created_at=NOW + 50))
    assert await page(stores, before=(NOW + 2, "c"), limit=5) == ["b", "a"]


@pytest.mark.gen_test
async def test_pages_are_filtered_by_status_and_app(stores: Stores) -> None:
    await succeed(stores, "paid")
    await fail(stores, "failed")
    [_] = await stores.submit("sent")
    await stores.accept("waits")
    await stores.payments.accept(a_post("of another", app_id="zzz", created_at=NOW + 9))
    assert await page(stores, status=PaymentStatus.SUCCEEDED) == ["paid"]
    assert await page(stores, status=PaymentStatus.FAILED) == ["failed"]
    assert await page(stores, status=PaymentStatus.SUBMITTED) == ["sent"]
    assert await page(stores, status=PaymentStatus.ACCEPTED) == ["of another", "waits"]
    assert await page(stores, status=PaymentStatus.ACCEPTED, app_id="kik") == ["waits"]
    assert await page(stores, app_id="zzz") == ["of another"]
    assert await page(stores, app_id="zzz", before=(NOW + 9, "of another")) == []
    assert await page(stores, app_id="unknown") == []


@pytest.mark.gen_test
async def test_a_payment_that_is_paid_shows_what_only_a_finished_one_has(stores: Stores) -> None:
    await succeed(stores, "p-1")
    payment = await stores.payments.payment("p-1")
    assert payment is not None
    assert (payment.sender_address, payment.timestamp, payment.reason) == ("root", "2024-01-01T00:00:00Z", None)
    assert payment.transaction_id == stores.value("SELECT hash FROM attempts")
