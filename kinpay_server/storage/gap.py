"""Sets the watcher's cursor when an operator has accepted a gap in history."""

from typing import cast

from sqlalchemy import ColumnElement, Connection, func, select, update

from kinpay_server.storage.cursors import read_cursor
from kinpay_server.storage.database import Database
from kinpay_server.storage.settlements import CURSOR
from kinpay_server.storage.tables import ACCEPTED, SUBMITTED, cursors, payments

UNPAID = (ACCEPTED, SUBMITTED)


class Gaps:
    """Implements `GapStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def cursor(self) -> str | None:
        """See the port."""
        return await self._database.read(lambda connection: read_cursor(connection, CURSOR))

    async def unpaid(self) -> int:
        """See the port."""
        return await self._database.read(
            lambda connection: _count(connection, ACCEPTED) + _count(connection, SUBMITTED)
        )

    async def move_cursor(self, before: str, after: str, now: int) -> bool:
        """See the port."""
        return cast(bool, await self._database.write(_move, (before, after, now)))


def _count(connection: Connection, condition: ColumnElement[bool]) -> int:
    return connection.execute(select(func.count()).select_from(payments).where(condition)).scalar_one()


def _move(connection: Connection, batch: list[tuple[str, str, int]]) -> list[bool]:
    return [_move_one(connection, before, after, now) for before, after, now in batch]


def _move_one(connection: Connection, before: str, after: str, now: int) -> bool:
    changed = connection.execute(
        update(cursors).where(cursors.c.name == CURSOR, cursors.c.value == before).values(value=after, updated_at=now)
    )
    return changed.rowcount == 1
