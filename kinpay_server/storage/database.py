"""One open database: a thread that writes, and readers with connections of their own."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from kinpay_server.domain.errors import Unavailable
from kinpay_server.storage.engines import reading_engine, writing_engine
from kinpay_server.storage.writer import BatchFunction, Writer

READERS = 2

Result = TypeVar("Result")


class CannotOpen(Exception):
    """The database cannot be opened; the text says which and why to the operator."""


class Database:
    """Holds writer and readers; made by `open_database` once the schema is up to date."""

    def __init__(self, url: str) -> None:
        self._writer = Writer(writing_engine(url))
        self._reading = reading_engine(url, READERS)
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="reader")

    async def write(self, function: BatchFunction, item: Any) -> Any:
        """See `Writer.write`."""
        return await self._writer.write(function, item)

    async def read(self, function: Callable[[Connection], Result]) -> Result:
        """What `function` makes of one consistent snapshot. Raises `Unavailable` when the database cannot be read."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, function)

    def close(self) -> None:
        """Finish what waits to be written, then close all connections."""
        self._writer.close()
        self._readers.shutdown()
        self._reading.dispose()

    def _read(self, function: Callable[[Connection], Result]) -> Result:
        try:
            with self._reading.begin() as connection:
                return function(connection)
        except DBAPIError as error:
            raise Unavailable("the database cannot be read now") from error
