"""What waits and what needs somebody, as the status page shows it; and replaying what was given up."""

import pytest

from kinpay_server.domain.callback import Callback, Delivery
from kinpay_server.storage import outstanding
from kinpay_server.storage.callback_list import CallbackList
from kinpay_server.storage.outstanding import OutstandingRows
from tests.storage.conftest import NOW, Stores, a_success

FAR = NOW + 3_600_000


async def with_callbacks(stores: Stores, *urls: str) -> list[str]:
    """Callbacks of paid payments, one for each URL; their ids."""
    attempts = await stores.submit(*(f"p-{number}" for number in range(len(urls))))
    ended = []
    for attempt, url in zip(attempts, urls, strict=True):
        callback = type(a_success(attempt).callback)(
            f"c-{attempt.payment_id}", attempt.hash, attempt.payment_id, url, b"{}"
        )
        ended.append(a_success(attempt, callback=callback))
    await stores.settlements.settle(ended, cursor=None, now=NOW)
    return [settlement.callback.id for settlement in ended]


async def tried(stores: Stores, callback_id: str, *, next_try: int | None, now: int = NOW) -> None:
    await stores.callbacks.record_delivery(Callback(callback_id, "", b""), Delivery(500), next_try, now)


@pytest.fixture
def rows(stores: Stores) -> OutstandingRows:
    return OutstandingRows(stores.database)


@pytest.mark.gen_test
async def test_of_an_empty_database_nothing_is_outstanding(rows: OutstandingRows) -> None:
    found = await rows.outstanding()
    assert (found.queue.accepted, found.queue.submitted, found.queue.held, found.queue.oldest) == (0, 0, 0, None)
    assert (found.receivers, found.dead, found.dead_count, found.channels, found.channel_counts) == ((), (), 0, (), {})


@pytest.mark.gen_test
async def test_payments_that_are_not_done_are_counted_and_the_held_ones_named(
    stores: Stores, rows: OutstandingRows
) -> None:
    await stores.submit("sent", "held")
    await stores.accept("waiting", "later")
    stores.change("UPDATE payments SET reason = 'held: op_malformed' WHERE id = 'held'")
    queue = (await rows.outstanding()).queue
    assert (queue.accepted, queue.submitted, queue.held, queue.held_ids, queue.oldest) == (2, 2, 1, ("held",), NOW)


@pytest.mark.gen_test
async def test_counting_ends_somewhere(stores: Stores, rows: OutstandingRows, monkeypatch: pytest.MonkeyPatch) -> None:
    await stores.accept(*(f"p-{number}" for number in range(5)))
    monkeypatch.setattr(outstanding, "MOST", 3)
    found = await rows.outstanding()
    assert (found.queue.accepted, found.most) == (3, 3)


@pytest.mark.gen_test
async def test_receivers_that_callbacks_wait_for_are_shown_the_longest_queue_first(
    stores: Stores, rows: OutstandingRows
) -> None:
    one, two, other, _done = await with_callbacks(stores, "http://b/1", "http://b/2", "http://a/1", "http://c/")
    await tried(stores, two, next_try=FAR)
    await stores.callbacks.record_delivery(Callback("c-p-3", "", b""), Delivery(200), None, NOW)
    found = (await rows.outstanding()).receivers
    assert [(each.name, each.waiting) for each in found] == [("http://b", 2), ("http://a", 1)]
    await tried(stores, one, next_try=FAR + 1)
    await tried(stores, other, next_try=FAR + 2)
    assert [each.next_try_at for each in (await rows.outstanding()).receivers] == [FAR, FAR + 2]


@pytest.mark.gen_test
async def test_of_many_receivers_some_are_shown(
    stores: Stores, rows: OutstandingRows, monkeypatch: pytest.MonkeyPatch
) -> None:
    await with_callbacks(stores, "http://a/", "http://b/", "http://c/")
    monkeypatch.setattr(outstanding, "SHOWN_RECEIVERS", 2)
    found = await rows.outstanding()
    assert (len(found.receivers), found.more_receivers) == (2, True)
    monkeypatch.setattr(outstanding, "WALKED", 1)
    assert len((await rows.outstanding()).receivers) == 1


@pytest.mark.gen_test
async def test_the_newest_dead_callbacks_are_shown(
    stores: Stores, rows: OutstandingRows, monkeypatch: pytest.MonkeyPatch
) -> None:
    for callback_id in await with_callbacks(stores, "http://a/1", "http://a/2"):
        await tried(stores, callback_id, next_try=None)
    monkeypatch.setattr(outstanding, "SHOWN_DEAD", 1)
    found = await rows.outstanding()
    assert found.dead_count == 2
    assert [(one.id, one.last_answer) for one in found.dead] == [("c-p-1", "HTTP 500")]


@pytest.mark.gen_test
async def test_each_channel_is_shown_with_what_it_carries(stores: Stores, rows: OutstandingRows) -> None:
    [attempt] = await stores.submit("p")
    await stores.adopt(3)
    stores.change("UPDATE channels SET state = 'retired' WHERE \"index\" = 2")
    found = await rows.outstanding()
    assert found.channel_counts == {"free": 1, "lent": 1, "retired": 1}
    shown = [(one.index, one.state, one.payment_id, one.purpose) for one in found.channels]
    assert shown[attempt.channel] == (attempt.channel, "lent", "p", "payment")
    assert shown[2] == (2, "retired", None, None)


@pytest.mark.gen_test
async def test_only_what_is_dead_is_replayed(stores: Stores) -> None:
    dead, waiting, done = await with_callbacks(stores, "http://a/1", "http://a/2", "http://a/3")
    await tried(stores, dead, next_try=None)
    await tried(stores, waiting, next_try=FAR)
    await stores.callbacks.record_delivery(Callback(done, "", b""), Delivery(200), None, NOW)
    callbacks = CallbackList(stores.database)
    replayed = [await callbacks.replay_one_dead(one, NOW + 5) for one in (dead, waiting, done, dead, "other")]
    assert replayed == [True, False, False, False, False]
    found = stores.rows("SELECT id, state, tries, next_try_at FROM callbacks ORDER BY id")
    assert found == [(dead, "waiting", 0, NOW + 5), (waiting, "waiting", 1, FAR), (done, "delivered", 1, NOW)]


@pytest.mark.gen_test
async def test_some_of_the_dead_are_replayed_the_oldest_first_and_none_that_died_since(stores: Stores) -> None:
    one, two, three = await with_callbacks(stores, "http://a/1", "http://a/2", "http://a/3")
    for callback_id in (one, two):
        await tried(stores, callback_id, next_try=None)
    await tried(stores, three, next_try=None, now=NOW + 100)
    stores.change("UPDATE callbacks SET created_at = created_at - 1 WHERE id = ?", two)
    callbacks = CallbackList(stores.database)
    assert await callbacks.replay_some_dead(1, NOW + 50) == 1
    assert stores.value("SELECT state FROM callbacks WHERE id = ?", two) == "waiting"
    assert await callbacks.replay_some_dead(10, NOW + 50) == 1
    assert stores.value("SELECT state FROM callbacks WHERE id = ?", three) == "dead"
