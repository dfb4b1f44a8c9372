"""The one thread that writes: everything that waits goes to disk in one commit.

A write is a function over many items. All items that wait for the same function are given to it in one call, so that
it can use one statement for all of them; all functions that wait share one transaction. Nobody is answered before the
commit is on disk. So a durable
write is cheap (one fsync for many) and SQLite's unfair lock stays out of it.
"""

import asyncio
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any

import structlog
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, IntegrityError

from kinpay_server.domain.errors import Unavailable

BatchFunction = Callable[[Connection, list[Any]], Sequence[Any]]
"""Takes all items that wait, returns one result each, in order; an exception among them is raised for its item."""

MOST_AT_ONCE = 1000
CLOSE_SECONDS = 5.0

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Write:
    function: BatchFunction
    item: Any
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]
    result: Any = None


class Writer:
    """Owns the writing connection. `write` may be called from any event loop."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._queue: SimpleQueue[_Write | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()

    async def write(self, function: BatchFunction, item: Any) -> Any:
        """The result of `function` for `item`, once it is on disk.

        Raises what the function raised or returned for this item, or `Unavailable` when the database cannot take it
        (full disk, lock that does not go away): then nothing of it is written.
        """
        loop = asyncio.get_running_loop()
        write = _Write(function, item, loop, loop.create_future())
        self._queue.put(write)
        return await write.future

    def close(self) -> None:
        """Write what waits, then end the thread; one that waits for another process's lock is left behind."""
        self._queue.put(None)
        self._thread.join(CLOSE_SECONDS)
        if not self._thread.is_alive():
            self._engine.dispose()

    def _run(self) -> None:
        open_ = True
        while open_:
            batch, open_ = self._next_batch()
            if batch:
                self._commit(batch)
                _answer(batch)

    def _next_batch(self) -> tuple[list[_Write], bool]:
        """What waits, at least one; False with it when there is nothing more to come."""
        batch: list[_Write] = []
        write = self._queue.get()
        while write is not None:
            batch.append(write)
            if len(batch) == MOST_AT_ONCE:
                return batch, True
            try:
                write = self._queue.get_nowait()
            except Empty:
                return batch, True
        return batch, False

    def _commit(self, batch: list[_Write]) -> None:
        try:
            with self._engine.begin() as connection:
                for function, writes in _by_function(batch).items():
                    _run_together(connection, function, writes)
        except Exception as error:
            log.error("database write failed", error=str(error), writes=len(batch))
            for write in batch:
                write.result = Unavailable("the database cannot take it now")


def _by_function(batch: list[_Write]) -> dict[BatchFunction, list[_Write]]:
    grouped: dict[BatchFunction, list[_Write]] = {}
    for write in batch:
        grouped.setdefault(write.function, []).append(write)
    return grouped


def _run_together(connection: Connection, function: BatchFunction, writes: list[_Write]) -> None:
    """Give all items to the function at once; if that fails, one by one, so that one cannot undo the others."""
    try:
        with connection.begin_nested():
            results = function(connection, [write.item for write in writes])
            for write, result in zip(writes, results, strict=True):
                write.result = result
    except Exception as error:
        if _is_broken(error):
            raise
        if len(writes) == 1:
            writes[0].result = error
            return
        for write in writes:
            _run_together(connection, function, [write])


def _is_broken(error: Exception) -> bool:
    """True when it is the database that fails, and not what was asked of it."""
    return isinstance(error, DBAPIError) and not isinstance(error, IntegrityError)


def _answer(batch: list[_Write]) -> None:
    """Wake each event loop once for all that it waits for. One that has closed waits for nothing any more."""
    by_loop: dict[asyncio.AbstractEventLoop, list[_Write]] = {}
    for write in batch:
        by_loop.setdefault(write.loop, []).append(write)
    for loop, writes in by_loop.items():
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(_resolve, writes)


def _resolve(writes: list[_Write]) -> None:
    for write in writes:
        if write.future.done():
            continue
        if isinstance(write.result, BaseException):
            write.future.set_exception(write.result)
        else:
            write.future.set_result(write.result)
