"""Many at once; a receiver that is slow or dead is never in the way of the others."""

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import pytest

from kinpay_server.domain.callback import Callback, Delivery
from kinpay_server.services.deliver_callbacks import AT_ONCE_EACH, DeliverCallbacks
from kinpay_server.services.ports import DueCallback


@dataclass
class FakeStore:
    """`CallbackStore` in memory."""

    waiting: dict[str, DueCallback] = field(default_factory=dict)
    recorded: list[tuple[str, Delivery, int | None]] = field(default_factory=list)

    def add(self, receiver: str, number: int) -> None:
        for _ in range(number):
            one = f"{receiver}-{len(self.waiting)}"
            self.waiting[one] = DueCallback(Callback(one, receiver, b"{}"), receiver)

    async def due_callbacks(self, now: int, *, busy: list[str], skip: list[str], limit: int) -> list[DueCallback]:
        found = [d for one, d in self.waiting.items() if d.receiver not in busy and one not in skip]
        return found[:limit]

    async def record_delivery(self, callback: Callback, delivery: Delivery, next_try: int | None, now: int) -> None:
        self.recorded.append((callback.id, delivery, next_try))
        del self.waiting[callback.id]

    async def callback_counts(self) -> dict[str, int]:
        return {}


@dataclass
class FakeSender:
    """`Sender` whose receivers named `slow` never answer."""

    under_way: Counter[str] = field(default_factory=Counter)
    most: Counter[str] = field(default_factory=Counter)
    answer: Delivery = field(default_factory=lambda: Delivery(200))

    async def send(self, callback: Callback) -> Delivery:
        self.under_way[callback.url] += 1
        self.most[callback.url] = max(self.most[callback.url], self.under_way[callback.url])
        if callback.url == "slow":
            await asyncio.Event().wait()
        await asyncio.sleep(0)
        self.under_way[callback.url] -= 1
        return self.answer


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
    assert sender.most["slow"] <= AT_ONCE_EACH


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
    store.add("quick", 1)
    await run_until(deliver, lambda: len(store.recorded) == 2)
    (_, _, again), (_, _, never) = store.recorded
    assert again is not None
    assert 900 <= again <= 1100
    assert never is None
