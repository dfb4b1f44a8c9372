"""Callbacks: what is due, and what became of each try."""

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, func, insert, select, update

from kinpay_server.domain.callback import Callback, CallbackState, Delivery, receiver_of
from kinpay_server.services.ports import DueCallback, NewCallback
from kinpay_server.storage.database import Database
from kinpay_server.storage.tables import DEAD, WAITING, callbacks

_INSERT = insert(callbacks)
_TRIED = (
    update(callbacks)
    .where(callbacks.c.id == bindparam("the_id"), WAITING)
    .values(
        state=bindparam("the_state"),
        tries=callbacks.c.tries + 1,
        next_try_at=bindparam("the_next"),
        last_status=bindparam("the_status"),
        last_error=bindparam("the_error"),
        updated_at=bindparam("at"),
    )
)

_Result = tuple[Callback, Delivery, int | None, int]


class Callbacks:
    """Implements `CallbackStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def due_callbacks(
        self, now: int, *, busy: Sequence[str], skip: Sequence[str], limit: int
    ) -> list[DueCallback]:
        """See the port."""
        query = (
            select(callbacks.c.id, callbacks.c.url, callbacks.c.body, callbacks.c.tries, callbacks.c.receiver)
            .where(WAITING, callbacks.c.next_try_at <= now)
            .order_by(callbacks.c.next_try_at)
            .limit(limit)
        )
        if busy:
            query = query.where(callbacks.c.receiver.not_in(busy))
        if skip:
            query = query.where(callbacks.c.id.not_in(skip))
        return await self._database.read(
            lambda connection: [
                DueCallback(Callback(id_, url, body, tries), receiver)
                for id_, url, body, tries, receiver in connection.execute(query)
            ]
        )

    async def record_delivery(self, callback: Callback, delivery: Delivery, next_try: int | None, now: int) -> None:
        """See the port."""
        await self._database.write(_record, (callback, delivery, next_try, now))

    async def callback_counts(self) -> dict[str, int]:
        """See the port."""
        return await self._database.read(_count)


def insert_callbacks(connection: Connection, new: Sequence[NewCallback], now: int) -> None:
    """Write callbacks that are due at once, in the transaction of what they tell of."""
    if new:
        connection.execute(_INSERT, [_new_row(callback, now) for callback in new])


def let_be_due(connection: Connection, now: int) -> None:
    """Have those that were written after `now`, before the clock was set back, not wait until it is there again."""
    ahead = update(callbacks).where(WAITING, callbacks.c.next_try_at > now, callbacks.c.updated_at > now)
    connection.execute(ahead.values(next_try_at=now, updated_at=now))


def without_known(connection: Connection, new: Sequence[NewCallback]) -> list[NewCallback]:
    """Those of the callbacks whose ids have not been written before."""
    query = select(callbacks.c.id).where(callbacks.c.id.in_([callback.id for callback in new]))
    known = set(connection.execute(query).scalars())
    return [callback for callback in new if callback.id not in known]


def _new_row(new: NewCallback, now: int) -> dict[str, object]:
    return {
        "id": new.id,
        "attempt_hash": new.attempt_hash,
        "payment_id": new.payment_id,
        "receiver": receiver_of(new.url),
        "url": new.url,
        "body": new.body,
        "state": CallbackState.WAITING,
        "tries": 0,
        "next_try_at": now,
        "created_at": now,
        "updated_at": now,
    }


def _record(connection: Connection, batch: list[_Result]) -> list[None]:
    connection.execute(_TRIED, [_row(*result) for result in batch])
    return [None] * len(batch)


def _row(callback: Callback, delivery: Delivery, next_try: int | None, now: int) -> dict[str, object]:
    return {
        "the_id": callback.id,
        "the_state": _state(delivery, next_try),
        "the_next": next_try or now,
        "the_status": delivery.status,
        "the_error": delivery.error,
        "at": now,
    }


def _state(delivery: Delivery, next_try: int | None) -> CallbackState:
    if delivery.delivered:
        return CallbackState.DELIVERED
    return CallbackState.DEAD if next_try is None else CallbackState.WAITING


def _count(connection: Connection) -> dict[str, int]:
    """Of each state there is an index of its own, so counting costs what waits and not what was."""
    return {
        state: connection.execute(select(func.count()).select_from(callbacks).where(condition)).scalar_one()
        for state, condition in ((CallbackState.WAITING, WAITING), (CallbackState.DEAD, DEAD))
    }
