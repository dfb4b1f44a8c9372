from dataclasses import replace

import pytest

from kinpay_server.domain.callback import Callback, Delivery
from kinpay_server.services.ports import DueCallback
from tests.storage.conftest import NOW, Stores, a_callback, a_success

DELIVERED = Delivery(204)
REFUSED = Delivery(503, "Service Unavailable")
SILENT = Delivery(None, "timed out")


async def with_callbacks(stores: Stores, **urls: str) -> None:
    """Payments that are paid, each a millisecond after the one before, and told to these URLs."""
    for age, (payment_id, url) in enumerate(urls.items()):
        [attempt] = await stores.submit(payment_id)
        told = replace(a_callback(attempt, payment_id.encode(), url), id=payment_id)
        await stores.settlements.settle([a_success(attempt, callback=told)], cursor=None, now=NOW + age)


async def due(
    stores: Stores, now: int, *, busy: tuple[str, ...] = (), skip: tuple[str, ...] = (), limit: int = 100
) -> list[str]:
    return [one.callback.id for one in await stores.callbacks.due_callbacks(now, busy=busy, skip=skip, limit=limit)]


async def record(stores: Stores, callback_id: str, delivery: Delivery, next_try: int | None) -> None:
    await stores.callbacks.record_delivery(Callback(callback_id, "", b""), delivery, next_try, NOW + 50)


def state_of(stores: Stores, callback_id: str) -> tuple[object, ...]:
    [row] = stores.rows(
        "SELECT state, tries, next_try_at, last_status, last_error FROM callbacks WHERE id = ?", callback_id
    )
    return row


@pytest.mark.gen_test
async def test_a_callback_is_due_from_its_beginning(stores: Stores) -> None:
    await with_callbacks(stores, a="https://a.example:8443/hook?x=1")
    assert await due(stores, NOW - 1) == []
    assert await stores.callbacks.due_callbacks(NOW, busy=(), skip=(), limit=1) == [
        DueCallback(Callback("a", "https://a.example:8443/hook?x=1", b"a", 0), "https://a.example:8443")
    ]


@pytest.mark.gen_test
async def test_what_is_due_longest_comes_first(stores: Stores) -> None:
    await with_callbacks(stores, a="http://a/", b="http://b/", c="http://c/")
    await record(stores, "a", REFUSED, NOW + 9)
    assert await due(stores, NOW + 100) == ["b", "c", "a"]
    assert await due(stores, NOW + 8) == ["b", "c"]
    assert await due(stores, NOW + 100, limit=2) == ["b", "c"]


@pytest.mark.gen_test
async def test_busy_receivers_and_what_is_under_way_are_left_out_of_the_limit(stores: Stores) -> None:
    await with_callbacks(stores, a1="http://a/1", a2="http://a/2", b="http://b/", c="http://c/")
    assert await due(stores, NOW + 9, busy=("http://a",), limit=1) == ["b"]
    assert await due(stores, NOW + 9, skip=("a1", "b"), limit=2) == ["a2", "c"]
    assert await due(stores, NOW + 9, busy=("http://a",), skip=("b",)) == ["c"]


@pytest.mark.gen_test
async def test_a_delivered_callback_is_done(stores: Stores) -> None:
    await with_callbacks(stores, a="http://a/")
    await record(stores, "a", DELIVERED, None)
    assert state_of(stores, "a") == ("delivered", 1, NOW + 50, 204, None)
    assert await due(stores, NOW + 10**9) == []


@pytest.mark.gen_test
async def test_a_callback_that_is_refused_waits_for_its_next_try(stores: Stores) -> None:
    await with_callbacks(stores, a="http://a/")
    await record(stores, "a", REFUSED, NOW + 1000)
    assert state_of(stores, "a") == ("waiting", 1, NOW + 1000, 503, "Service Unavailable")
    await record(stores, "a", SILENT, NOW + 5000)
    assert state_of(stores, "a") == ("waiting", 2, NOW + 5000, None, "timed out")
    [again] = await stores.callbacks.due_callbacks(NOW + 5000, busy=(), skip=(), limit=1)
    assert again.callback.tries == 2


@pytest.mark.gen_test
async def test_a_callback_without_a_next_try_is_dead(stores: Stores) -> None:
    await with_callbacks(stores, a="http://a/")
    await record(stores, "a", Delivery(410, "Gone"), None)
    assert state_of(stores, "a") == ("dead", 1, NOW + 50, 410, "Gone")
    assert await due(stores, NOW + 10**9) == []


@pytest.mark.gen_test
async def test_what_is_delivered_or_dead_does_not_change_any_more(stores: Stores) -> None:
    await with_callbacks(stores, a="http://a/", b="http://b/")
    await record(stores, "a", DELIVERED, None)
    await record(stores, "b", REFUSED, None)
    before = stores.dump()
    await record(stores, "a", REFUSED, NOW + 1)
    await record(stores, "b", DELIVERED, None)
    assert stores.dump() == before


@pytest.mark.gen_test
async def test_results_that_are_recorded_together_do_not_mix(stores: Stores) -> None:
    await with_callbacks(stores, a="http://a/", b="http://b/", c="http://c/")
    await stores.together(
        record(stores, "a", DELIVERED, None),
        record(stores, "b", REFUSED, NOW + 1000),
        record(stores, "c", Delivery(410), None),
    )
    assert [state_of(stores, one)[0] for one in "abc"] == ["delivered", "waiting", "dead"]


@pytest.mark.gen_test
async def test_what_waits_and_what_is_dead_is_counted(stores: Stores) -> None:
    assert await stores.callbacks.callback_counts() == {"waiting": 0, "dead": 0}
    await with_callbacks(stores, a="http://a/", b="http://b/", c="http://c/", d="http://d/")
    await record(stores, "a", DELIVERED, None)
    await record(stores, "b", REFUSED, None)
    assert await stores.callbacks.callback_counts() == {"waiting": 2, "dead": 1}
