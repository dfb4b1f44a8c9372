"""The service's disk: a SQLite database in memory, of which copies can be kept and put back.

The service reads and writes through the same engine settings, batch functions, savepoints and constraints as on a
file; only the threads are missing. A process that is killed leaves behind what was committed, and nothing else.
"""

import asyncio
import sqlite3
from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import StaticPool

from kinpay_server.domain.errors import Unavailable
from kinpay_server.storage.migrate import upgrade
from kinpay_server.storage.writer import BatchFunction, Writer, _resolve, _Write
from tests.simulation.life import Life

Result = TypeVar("Result")


@cache
def _connection() -> sqlite3.Connection:
    """One for the whole process, so that statements are compiled once; its contents are exchanged."""
    connection = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


@cache
def _engine() -> Engine:
    engine = create_engine("sqlite://", poolclass=StaticPool, creator=_connection)

    @event.listens_for(engine, "begin")
    def begin_transaction(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


@cache
def _empty() -> sqlite3.Connection:
    """A database with the schema that the migrations make."""
    with TemporaryDirectory() as directory:
        file = Path(directory) / "kinpay.db"
        upgrade(f"sqlite:///{file}")
        made = sqlite3.connect(file)
        made.execute("PRAGMA journal_mode = DELETE")
        copied = _copy(made)
        made.close()
        return copied


def _copy(of: sqlite3.Connection) -> sqlite3.Connection:
    copied = sqlite3.connect(":memory:")
    of.backup(copied)
    return copied


class Disk:
    """What outlives the process. Only one is in use at a time."""

    def __init__(self) -> None:
        self.restore(_empty())

    def copy(self) -> sqlite3.Connection:
        """An online copy; whoever wants it closes it."""
        return _copy(_connection())

    def restore(self, copied: sqlite3.Connection) -> None:
        """Put a copy in place of what is there."""
        copied.backup(_connection())

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """What is committed."""
        return _connection().execute(sql, values).fetchall()

    def value(self, sql: str, *values: Any) -> Any:
        """The one value of the one row."""
        [[value]] = self.rows(sql, *values)
        return value


class _SteppedWriter(Writer):
    """The real writer's commits without its thread."""

    def __init__(self) -> None:
        self._engine = _engine()

    def commit(self, batch: list[_Write]) -> None:
        """One transaction for all that waits."""
        self._commit(batch)


class MemoryDatabase:
    """`Database` on the disk; all that waits when a commit begins goes into that commit, as with the real writer."""

    def __init__(self, life: Life, luck: Random, *, slow: float, full: Callable[[], bool]) -> None:
        self._life = life
        self._luck = luck
        self._slow = slow
        self._full = full
        self._writer = _SteppedWriter()
        self._waiting: list[_Write] = []

    async def write(self, function: BatchFunction, item: Any) -> Any:
        """See `Writer.write`."""
        await self._life.point("write", function.__name__)
        loop = asyncio.get_running_loop()
        write = _Write(function, item, loop, loop.create_future())
        self._waiting.append(write)
        if len(self._waiting) == 1:
            self._life.later(self._luck.random() * self._slow, self._commit)
        return await write.future

    async def read(self, function: Callable[[Connection], Result]) -> Result:
        """One consistent snapshot: no commit comes between."""
        await self._life.point("read", "")
        if self._luck.random() < 0.2:
            await asyncio.sleep(self._luck.random() * self._slow)
        with _engine().begin() as connection:
            return function(connection)

    def _commit(self) -> None:
        batch, self._waiting = self._waiting, []
        names = " ".join(sorted({write.function.__name__ for write in batch}))
        if self._life.ends_at("before commit", names):
            return
        if self._full():
            for write in batch:
                write.result = Unavailable("the disk is full")
        else:
            self._writer.commit(batch)
        if not self._life.ends_at("after commit", names):
            _resolve(batch)
