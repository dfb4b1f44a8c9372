"""What a service is told of one address is sent in the order of the ledger, and keeps nothing else waiting."""

import asyncio
import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import Connection

from kinpay_server.domain.callback import Callback, Delivery
from kinpay_server.domain.circuit import FAILURES, MOST
from kinpay_server.services.callback_chains import MOST_IN_A_CHAIN
from kinpay_server.services.deliver_callbacks import DeliverCallbacks
from kinpay_server.services.ports import NewCallback
from kinpay_server.storage.callbacks import Callbacks, insert_callbacks
from kinpay_server.storage.database import Database
from kinpay_server.storage.migrate import upgrade

SLOW = 99
"""The lane whose callbacks are never answered."""


class Telling:
    """Delivers from a real database to receivers that take their time, each request another time."""

    def __init__(self, url: str) -> None:
        upgrade(url)
        self.database = Database(url)
        self.now = 1_000_000
        self.lanes: dict[str, tuple[int, ...]] = {}
        self.begun: list[str] = []
        self.ended: list[str] = []
        self.under_way: set[str] = set()
        self.together: list[tuple[str, str]] = []
        self.fails: Callable[[str], bool] = lambda _: False

    async def write(self, *lanes: tuple[int, ...], url: str = "http://shop.example/") -> list[str]:
        """One callback each, in this order; their ids."""
        new = [
            NewCallback(f"c-{len(self.lanes) + number}", None, None, url, b"", one) for number, one in enumerate(lanes)
        ]
        self.lanes |= {callback.id: callback.lanes for callback in new}
        await self.database.write(self._insert, new)
        return [callback.id for callback in new]

    def _insert(self, connection: Connection, batch: Sequence[Sequence[NewCallback]]) -> list[None]:
        for new in batch:
            insert_callbacks(connection, new, self.now)
        return [None] * len(batch)

    async def send(self, callback: Callback) -> Delivery:
        """`Sender`."""
        self.begun.append(callback.id)
        self.together += [
            (one, callback.id) for one in self.under_way if set(self.lanes[one]) & set(self.lanes[callback.id])
        ]
        self.under_way.add(callback.id)
        if SLOW in self.lanes[callback.id]:
            await asyncio.Event().wait()
        await asyncio.sleep(random.choice((0, 0, 0.001, 0.003)))
        self.under_way.discard(callback.id)
        self.ended.append(callback.id)
        return Delivery(503 if self.fails(callback.id) else 200)

    async def deliver(self, *, until: Callable[[], bool]) -> None:
        running = asyncio.create_task(DeliverCallbacks(Callbacks(self.database), self, lambda: self.now).run())
        try:
            while not until():
                assert not running.done()
                await asyncio.sleep(0.005)
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running

    def in_order(self) -> bool:
        """Whether each lane was sent as written, nothing of it before what was ahead had an answer."""
        by_lane = defaultdict(list)
        for one in self.begun:
            for lane in self.lanes[one]:
                by_lane[lane].append(int(one[2:]))
        return not self.together and all(a < b for ids in by_lane.values() for a, b in pairwise(ids))


@pytest.fixture
def telling(tmp_path: Path) -> Iterator[Telling]:
    telling = Telling(f"sqlite:///{tmp_path / 'kinpay.db'}")
    yield telling
    telling.database.close()


@pytest.mark.gen_test
async def test_payments_of_one_address_are_sent_in_the_order_of_the_ledger_when_nothing_fails(telling: Telling) -> None:
    for _ in range(4):
        await telling.write(*[(random.randrange(8),) for _ in range(150)])
    await telling.deliver(until=lambda: len(telling.ended) >= 600)
    assert telling.in_order()


@pytest.mark.gen_test
async def test_a_payment_between_two_watched_addresses_is_in_the_order_of_both(telling: Telling) -> None:
    for seed in range(5):
        rng = random.Random(seed)
        await telling.write(*[tuple(rng.sample(range(12), rng.choice((0, 1, 1, 2, 2)))) for _ in range(100)])
    await telling.deliver(until=lambda: len(telling.ended) >= 500)
    assert telling.in_order()
    assert len(set(telling.ended)) == 500


@pytest.mark.gen_test
async def test_what_is_written_while_others_of_the_address_are_under_way_comes_after_them(telling: Telling) -> None:
    written = 0

    def more() -> bool:
        nonlocal written
        if written < 40:
            written += 1
            writing.append(asyncio.ensure_future(telling.write((1,), (2,), (1, 2))))
        return len(telling.ended) >= 120

    writing: list[asyncio.Future[list[str]]] = []
    await telling.deliver(until=more)
    assert telling.in_order()


@pytest.mark.gen_test
async def test_an_address_whose_payments_are_not_taken_in_delays_no_other(telling: Telling) -> None:
    await telling.write(*[(SLOW,)] * (MOST + 3 * MOST_IN_A_CHAIN), *[(SLOW, 7)] * 300)
    quick = await telling.write(*[(number % 5,) for number in range(200)], *[()] * 100)
    await telling.deliver(until=lambda: len(telling.ended) >= 300)
    assert sorted(telling.ended) == sorted(quick)
    assert telling.in_order()


@pytest.mark.gen_test
async def test_one_that_fails_is_in_nobodys_way(telling: Telling) -> None:
    first, *others = await telling.write(*[(1,)] * 5)
    telling.fails = lambda one: one == first
    await telling.deliver(until=lambda: len(telling.ended) >= 5)
    assert telling.ended == [first, *others]
    telling.fails = lambda _: False
    telling.now += 2000
    await telling.deliver(until=lambda: telling.ended.count(first) == 2)


@pytest.mark.gen_test
async def test_a_chain_ends_with_the_first_failure_so_that_a_dead_receiver_is_not_tried_with_all_of_it(
    telling: Telling,
) -> None:
    await telling.write(*[(1,)] * 40)
    telling.fails = lambda _: True
    await telling.deliver(until=lambda: len(telling.ended) >= FAILURES)
    assert len(telling.begun) <= FAILURES + 1


@pytest.mark.gen_test
async def test_the_same_address_at_two_receivers_is_two_orders(telling: Telling) -> None:
    slow = await telling.write((SLOW,), (SLOW,), url="http://slow.example/")
    quick = await telling.write((5,), (5,), url="http://quick.example/")
    await telling.deliver(until=lambda: len(telling.ended) >= 2)
    assert telling.ended == quick
    assert [one for one in telling.begun if one in slow] == slow[:1]
