"""What waits for a receiver that takes nothing: it costs nothing, and is dead after three days."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event

from kinpay_server.domain.callback import HOUR, LIFETIME, SECOND, Callback, Delivery
from kinpay_server.domain.circuit import FAILURES, FIRST
from kinpay_server.services.deliver_callbacks import DeliverCallbacks
from kinpay_server.services.give_up import AT_ONCE
from kinpay_server.services.ports import DueCallback, NewCallback, WantedCallbacks
from kinpay_server.storage.callbacks import Callbacks, insert_callbacks
from kinpay_server.storage.database import Database
from kinpay_server.storage.migrate import upgrade

NOW = 1_700_000_000_000


class Steps:
    """Counts what SQLite does, in instructions of its virtual machine, and the rows that come out of it."""

    EACH = 100

    def __init__(self) -> None:
        self.steps = 0
        self.statements = 0

    def connected(self, connection: Any, _: Any) -> None:
        connection.set_progress_handler(self._count, self.EACH)

    def executed(self, *_: Any) -> None:
        self.statements += 1

    def _count(self) -> int:
        self.steps += self.EACH
        return 0


class Counting(Callbacks):
    """Notes how many callbacks each look reads."""

    def __init__(self, database: Database, read: list[int]) -> None:
        super().__init__(database)
        self._read = read

    async def due_callbacks(self, now: int, wanted: Sequence[WantedCallbacks]) -> list[DueCallback]:
        due = await super().due_callbacks(now, wanted)
        self._read.append(len(due))
        return due


class Waiting:
    """A database in which so many callbacks wait for a dead receiver, and the delivery, on a clock of its own."""

    def __init__(self, file: Path) -> None:
        self.file = file
        url = f"sqlite:///{file}"
        upgrade(url)
        self.steps = Steps()
        event.listen(Engine, "connect", self.steps.connected)
        event.listen(Engine, "before_cursor_execute", self.steps.executed)
        self.database = Database(url)
        self.now = NOW
        self.tried: list[str] = []
        self.answer = Delivery(None, "no connection")
        self.written = 0
        self.read = list[int]()
        self.deliver = DeliverCallbacks(Counting(self.database, self.read), self, lambda: self.now)

    def close(self) -> None:
        event.remove(Engine, "connect", self.steps.connected)
        event.remove(Engine, "before_cursor_execute", self.steps.executed)
        self.database.close()

    async def write(self, count: int) -> None:
        numbers = range(self.written, self.written + count)
        self.written += count
        new = [NewCallback(f"c-{n}", None, None, "http://dead.example/", b"x" * 400, (n,)) for n in numbers]

        def insert(connection: Connection, batch: list[list[NewCallback]]) -> list[None]:
            for some in batch:
                insert_callbacks(connection, some, self.now)
            return [None] * len(batch)

        await self.database.write(insert, new)

    async def send(self, callback: Callback) -> Delivery:
        """`Sender`."""
        self.tried.append(callback.id)
        return self.answer

    async def run(self, until: Callable[[], bool]) -> None:
        """Deliver until something has come true; the clock goes on by a second at each turn."""
        running = asyncio.create_task(self.deliver.run())
        while not until():
            assert not running.done()
            self.now += SECOND
            self.deliver.wake()
            await asyncio.sleep(0.01)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running

    def is_idle(self) -> bool:
        """Nothing waits any more."""
        with closing(sqlite3.connect(self.file)) as connection:
            [[count]] = connection.execute("SELECT count(*) FROM callbacks WHERE state = 'waiting'")
        return not count

    async def states(self) -> dict[str, int]:
        sql = "SELECT state, count(*) FROM callbacks GROUP BY state"
        rows = await self.database.read(lambda connection: connection.exec_driver_sql(sql).all())
        return {str(state): int(count) for state, count in rows}


@pytest.fixture
def waiting(tmp_path: Path) -> Iterator[Waiting]:
    waiting = Waiting(tmp_path / "kinpay.db")
    yield waiting
    waiting.close()


@pytest.mark.gen_test
async def test_a_probe_costs_the_same_however_many_callbacks_wait_for_a_dead_receiver(waiting: Waiting) -> None:
    costs = []
    for count in (20, 20_000):
        await waiting.write(count)
        await waiting.run(lambda: len(waiting.tried) >= 2 * FAILURES)
        waiting.tried.clear()
        before = (waiting.steps.steps, waiting.steps.statements)
        await waiting.run(lambda: len(waiting.tried) >= 30)
        steps, statements = waiting.steps.steps - before[0], waiting.steps.statements - before[1]
        costs.append((steps / len(waiting.tried), statements / len(waiting.tried)))
        waiting.tried.clear()
    (few_steps, few_statements), (many_steps, many_statements) = costs
    assert few_steps > 0
    assert many_steps < 1.5 * few_steps + Steps.EACH
    assert many_statements < 1.5 * few_statements
    assert len(waiting.read) > 60
    assert max(waiting.read) <= FIRST


@pytest.mark.gen_test
async def test_what_waits_for_a_dead_receiver_is_dead_after_three_days_though_it_was_never_tried(
    waiting: Waiting,
) -> None:
    await waiting.write(AT_ONCE + 50)
    await waiting.run(lambda: len(waiting.tried) > FAILURES)
    waiting.now = NOW + LIFETIME - HOUR
    waiting.tried.clear()
    await waiting.run(lambda: len(waiting.tried) > 1)
    assert await waiting.states() == {"waiting": AT_ONCE + 50}
    waiting.now = NOW + LIFETIME
    await waiting.run(waiting.is_idle)
    assert await waiting.states() == {"dead": AT_ONCE + 50}


@pytest.mark.gen_test
async def test_what_waits_while_the_service_is_down_for_days_is_tried_all_the_same(waiting: Waiting) -> None:
    await waiting.write(FIRST)
    waiting.now = NOW + 2 * LIFETIME
    waiting.answer = Delivery(200)
    await waiting.run(waiting.is_idle)
    assert await waiting.states() == {"delivered": FIRST}
