"""Channel accounts: which exist, which are free, which are still to be opened."""

from collections.abc import Callable, Sequence
from typing import Any, cast

from sqlalchemy import Connection, Row, bindparam, exists, func, insert, select, update

from kinpay_server.domain.channel import LAST_SEQUENCE, MOST_INDEXES, TRANSITIONS, Channel, ChannelState
from kinpay_server.services.ports import Funding
from kinpay_server.storage.attempts import insert_attempts
from kinpay_server.storage.database import Database
from kinpay_server.storage.tables import FREE, OPEN, attempts, channels
from kinpay_server.storage.transitions import moves

COLUMNS = (
    channels.c.index,
    channels.c.address,
    channels.c.sequence,
    channels.c.signed,
    channels.c.balance,
)

_LENT = moves(channels.c.state, ChannelState.FREE, ChannelState.LENT, table=TRANSITIONS)
_COMES_BACK = moves(channels.c.state, ChannelState.LENT, ChannelState.FREE, table=TRANSITIONS)
RETIRES = moves(channels.c.state, ChannelState.FREE, ChannelState.RETIRED, table=TRANSITIONS)

_NEXT_INDEX = select(func.coalesce(func.max(channels.c.index) + 1, 0))
_PROMISE = (
    update(channels)
    .where(channels.c.index == bindparam("the_index"), channels.c.funded_by.is_(None))
    .values(funded_by=bindparam("the_hash"), funding=bindparam("the_amount"))
)
_NOTE = (
    update(channels)
    .where(channels.c.index == bindparam("the_index"), FREE, channels.c.sequence <= bindparam("the_sequence"))
    .values(sequence=bindparam("the_sequence"), balance=bindparam("the_balance"), updated_at=bindparam("at"))
)


class Channels:
    """Implements `ChannelStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def channel_counts(self) -> dict[str, int]:
        """See the port."""
        query = select(channels.c.state, func.count()).group_by(channels.c.state)
        return await self._database.read(lambda connection: dict(tuple(row) for row in connection.execute(query)))

    async def plan_channels(self, count: int, addresses: Callable[[int], str], now: int) -> None:
        """See the port."""
        await self._database.write(_plan, (count, addresses, now))

    async def next_index(self) -> int:
        """See the port."""
        return await self._database.read(lambda connection: connection.execute(_NEXT_INDEX).scalar_one())

    async def planned_channels(self) -> list[int]:
        """See the port."""
        query = (
            select(channels.c.index)
            .where(channels.c.state == ChannelState.OPENING, channels.c.funded_by.is_(None))
            .order_by(channels.c.index)
        )
        return await self._database.read(lambda connection: list(connection.execute(query).scalars()))

    async def adopt_channels(self, channels: Sequence[Channel], now: int) -> None:
        """See the port."""
        await self._database.write(_adopt, (channels, now))

    async def lend_channels(self, limit: int, now: int) -> list[Channel]:
        """See the port."""
        return cast(list[Channel], await self._database.write(_lend, (limit, now)))

    async def return_channels(self, indexes: Sequence[int], now: int) -> None:
        """See the port."""
        await self._database.write(_return, (indexes, now))

    async def record_fundings(self, fundings: Sequence[Funding]) -> None:
        """See the port."""
        await self._database.write(_record_fundings, fundings)

    async def indexes_funded_by(self, attempt_hash: str) -> list[int]:
        """See the port."""
        query = select(channels.c.index).where(channels.c.funded_by == attempt_hash).order_by(channels.c.index)
        return await self._database.read(lambda connection: list(connection.execute(query).scalars()))

    async def short_channels(self, below: int, limit: int) -> list[Channel]:
        """See the port."""
        query = (
            select(*COLUMNS)
            .where(channels.c.state.in_([ChannelState.FREE, ChannelState.LENT]))
            .where(channels.c.balance < below, channels.c.funded_by.is_(None))
            .order_by(channels.c.balance)
            .limit(limit)
        )
        return await self._database.read(
            lambda connection: [to_channel(row, ChannelState.FREE) for row in connection.execute(query)]
        )

    async def free_channels(self) -> list[Channel]:
        """See the port."""
        query = select(*COLUMNS).where(FREE).order_by(channels.c.index)
        return await self._database.read(
            lambda connection: [to_channel(row, ChannelState.FREE) for row in connection.execute(query)]
        )

    async def note_ledger(self, channels: Sequence[Channel], now: int) -> None:
        """See the port."""
        await self._database.write(_note_ledger, (channels, now))

    async def numbers_of(self, source: str) -> tuple[bool, int]:
        """See the port."""
        highest = select(func.coalesce(func.max(attempts.c.sequence), 0)).where(attempts.c.source == source)
        is_open = select(exists().where(attempts.c.source == source, OPEN))
        return await self._database.read(
            lambda connection: (connection.execute(is_open).scalar_one(), connection.execute(highest).scalar_one())
        )


def to_channel(row: Row[*tuple[Any, ...]], state: ChannelState) -> Channel:
    """A row of `COLUMNS` as a channel."""
    index, address, sequence, signed, balance = row
    return Channel(index, address, sequence, signed, balance, state)


def lend(connection: Connection, limit: int, now: int) -> list[Channel]:
    """Lend free channels, the ones with most XLM first, so that all wear alike; none for a limit below 0."""
    free = select(*COLUMNS).where(FREE).order_by(channels.c.balance.desc()).limit(max(limit, 0))
    lent = [to_channel(row, ChannelState.LENT) for row in connection.execute(free)]
    if lent:
        _take(connection, [c.index for c in lent], now)
    return lent


def free_lent(connection: Connection, now: int, indexes: Sequence[int] | None = None) -> None:
    """Take lent channels back which carry no open attempt: the given ones, or all there are."""
    carries = exists().where(attempts.c.channel == channels.c.index, OPEN)
    statement = update(channels).where(_COMES_BACK, ~carries)
    if indexes is not None:
        statement = statement.where(channels.c.index.in_(indexes))
    connection.execute(statement.values(state=ChannelState.FREE, updated_at=now))


def retire_free(connection: Connection, indexes: Sequence[int], now: int) -> None:
    """Retire those of the channels that are free; a lent one is retired when the fate of what it carries is known."""
    if indexes:
        statement = update(channels).where(channels.c.index.in_(indexes), RETIRES)
        connection.execute(statement.values(state=ChannelState.RETIRED, updated_at=now))


def _take(connection: Connection, indexes: Sequence[int], now: int) -> None:
    taken = connection.execute(
        update(channels).where(channels.c.index.in_(indexes), _LENT).values(state=ChannelState.LENT, updated_at=now)
    )
    if taken.rowcount != len(indexes):
        raise RuntimeError(f"{len(indexes) - taken.rowcount} lent channels were not free")


def _plan(connection: Connection, batch: list[tuple[int, Callable[[int], str], int]]) -> list[None]:
    for count, addresses, now in batch:
        first = connection.execute(_NEXT_INDEX).scalar_one()
        indexes = range(first, min(first + count, MOST_INDEXES))
        _insert(connection, [_unopened(index, addresses(index)) for index in indexes], now)
    return [None] * len(batch)


def _unopened(index: int, address: str) -> Channel:
    return Channel(index, address, 0, 0, 0, ChannelState.OPENING)


def _adopt(connection: Connection, batch: list[tuple[Sequence[Channel], int]]) -> list[None]:
    for found, now in batch:
        known = set(connection.execute(select(channels.c.index)).scalars())
        _insert(connection, [channel for channel in found if channel.index not in known], now)
    return [None] * len(batch)


def _insert(connection: Connection, new: Sequence[Channel], now: int) -> None:
    rows = [
        {
            "index": c.index,
            "address": c.address,
            "state": c.state,
            "sequence": c.sequence,
            "signed": c.signed,
            "balance": c.balance,
            "created_at": now,
            "updated_at": now,
        }
        for c in new
    ]
    if rows:
        connection.execute(insert(channels), rows)


def _lend(connection: Connection, batch: list[tuple[int, int]]) -> list[list[Channel]]:
    return [lend(connection, limit, now) for limit, now in batch]


def _return(connection: Connection, batch: list[tuple[Sequence[int], int]]) -> list[None]:
    for indexes, now in batch:
        free_lent(connection, now, indexes)
    return [None] * len(batch)


def _record_fundings(connection: Connection, batch: list[Sequence[Funding]]) -> list[None]:
    for fundings in batch:
        insert_attempts(connection, [funding.attempt for funding in fundings])
        for funding in fundings:
            _promise(connection, funding)
    return [None] * len(batch)


def _promise(connection: Connection, funding: Funding) -> None:
    """Note the attempt on each channel that it is to fund; none of them may have been promised to another one."""
    rows = [
        {"the_index": index, "the_hash": funding.attempt.hash, "the_amount": amount}
        for index, amount in funding.amounts.items()
    ]
    promised = connection.execute(_PROMISE, rows)
    if promised.rowcount != len(rows):
        raise RuntimeError(f"{len(rows) - promised.rowcount} channels are being funded already")


def _note_ledger(connection: Connection, batch: list[tuple[Sequence[Channel], int]]) -> list[None]:
    for found, now in batch:
        rows = [{"the_index": c.index, "the_sequence": c.sequence, "the_balance": c.balance, "at": now} for c in found]
        if rows:
            connection.execute(_NOTE, rows)
        retire_free(connection, [c.index for c in found if c.sequence >= LAST_SEQUENCE], now)
    return [None] * len(batch)
