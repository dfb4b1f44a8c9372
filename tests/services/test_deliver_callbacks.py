"""Many at once; a receiver that is slow or dead is never in the way of the others."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

import pytest
from structlog.testing import capture_logs

from kinpay_server.domain.callback import LIFETIME, Callback, Delivery
from kinpay_server.domain.circuit import FAILURES, FIRST, MOST
from kinpay_server.services.deliver_callbacks import DeliverCallbacks
from kinpay_server.services.ports import DueCallback, WantedCallbacks
from kinpay_server.services.receivers import AT_ONCE


@dataclass
class FakeStore:
    """`CallbackStore` in memory; what failed is due again at once."""

    waiting: dict[str, DueCallback] = field(default_factory=dict)
    recorded: list[tuple[str, Delivery, int | None]] = field(default_factory=list)
    read: list[int] = field(default_factory=list)
    looks: int = 0

    def add(self, receiver: str, number: int) -> None:
        for _ in range(number):
            one = f"{receiver}-{len(self.waiting) + len(self.recorded)}"
            self.waiting[one] = DueCallback(Callback(one, receiver, b"{}"), receiver, LIFETIME)

    async def receivers_due(self, now: int) -> list[str]:
        self.looks += 1
        return list(dict.fromkeys(due.receiver for due in self.waiting.values()))

    async def due_callbacks(self, now: int, wanted: Sequence[WantedCallbacks]) -> list[DueCallback]:
        found = [due for few in wanted for due in self._due_of(few)]
        self.read.append(len(found))
        return found

    def _due_of(self, few: WantedCallbacks) -> list[DueCallback]:
        waiting = [due for due in self.waiting.values() if due.receiver == few.receiver]
        free = [
            due
            for due in waiting
            if due.callback.id not in few.under_way and due.callback.payment_id not in few.payments
        ]
        return [due for due in free if not due.lanes or not {*due.lanes} <= {*few.busy}][: few.limit]

    async def record_delivery(self, callback: Callback, delivery: Delivery, next_try: int | None, now: int) -> None:
        self.recorded.append((callback.id, delivery, next_try))
        due = self.waiting.pop(callback.id)
        if next_try is not None:
            self.waiting[callback.id] = replace(due, lanes=())

    async def give_up(self, receiver: str, limit: int, now: int) -> int:
        return 0


@dataclass
class FakeSender:
    """`Sender` whose receivers never answer when they are named `slow…`, and fail when they are named `dead…`."""

    under_way: Counter[str] = field(default_factory=Counter)
    most: Counter[str] = field(default_factory=Counter)
    sent: list[str] = field(default_factory=list)
    answer: Delivery = field(default_factory=lambda: Delivery(200))

    async def send(self, callback: Callback) -> Delivery:
        self.sent.append(callback.id)
        self.under_way[callback.url] += 1
        self.most[callback.url] = max(self.most[callback.url], self.under_way[callback.url])
        if callback.url.startswith("slow"):
            await asyncio.Event().wait()
        await asyncio.sleep(0)
        self.under_way[callback.url] -= 1
        return Delivery(503) if callback.url.startswith("dead") else self.answer


class FakeClock:
    """Milliseconds of the event loop's own clock."""

    def __call__(self) -> int:
        return int(asyncio.get_running_loop().time() * 1000)


async def run_until(deliver: DeliverCallbacks, done: Callable[[], bool]) -> None:
    """Run the delivery until something has come true."""
    running = asyncio.create_task(deliver.run())
    try:
        while not done():
            assert not running.done()
            await asyncio.sleep(0.005)
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


@pytest.mark.gen_test
async def test_a_receiver_that_never_answers_does_not_keep_the_others_waiting() -> None:
    store, sender = FakeStore(), FakeSender()
    store.add("slow", 2000)
    store.add("quick", 700)
    await run_until(DeliverCallbacks(store, sender, lambda: 0), lambda: len(store.recorded) == 700)
    assert sender.most["slow"] == FIRST


@pytest.mark.gen_test
async def test_no_more_than_so_many_are_under_way_in_all() -> None:
    store, sender = FakeStore(), FakeSender()
    for number in range(300):
        store.add(f"slow-{number}", 20)
    deliver = DeliverCallbacks(store, sender, lambda: 0)
    await run_until(deliver, lambda: store.looks == 3)
    assert len(sender.sent) == AT_ONCE


@pytest.mark.gen_test
async def test_some_receivers_that_never_answer_do_not_take_all_the_room() -> None:
    store, sender = FakeStore(), FakeSender()
    for number in range(20):
        store.add(f"slow-{number}", 1000)
    store.add("quick", 700)
    await run_until(DeliverCallbacks(store, sender, lambda: 0), lambda: len(store.recorded) == 700)


@pytest.mark.gen_test
async def test_a_receiver_that_fails_is_probed_with_one_at_a_time_and_the_others_are_not_read() -> None:
    store, sender = FakeStore(), FakeSender()
    store.add("dead", 5000)
    deliver = DeliverCallbacks(store, sender, FakeClock())
    await run_until(deliver, lambda: len(store.recorded) >= FAILURES + 3)
    assert sender.most["dead"] == FIRST
    assert store.read[:4] == [FIRST, 1, 1, 1]


@pytest.mark.gen_test
async def test_a_receiver_that_is_back_gets_all_that_waits() -> None:
    store, sender = FakeStore(), FakeSender(answer=Delivery(None, "timed out"))
    store.add("quick", 500)
    deliver = DeliverCallbacks(store, sender, FakeClock())
    await run_until(deliver, lambda: len(store.recorded) > FAILURES)
    sender.answer = Delivery(200)
    await run_until(deliver, lambda: not store.waiting)
    assert FIRST < sender.most["quick"] <= MOST


@pytest.mark.gen_test
async def test_a_receiver_whose_callbacks_are_over_does_not_fail() -> None:
    store, sender = FakeStore(), FakeSender(answer=Delivery(410))
    store.add("quick", 5 * FAILURES)
    await run_until(DeliverCallbacks(store, sender, lambda: 0), lambda: not store.waiting)


@pytest.mark.gen_test
async def test_a_receiver_gets_its_callbacks_in_the_order_in_which_they_are_due() -> None:
    store, sender = FakeStore(), FakeSender()
    for _ in range(200):
        store.add("quick", 1)
        store.add("other", 1)
    expected = list(store.waiting)
    await run_until(DeliverCallbacks(store, sender, lambda: 0), lambda: not store.waiting)
    for receiver in ("quick", "other"):
        assert [one for one in sender.sent if one.startswith(receiver)] == [
            one for one in expected if one.startswith(receiver)
        ]


@pytest.mark.gen_test
async def test_many_are_under_way_at_once() -> None:
    store, sender = FakeStore(), FakeSender()
    store.add("quick", 300)
    await run_until(DeliverCallbacks(store, sender, lambda: 0), lambda: not store.waiting)
    assert sender.most["quick"] > 10


@pytest.mark.gen_test
async def test_a_callback_is_marked_only_after_the_receiver_has_answered() -> None:
    store, sender = FakeStore(), FakeSender()
    store.add("slow", 1)
    await run_until(DeliverCallbacks(store, sender, lambda: 0), lambda: sender.under_way["slow"] == 1)
    assert store.recorded == []


@pytest.mark.gen_test
async def test_a_failed_try_is_planned_again_and_gone_is_the_end() -> None:
    store, sender = FakeStore(), FakeSender(answer=Delivery(500))
    store.add("quick", 1)
    deliver = DeliverCallbacks(store, sender, lambda: 0)
    await run_until(deliver, lambda: len(store.recorded) == 1)
    sender.answer = Delivery(410)
    await run_until(deliver, lambda: len(store.recorded) == 2)
    (_, _, again), (_, _, never) = store.recorded
    assert again is not None
    assert 900 <= again <= 1100
    assert never is None


@pytest.mark.gen_test
async def test_each_try_is_a_line_in_the_log_without_the_url() -> None:
    store, sender = FakeStore(), FakeSender(answer=Delivery(500))
    callback = Callback("c", "https://app.example/?token=private", b"{}", payment_id="p-1")
    store.waiting["c"] = DueCallback(callback, "https://app.example:443", LIFETIME)
    deliver = DeliverCallbacks(store, sender, lambda: 0)
    with capture_logs() as logged:
        for number, answer in enumerate((500, 410, 200)):
            store.waiting["c"] = DueCallback(callback, "https://app.example:443", LIFETIME)
            sender.answer = Delivery(answer)
            await run_until(deliver, lambda number=number: len(store.recorded) > number)  # type: ignore[misc]
    assert [(line["event"], line["log_level"], line["status"]) for line in logged] == [
        ("callback not delivered", "info", 500),
        ("callback given up", "warning", 410),
        ("callback delivered", "info", 200),
    ]
    assert {(line["callback_id"], line["payment_id"], line["receiver"]) for line in logged} == {
        ("c", "p-1", "https://app.example:443")
    }
    assert "private" not in str(logged)


@pytest.mark.gen_test
async def test_a_success_waits_for_the_answer_to_a_try_to_tell_that_the_payment_had_failed() -> None:
    """It was posted again while that try was under way. What is told of other payments does not wait."""
    store, answered, sent = FakeStore(), asyncio.Event(), list[str]()

    class Patient(FakeSender):
        async def send(self, callback: Callback) -> Delivery:
            sent.append(callback.id)
            if callback.id == "fail":
                write("success", "p-1")
                write("other", "p-2")
                await answered.wait()
            return Delivery(200)

    def write(callback_id: str, payment_id: str) -> None:
        store.waiting[callback_id] = DueCallback(Callback(callback_id, "a", b"", 0, payment_id), "a", LIFETIME)

    def all_sent() -> bool:
        if store.looks >= 4:
            answered.set()
        return len(sent) == 3 and len(store.recorded) == 3

    write("fail", "p-1")
    await run_until(DeliverCallbacks(store, Patient(), lambda: 0), all_sent)
    assert sent == ["fail", "other", "success"]
