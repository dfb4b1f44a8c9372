"""What waits and what needs somebody, for the status page: bounded however much there is, by the partial indexes."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, func, literal_column, select

from kinpay_server.services.outstanding import Outstanding, Queue, Receiver, Square
from kinpay_server.storage.callback_list import RECORD, to_record
from kinpay_server.storage.database import Database
from kinpay_server.storage.tables import (
    ACCEPTED,
    AS_WRITTEN,
    DEAD,
    HELD,
    OPEN,
    SUBMITTED,
    WAITING,
    attempts,
    callbacks,
    channels,
    payments,
)

MOST = 10_000
"""Where counts stop."""

WALKED = 100
SHOWN_RECEIVERS = 20
WAITING_EACH = 1000
SHOWN_DEAD = 20
SHOWN_CHANNELS = 1000
NAMED = 3

_ONE: ColumnElement[int] = literal_column("1")
_FIRST_RECEIVER = select(callbacks.c.receiver).where(WAITING).order_by(callbacks.c.receiver).limit(1)


class OutstandingRows:
    """Implements `OutstandingReader`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def outstanding(self) -> Outstanding:
        """See the port."""
        return await self._database.read(_outstanding)


def _outstanding(connection: Connection) -> Outstanding:
    receivers = _receivers(connection)
    return Outstanding(
        most=MOST,
        queue=_queue(connection),
        receivers=tuple(sorted(receivers, key=lambda one: (-one.waiting, one.name))[:SHOWN_RECEIVERS]),
        more_receivers=len(receivers) > SHOWN_RECEIVERS,
        dead=_dead(connection),
        dead_count=count_up_to(MOST, connection, callbacks, DEAD),
        channels=_channels(connection),
        channel_counts=_channel_counts(connection),
    )


def _queue(connection: Connection) -> Queue:
    held = select(payments.c.id).where(HELD).order_by(payments.c.created_at, payments.c.id).limit(NAMED)
    oldest = select(payments.c.created_at).where(ACCEPTED).order_by(payments.c.created_at).limit(1)
    return Queue(
        accepted=count_up_to(MOST, connection, payments, ACCEPTED),
        submitted=count_up_to(MOST, connection, payments, SUBMITTED),
        held=count_up_to(MOST, connection, payments, HELD),
        held_ids=tuple(connection.execute(held).scalars()),
        oldest=connection.execute(oldest).scalar_one_or_none(),
    )


def count_up_to(most: int, connection: Connection, table: Table, condition: ColumnElement[bool]) -> int:
    """How many rows, as far as `most`: a queue may grow without end, and a look at it may not."""
    some = select(_ONE).select_from(table).where(condition).limit(most).subquery()
    return connection.execute(select(func.count()).select_from(some)).scalar_one()


def _receivers(connection: Connection) -> list[Receiver]:
    """From one to the next by the index, at most `WALKED`."""
    found: list[Receiver] = []
    name = connection.execute(_FIRST_RECEIVER).scalar_one_or_none()
    while name is not None and len(found) < WALKED:
        found.append(_receiver(connection, name))
        name = connection.execute(_FIRST_RECEIVER.where(callbacks.c.receiver > name)).scalar_one_or_none()
    return found


def _receiver(connection: Connection, name: str) -> Receiver:
    of_it, due = WAITING & (callbacks.c.receiver == name), callbacks.c.next_try_at
    next_try_at = connection.execute(select(due).where(of_it).order_by(due).limit(1)).scalar_one()
    return Receiver(name, count_up_to(WAITING_EACH, connection, callbacks, of_it), next_try_at)


def _dead(connection: Connection) -> tuple[Any, ...]:
    query = select(*RECORD).where(DEAD).order_by(callbacks.c.created_at.desc(), AS_WRITTEN.desc()).limit(SHOWN_DEAD)
    return tuple(to_record(row) for row in connection.execute(query))


def _channels(connection: Connection) -> tuple[Square, ...]:
    query = select(channels.c.index, channels.c.state, channels.c.updated_at).order_by(channels.c.index)
    carried = _carried(connection)
    return tuple(
        Square(index, state, since, *carried.get(index, (None, None)))
        for index, state, since in connection.execute(query.limit(SHOWN_CHANNELS))
    )


def _carried(connection: Connection) -> dict[int, tuple[str | None, str]]:
    query = select(attempts.c.channel, attempts.c.payment_id, attempts.c.purpose).where(OPEN)
    rows = connection.execute(query.order_by(attempts.c.created_at).limit(2 * SHOWN_CHANNELS))
    return {channel: (payment_id, purpose) for channel, payment_id, purpose in rows if channel is not None}


def _channel_counts(connection: Connection) -> dict[str, int]:
    query = select(channels.c.state, func.count()).group_by(channels.c.state)
    return dict(tuple(row) for row in connection.execute(query))
