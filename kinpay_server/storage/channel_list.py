"""Channels as an operator sees them; planning and retiring some."""

from collections.abc import Callable, Sequence
from typing import Any, cast

from sqlalchemy import Connection, Row, func, insert, select, update

from kinpay_server.domain.attempt import Purpose
from kinpay_server.domain.channel import MOST_INDEXES, ChannelState
from kinpay_server.services.records import ChannelRecord
from kinpay_server.services.refusals import Refused
from kinpay_server.storage.channels import COLUMNS, RETIRES, to_channel
from kinpay_server.storage.database import Database
from kinpay_server.storage.tables import OPEN, attempts, channels

_RECORD = (
    *COLUMNS,
    channels.c.state,
    channels.c.updated_at,
    channels.c.funded_by,
    attempts.c.purpose,
    attempts.c.payment_id,
)


class ChannelList:
    """What `kinpay channels` reads and writes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def channels(self) -> list[ChannelRecord]:
        """All channels by index, each with what it carries."""
        query = (
            select(*_RECORD)
            .outerjoin_from(channels, attempts, (attempts.c.channel == channels.c.index) & OPEN)
            .order_by(channels.c.index)
        )
        return await self._database.read(lambda connection: [_record(row) for row in connection.execute(query)])

    async def states(self, indexes: Sequence[int]) -> dict[int, ChannelState]:
        """The states of those channels."""
        query = select(channels.c.index, channels.c.state)
        states = await self._database.read(lambda connection: connection.execute(query).all())
        wanted = set(indexes)
        return {index: ChannelState(state) for index, state in states if index in wanted}

    async def plan(self, count: int, most: int, address: Callable[[int], str], now: int) -> list[int]:
        """Plan `count` channels (state opening) with the next indexes, and return those.

        There may be `most` at once; a retired one makes room for another, until indexes end.
        Raises `Refused`.
        """
        return cast(list[int], await self._database.write(_plan, (count, most, address, now)))

    async def retire(self, index: int, now: int) -> bool:
        """Free → retired. False, with nothing changed, when it is not free."""
        return cast(bool, await self._database.write(_retire, (index, now)))


def _record(row: Row[*tuple[Any, ...]]) -> ChannelRecord:
    *columns, state, updated_at, funded_by, purpose, payment_id = tuple(row)
    channel = to_channel(cast(Row[*tuple[Any, ...]], columns), ChannelState(state))
    return ChannelRecord(channel, _carries(channel.state, purpose, payment_id, funded_by), updated_at)


def _carries(state: ChannelState, purpose: str | None, payment_id: str | None, funded_by: str | None) -> str | None:
    if purpose is not None:
        return f"payment {payment_id}" if purpose == Purpose.PAYMENT else purpose
    if state is ChannelState.LENT:
        return "nothing signed yet"
    if funded_by is not None:
        return "being opened" if state is ChannelState.OPENING else "being topped up"
    return None


def _plan(connection: Connection, batch: list[tuple[int, int, Callable[[int], str], int]]) -> list[Any]:
    return [_plan_one(connection, *one) for one in batch]


def _plan_one(
    connection: Connection, count: int, most: int, address: Callable[[int], str], now: int
) -> list[int] | Refused:
    retired = func.count().filter(channels.c.state == ChannelState.RETIRED)
    next_index = func.coalesce(func.max(channels.c.index) + 1, 0)
    total, gone, first = connection.execute(select(func.count(), retired, next_index).select_from(channels)).one()
    if total - gone + count > most:
        return Refused(
            f"there are {total - gone} channels already, and [stellar] max_channels is {most}: "
            f"raise it to {total - gone + count} for {count} more"
        )
    if first + count > MOST_INDEXES:
        return Refused(
            f"{gone} channels have been retired, and indexes end with {MOST_INDEXES - 1}: for {count} more another "
            "salt or another root account is needed"
        )
    indexes = list(range(first, first + count))
    fresh = {"state": ChannelState.OPENING, "sequence": 0, "signed": 0, "balance": 0}
    rows = [{"index": i, "address": address(i), "created_at": now, "updated_at": now, **fresh} for i in indexes]
    connection.execute(insert(channels), rows)
    return indexes


def _retire(connection: Connection, batch: list[tuple[int, int]]) -> list[bool]:
    return [_retire_one(connection, index, now) for index, now in batch]


def _retire_one(connection: Connection, index: int, now: int) -> bool:
    changed = connection.execute(
        update(channels)
        .where(channels.c.index == index, RETIRES, channels.c.funded_by.is_(None))
        .values(state=ChannelState.RETIRED, updated_at=now)
    )
    return changed.rowcount == 1
