"""Callbacks as an operator sees them; and sending some of them again."""

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import ColumnElement, Connection, Row, select, update

from kinpay_server.domain.callback import LIFETIME, TRANSITIONS, CallbackState
from kinpay_server.services.records import CallbackRecord
from kinpay_server.storage.database import Database
from kinpay_server.storage.tables import AS_WRITTEN, DEAD, callbacks
from kinpay_server.storage.transitions import becomes
from kinpay_server.storage.withdrawn_callbacks import OVERTAKEN

RECORD = (
    callbacks.c.id,
    callbacks.c.payment_id,
    callbacks.c.url,
    callbacks.c.body,
    callbacks.c.state,
    callbacks.c.tries,
    callbacks.c.next_try_at,
    callbacks.c.last_status,
    callbacks.c.last_error,
    callbacks.c.reason,
    callbacks.c.created_at,
    callbacks.c.updated_at,
)

_MAY_BE_SENT = becomes(callbacks.c.state, CallbackState.WAITING, table=TRANSITIONS) & ~OVERTAKEN

LAST = "\U0010ffff"
"""The character that sorts behind all others."""


class CallbackList:
    """What `kinpay callbacks` reads and writes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def newest(self, *, dead: bool, limit: int) -> list[CallbackRecord]:
        """The newest callbacks, or the newest dead ones."""
        query = select(*RECORD).limit(limit)
        if dead:
            query = query.where(DEAD).order_by(callbacks.c.created_at.desc(), AS_WRITTEN.desc())
        else:
            query = query.order_by(AS_WRITTEN.desc())
        return await self._database.read(lambda connection: [to_record(row) for row in connection.execute(query)])

    async def beginning_with(self, text: str) -> list[CallbackRecord]:
        """The first two callbacks whose ids begin with it, by id; one that has it as its id is the first."""
        ids = (callbacks.c.id >= text) & (callbacks.c.id < text + LAST)
        query = select(*RECORD).where(ids).order_by(callbacks.c.id).limit(2)
        return await self._database.read(lambda connection: [to_record(row) for row in connection.execute(query)])

    async def replay(self, callback_id: str, now: int) -> bool:
        """Have it sent again, delivered or not: waiting, due now, no tries.

        False when there is none, or when it tells of a failure that is not final any more.
        """
        return bool(await self._database.write(_replay, (callback_id, now)))

    async def replay_dead(self, now: int) -> int:
        """The same for all that are dead; how many those were."""
        return cast(int, await self._database.write(_replay, (None, now)))

    async def replay_one_dead(self, callback_id: str, now: int) -> bool:
        """See the port `DeadCallbacks`."""
        return bool(await self._database.write(_replay_dead, (callbacks.c.id == callback_id, now)))

    async def replay_some_dead(self, limit: int, now: int) -> int:
        """See the port `DeadCallbacks`."""
        oldest = select(callbacks.c.id).where(DEAD, callbacks.c.updated_at < now)
        chosen = callbacks.c.id.in_(oldest.order_by(callbacks.c.created_at).limit(limit))
        return cast(int, await self._database.write(_replay_dead, (chosen, now)))


def to_record(row: Row[*tuple[Any, ...]]) -> CallbackRecord:
    """A row of `RECORD`."""
    id_, payment_id, url, body, state, *rest = tuple(row)
    return CallbackRecord(id_, payment_id, url, body, CallbackState(state), *rest)


def _replay(connection: Connection, batch: Sequence[tuple[str | None, int]]) -> list[int]:
    return [_replay_one(connection, callback_id, now) for callback_id, now in batch]


def _replay_one(connection: Connection, callback_id: str | None, now: int) -> int:
    chosen = DEAD if callback_id is None else callbacks.c.id == callback_id
    return _have_due(connection, chosen, now)


def _replay_dead(connection: Connection, batch: Sequence[tuple[ColumnElement[bool], int]]) -> list[int]:
    return [_have_due(connection, DEAD & chosen, now) for chosen, now in batch]


def _have_due(connection: Connection, chosen: ColumnElement[bool], now: int) -> int:
    values = {"state": CallbackState.WAITING, "tries": 0, "next_try_at": now, "updated_at": now}
    values["give_up_at"] = now + LIFETIME
    return connection.execute(update(callbacks).where(chosen, _MAY_BE_SENT).values(values)).rowcount
