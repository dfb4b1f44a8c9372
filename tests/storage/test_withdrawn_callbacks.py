"""A payment that failed and is posted again: what was not delivered of its failure is never told any more."""

from dataclasses import replace

import pytest

from kinpay_server.domain.callback import Callback, Delivery
from kinpay_server.domain.outcome import LedgerTransaction
from kinpay_server.domain.payment import Payment, PaymentStatus
from kinpay_server.services.ports import FoundPayment, WantedCallbacks
from kinpay_server.storage.callback_list import CallbackList
from kinpay_server.storage.depths import DepthRows
from tests.storage.conftest import NOW, Stores, a_failure, a_post, a_success

LATER = NOW + 10_000


async def failed(stores: Stores, payment_id: str = "p-1") -> str:
    """Have it fail; the id of the callback that tells it."""
    [attempt] = await stores.submit(payment_id)
    await stores.settlements.settle([a_failure(attempt)], cursor=None, now=NOW)
    return f"payment-{attempt.hash}"


async def posted_again(stores: Stores) -> None:
    await stores.payments.accept(a_post(request_id="again", created_at=LATER))


async def tried(stores: Stores, callback_id: str, delivery: Delivery, next_try: int | None) -> None:
    await stores.callbacks.record_delivery(Callback(callback_id, "", b""), delivery, next_try, NOW + 50)


async def due(stores: Stores, *payments: str) -> list[str]:
    wanted = [
        WantedCallbacks(one, 10, payments=payments) for one in await stores.callbacks.receivers_due(LATER + 10**9)
    ]
    return [one.callback.id for one in await stores.callbacks.due_callbacks(LATER + 10**9, wanted)]


def state(stores: Stores, callback_id: str) -> object:
    return stores.value("SELECT state FROM callbacks WHERE id = ?", callback_id)


@pytest.mark.parametrize("next_try", [NOW + 5000, None], ids=["waiting", "dead"])
@pytest.mark.gen_test
async def test_a_fail_that_was_not_delivered_is_never_told_once_the_payment_is_posted_again(
    stores: Stores, next_try: int | None
) -> None:
    fail, other = await failed(stores), await failed(stores, "p-2")
    await tried(stores, fail, Delivery(500), next_try)
    await posted_again(stores)
    assert state(stores, fail) == "withdrawn"
    assert state(stores, other) == "waiting"
    assert await due(stores) == [other]
    assert await CallbackList(stores.database).replay_dead(LATER) == 0
    assert await CallbackList(stores.database).replay_some_dead(10, LATER + 1) == 0
    depths = await DepthRows(stores.database).depths()
    assert (depths.callbacks_waiting, depths.callbacks_dead) == (1, 0)
    assert stores.value("SELECT reason FROM callbacks WHERE id = ?", fail) is not None


@pytest.mark.gen_test
async def test_a_try_under_way_when_its_payment_is_posted_again_may_deliver_and_is_not_repeated(stores: Stores) -> None:
    for answer, after in ((Delivery(503), "withdrawn"), (Delivery(410), "withdrawn"), (Delivery(200), "delivered")):
        fail = await failed(stores)
        await posted_again(stores)
        await tried(stores, fail, answer, NOW + 60 if answer.status == 503 else None)
        assert state(stores, fail) == after
        assert await due(stores) == []


@pytest.mark.gen_test
async def test_a_fail_that_was_delivered_stays_so_and_is_not_sent_again_unless_it_is_still_true(stores: Stores) -> None:
    fail, listed = await failed(stores), CallbackList(stores.database)
    await tried(stores, fail, Delivery(200), None)
    assert await listed.replay(fail, NOW)
    await tried(stores, fail, Delivery(200), None)
    await posted_again(stores)
    assert state(stores, fail) == "delivered"
    assert not await listed.replay(fail, LATER)
    [attempt] = await stores.submit("p-1")
    await stores.settlements.settle([a_success(attempt)], cursor=None, now=LATER)
    assert not await listed.replay(fail, LATER)
    assert await listed.replay(f"payment-{attempt.hash}", LATER)


@pytest.mark.gen_test
async def test_a_fail_of_a_payment_that_the_ledger_shows_as_paid_is_withdrawn(stores: Stores) -> None:
    fail = await failed(stores)
    transaction = LedgerTransaction(("f" * 64,), 130, "2024-01-01T00:00:00Z", 100, "root", None, "1-kik-p-1")
    paid = replace(
        Payment.posted(a_post()),
        status=PaymentStatus.SUCCEEDED,
        sender_address="root",
        transaction_id="f" * 64,
        timestamp=transaction.closed_at,
    )
    await stores.settlements.record_found([FoundPayment(paid, transaction, None, PaymentStatus.FAILED)], LATER)
    assert state(stores, fail) == "withdrawn"


@pytest.mark.gen_test
async def test_nothing_is_read_of_a_payment_that_something_is_under_way_for(stores: Stores) -> None:
    fail, other = await failed(stores), await failed(stores, "p-2")
    assert await due(stores, "p-1") == [other]
    assert sorted(await due(stores)) == sorted([fail, other])
