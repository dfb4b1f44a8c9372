"""Callbacks: what is due, and what became of each try."""

from collections.abc import Iterator, Sequence

from sqlalchemy import BindParameter, Connection, Select, bindparam, case, func, insert, or_, select, update

from kinpay_server.domain.callback import LIFETIME, TRANSITIONS, Callback, CallbackState, Delivery, receiver_of
from kinpay_server.services.ports import DueCallback, NewCallback, WantedCallbacks
from kinpay_server.storage.database import Database
from kinpay_server.storage.tables import AS_WRITTEN, WAITING, WITHDRAWN, callbacks
from kinpay_server.storage.transitions import moves

_INSERT = insert(callbacks)
_NOT_TAKEN = bindparam("the_state") != CallbackState.DELIVERED
_TRIED = (
    update(callbacks)
    .where(callbacks.c.id == bindparam("the_id"), or_(WAITING, WITHDRAWN))
    .values(
        state=case((WITHDRAWN & _NOT_TAKEN, CallbackState.WITHDRAWN), else_=bindparam("the_state")),
        tries=callbacks.c.tries + 1,
        next_try_at=bindparam("the_next"),
        last_status=bindparam("the_status"),
        last_error=bindparam("the_error"),
        lane=None,
        other_lane=None,
        updated_at=bindparam("at"),
    )
)
_GIVEN_UP = select(callbacks.c.id).where(
    WAITING,
    callbacks.c.receiver == bindparam("the_receiver"),
    callbacks.c.next_try_at <= bindparam("now"),
    callbacks.c.give_up_at <= bindparam("now"),
)
_DIES = (
    update(callbacks)
    .where(
        callbacks.c.id == bindparam("the_id"),
        moves(callbacks.c.state, CallbackState.WAITING, CallbackState.DEAD, table=TRANSITIONS),
    )
    .values(
        state=CallbackState.DEAD,
        last_error=func.coalesce(callbacks.c.last_error, "never tried: its receiver took nothing"),
        updated_at=bindparam("at"),
    )
)


def _receivers_due() -> Select[str]:
    """Goes from one receiver to the next by the index, and looks at the first callback of each."""
    first = select(func.min(callbacks.c.receiver).label("receiver")).where(WAITING)
    each = first.cte("receivers", recursive=True)
    following = select(func.min(callbacks.c.receiver)).where(WAITING, callbacks.c.receiver > each.c.receiver)
    each = each.union_all(select(following.scalar_subquery()).where(each.c.receiver.is_not(None)))
    due_at = select(func.min(callbacks.c.next_try_at)).where(WAITING, callbacks.c.receiver == each.c.receiver)
    known = select(each.c.receiver, due_at.scalar_subquery().label("due_at")).subquery()
    return select(known.c.receiver).where(known.c.due_at <= bindparam("now")).order_by(known.c.due_at)


_RECEIVERS_DUE = _receivers_due()
_BUSY: BindParameter[int] = bindparam("busy", expanding=True)
_BUSY_PAYMENTS: BindParameter[str] = bindparam("payments", expanding=True)
NO_LANE, NO_PAYMENT = (-1,), ("",)
_DUE = (
    select(
        callbacks.c.id,
        callbacks.c.url,
        callbacks.c.body,
        callbacks.c.tries,
        callbacks.c.receiver,
        callbacks.c.give_up_at,
        callbacks.c.payment_id,
        callbacks.c.lane,
        callbacks.c.other_lane,
    )
    .where(
        WAITING,
        callbacks.c.receiver == bindparam("the_receiver"),
        callbacks.c.next_try_at <= bindparam("now"),
        callbacks.c.id.not_in(bindparam("under_way", expanding=True)),
        or_(callbacks.c.payment_id.is_(None), callbacks.c.payment_id.not_in(_BUSY_PAYMENTS)),
        or_(callbacks.c.lane.is_(None), callbacks.c.lane.not_in(_BUSY), callbacks.c.other_lane.not_in(_BUSY)),
    )
    .order_by(callbacks.c.next_try_at, AS_WRITTEN)
    .limit(bindparam("most"))
)

_Result = tuple[Callback, Delivery, int | None, int]


class Callbacks:
    """Implements `CallbackStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def receivers_due(self, now: int) -> list[str]:
        """See the port."""
        return await self._database.read(
            lambda connection: list(connection.execute(_RECEIVERS_DUE, {"now": now}).scalars())
        )

    async def due_callbacks(self, now: int, wanted: Sequence[WantedCallbacks]) -> list[DueCallback]:
        """See the port."""
        return await self._database.read(
            lambda connection: [due for few in wanted for due in _due_of(connection, few, now)]
        )

    async def record_delivery(self, callback: Callback, delivery: Delivery, next_try: int | None, now: int) -> None:
        """See the port."""
        await self._database.write(_record, (callback, delivery, next_try, now))

    async def give_up(self, receiver: str, limit: int, now: int) -> int:
        """See the port."""
        query, parameters = _GIVEN_UP.limit(limit), {"the_receiver": receiver, "now": now}
        ids = await self._database.read(lambda connection: connection.execute(query, parameters).scalars().all())
        if ids:
            await self._database.write(_give_up, (ids, now))
        return len(ids)


def _due_of(connection: Connection, wanted: WantedCallbacks, now: int) -> Iterator[DueCallback]:
    parameters = {
        "the_receiver": wanted.receiver,
        "now": now,
        "under_way": wanted.under_way,
        "payments": wanted.payments or NO_PAYMENT,
        "busy": wanted.busy or NO_LANE,
        "most": wanted.limit,
    }
    for id_, url, body, tries, receiver, give_up_at, payment_id, *lanes in connection.execute(_DUE, parameters):
        in_lanes = tuple(lane for lane in lanes if lane is not None)
        yield DueCallback(Callback(id_, url, body, tries, payment_id), receiver, give_up_at, in_lanes)


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
    lane, other_lane = (*new.lanes, None, None)[:2]
    return {
        "id": new.id,
        "attempt_hash": new.attempt_hash,
        "payment_id": new.payment_id,
        "receiver": receiver_of(new.url),
        "url": new.url,
        "body": new.body,
        "lane": lane,
        "other_lane": other_lane,
        "state": CallbackState.WAITING,
        "tries": 0,
        "next_try_at": now,
        "give_up_at": now + LIFETIME,
        "created_at": now,
        "updated_at": now,
    }


def _record(connection: Connection, batch: list[_Result]) -> list[None]:
    connection.execute(_TRIED, [_row(*result) for result in batch])
    return [None] * len(batch)


def _give_up(connection: Connection, batch: list[tuple[Sequence[str], int]]) -> list[None]:
    connection.execute(_DIES, [{"the_id": one, "at": now} for ids, now in batch for one in ids])
    return [None] * len(batch)


def _row(callback: Callback, delivery: Delivery, next_try: int | None, now: int) -> dict[str, object]:
    return {
        "the_id": callback.id,
        "the_state": state_after(delivery, next_try),
        "the_next": next_try or now,
        "the_status": delivery.status,
        "the_error": delivery.error,
        "at": now,
    }


def state_after(delivery: Delivery, next_try: int | None) -> CallbackState:
    """The state of a callback after a try."""
    if delivery.delivered:
        return CallbackState.DELIVERED
    return CallbackState.DEAD if next_try is None else CallbackState.WAITING
