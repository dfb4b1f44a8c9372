from collections.abc import Sequence
from dataclasses import replace

import pytest
from sqlalchemy import Connection

from kinpay_server.domain.callback import LIFETIME, Callback, Delivery
from kinpay_server.services.ports import DueCallback, NewCallback, WantedCallbacks
from kinpay_server.storage.callback_list import CallbackList
from kinpay_server.storage.callbacks import insert_callbacks
from kinpay_server.storage.depths import DepthRows
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


async def waiting_and_dead(stores: Stores) -> tuple[int, int]:
    """How many callbacks wait and are dead."""
    depths = await DepthRows(stores.database).depths()
    return depths.callbacks_waiting, depths.callbacks_dead


async def due(stores: Stores, now: int) -> list[str]:
    """The ids of all that is due, by receiver."""
    wanted = [WantedCallbacks(receiver, 100) for receiver in await stores.callbacks.receivers_due(now)]
    return [one.callback.id for one in await stores.callbacks.due_callbacks(now, wanted)]


async def some_due(stores: Stores, *wanted: WantedCallbacks) -> list[str]:
    return [one.callback.id for one in await stores.callbacks.due_callbacks(NOW + 100, wanted)]


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
    assert await stores.callbacks.receivers_due(NOW) == ["https://a.example:8443"]
    assert await stores.callbacks.due_callbacks(NOW, [WantedCallbacks("https://a.example:8443", 1)]) == [
        DueCallback(
            Callback("a", "https://a.example:8443/hook?x=1", b"a", 0, "a"), "https://a.example:8443", NOW + LIFETIME
        )
    ]


@pytest.mark.gen_test
async def test_the_receiver_that_is_due_longest_comes_first(stores: Stores) -> None:
    await with_callbacks(stores, a="http://a/", b="http://b/", c="http://c/")
    await record(stores, "a", REFUSED, NOW + 9)
    assert await stores.callbacks.receivers_due(NOW + 100) == ["http://b", "http://c", "http://a"]
    assert await stores.callbacks.receivers_due(NOW + 8) == ["http://b", "http://c"]
    assert await stores.callbacks.receivers_due(NOW) == []


@pytest.mark.gen_test
async def test_of_a_receiver_what_is_due_longest_comes_first(stores: Stores) -> None:
    await with_callbacks(stores, a="http://a/1", b="http://a/2", c="http://a/3")
    await record(stores, "a", REFUSED, NOW + 9)
    assert await due(stores, NOW + 100) == ["b", "c", "a"]
    assert await due(stores, NOW + 8) == ["b", "c"]


@pytest.mark.gen_test
async def test_what_is_due_since_the_same_time_comes_as_it_was_written_whatever_its_ids(stores: Stores) -> None:
    ids = ["r-10", "r-9", "r-100", "a", "r-11"]

    await write(stores, [in_lanes(one) for one in ids[:3]])
    await write(stores, [in_lanes(one) for one in ids[3:]])
    assert await due(stores, NOW) == ids


@pytest.mark.gen_test
async def test_only_receivers_that_are_wanted_are_read_each_up_to_its_limit(stores: Stores) -> None:
    await with_callbacks(stores, a1="http://a/1", b="http://b/", a2="http://a/2", a3="http://a/3", c="http://c/")
    a, c = WantedCallbacks("http://a", 2), WantedCallbacks("http://c", 2)
    assert await some_due(stores, c, a) == ["c", "a1", "a2"]
    assert await some_due(stores) == []


@pytest.mark.gen_test
async def test_what_is_under_way_is_left_out_of_the_limit(stores: Stores) -> None:
    await with_callbacks(stores, a1="http://a/1", a2="http://a/2", a3="http://a/3", a4="http://a/4")
    assert await some_due(stores, WantedCallbacks("http://a", 2, ("a1", "a3"))) == ["a2", "a4"]
    assert await some_due(stores, WantedCallbacks("http://a", 1, ("a1", "x"))) == ["a2"]


async def write(stores: Stores, new: Sequence[NewCallback], now: int = NOW) -> None:
    def insert(connection: Connection, batch: Sequence[Sequence[NewCallback]]) -> list[None]:
        for some in batch:
            insert_callbacks(connection, some, now)
        return [None] * len(batch)

    await stores.database.write(insert, new)


def in_lanes(callback_id: str, *lanes: int) -> NewCallback:
    return NewCallback(callback_id, None, None, "http://a/", b"", lanes)


@pytest.mark.gen_test
async def test_what_has_busy_lanes_only_is_left_out_of_the_limit(stores: Stores) -> None:
    await write(stores, [in_lanes("1", 7), in_lanes("2", 7, 8), in_lanes("3"), in_lanes("4", 9), in_lanes("5", 9, 8)])
    assert await some_due(stores, WantedCallbacks("http://a", 9)) == ["1", "2", "3", "4", "5"]
    assert await some_due(stores, WantedCallbacks("http://a", 2, busy=(7,))) == ["2", "3"]
    assert await some_due(stores, WantedCallbacks("http://a", 9, ("4",), busy=(7, 8))) == ["3", "5"]
    [due] = await stores.callbacks.due_callbacks(NOW, [WantedCallbacks("http://a", 1, ("1",))])
    assert set(due.lanes) == {7, 8}


@pytest.mark.gen_test
async def test_what_was_tried_has_no_lane_any_more(stores: Stores) -> None:
    await write(stores, [in_lanes("1", 7, 8)])
    await record(stores, "1", REFUSED, NOW + 10)
    [due] = await stores.callbacks.due_callbacks(NOW + 10, [WantedCallbacks("http://a", 1, busy=(7, 8))])
    assert due.lanes == ()


@pytest.mark.gen_test
async def test_what_is_due_and_has_waited_for_three_days_is_given_up_and_nothing_else(stores: Stores) -> None:
    end = NOW + LIFETIME
    await write(stores, [in_lanes(one) for one in ("tried", "never", "planned", "replayed", "there")])
    await write(stores, [in_lanes("younger")], NOW + 1)
    await write(stores, [NewCallback("other", None, None, "http://b/", b"")])
    await record(stores, "tried", REFUSED, NOW + 1000)
    await record(stores, "planned", REFUSED, end + 1)
    await record(stores, "there", DELIVERED, None)
    await CallbackList(stores.database).replay("replayed", NOW + 1)
    assert await stores.callbacks.give_up("http://a", 10, end - 1) == 0
    assert await stores.callbacks.give_up("http://a", 10, end) == 2
    assert stores.rows("SELECT id, last_error FROM callbacks WHERE state = 'dead' ORDER BY id") == [
        ("never", "never tried: its receiver took nothing"),
        ("tried", "Service Unavailable"),
    ]
    assert await stores.callbacks.give_up("http://a", 1, end + 1) == 1
    assert await stores.callbacks.give_up("http://a", 10, end + 1) == 2


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
    [again] = await stores.callbacks.due_callbacks(NOW + 5000, [WantedCallbacks("http://a", 1)])
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
    assert await waiting_and_dead(stores) == (0, 0)
    await with_callbacks(stores, a="http://a/", b="http://b/", c="http://c/", d="http://d/")
    await record(stores, "a", DELIVERED, None)
    await record(stores, "b", REFUSED, None)
    assert await waiting_and_dead(stores) == (2, 1)
