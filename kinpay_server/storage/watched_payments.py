"""Watched payments: who watches them, what is told of them, and how far the ledger has been read for that."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TypeVar, cast

from sqlalchemy import Connection, delete, select

from kinpay_server.domain.watch import SeenPayment, Watch, event_id, lane, payment_seen, told
from kinpay_server.exact_json import dumps
from kinpay_server.services.ports import NewCallback, WatchMarks
from kinpay_server.storage.callbacks import insert_callbacks, without_known
from kinpay_server.storage.database import Database
from kinpay_server.storage.tables import payment_watches, services, watched_addresses
from kinpay_server.storage.watch_marks import REMOVED, count, move_to, read_marks

AT_ONCE = 500
"""So many values go into one statement."""

_PERMANENT = select(
    services.c.id, services.c.callback, watched_addresses.c.address, watched_addresses.c.since
).join_from(watched_addresses, services)
_TEMPORARY = select(
    services.c.id,
    services.c.callback,
    payment_watches.c.address,
    payment_watches.c.since,
    payment_watches.c.payment_id,
    payment_watches.c.expires_at,
).join_from(payment_watches, services)

One = TypeVar("One")
_Told = tuple[Sequence[SeenPayment], int, int]


class WatchedPayments:
    """Implements `WatchStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def watch_marks(self) -> WatchMarks:
        """See the port."""
        return await self._database.read(read_marks)

    async def addresses_watched(self, after: int) -> set[str]:
        """See the port."""
        return await self._database.read(lambda connection: _addresses(connection, after))

    async def tell(self, payments: Sequence[SeenPayment], *, position: int, now: int) -> int:
        """See the port."""
        return cast(int, await self._database.write(_tell_all, (payments, position, now)))

    async def forget_expired(self, before: int, now: int) -> None:
        """See the port."""
        await self._database.write(_forget_all, (before, now))


def _addresses(connection: Connection, after: int) -> set[str]:
    return {
        address
        for table in (watched_addresses, payment_watches)
        for address in connection.execute(select(table.c.address).where(table.c.version > after)).scalars()
    }


def _tell_all(connection: Connection, batch: list[_Told]) -> list[int]:
    return [_tell(connection, payments, position, now) for payments, position, now in batch]


def _tell(connection: Connection, payments: Sequence[SeenPayment], position: int, now: int) -> int:
    written = 0
    for some in _in_parts(payments):
        watches = _watches(connection, some)
        due = [one for payment in some for one in _callbacks(payment, watches, now)]
        for few in _in_parts(due):
            new = without_known(connection, few)
            insert_callbacks(connection, new, now)
            written += len(new)
    move_to(connection, position, now)
    return written


def _watches(connection: Connection, payments: Sequence[SeenPayment]) -> dict[str, list[Watch]]:
    """The watches at the addresses of these payments, by address; temporary ones only of ids that occur."""
    addresses = list({address for one in payments for address in (one.sender, one.recipient)})
    ids = list({one.payment_id for one in payments} - {None})
    permanent = _PERMANENT.where(watched_addresses.c.address.in_(addresses))
    found = [Watch(*row) for row in connection.execute(permanent)]
    if ids:
        temporary = _TEMPORARY.where(payment_watches.c.address.in_(addresses), payment_watches.c.payment_id.in_(ids))
        found += [Watch(*row) for row in connection.execute(temporary)]
    by_address = defaultdict[str, list[Watch]](list)
    for watch in found:
        by_address[watch.address].append(watch)
    return by_address


def _callbacks(payment: SeenPayment, watches: dict[str, list[Watch]], now: int) -> Iterator[NewCallback]:
    """One for each service that is to be told; the body is the same for all."""
    concerned = [*watches.get(payment.sender, ()), *watches.get(payment.recipient, ())]
    tellings = told(payment, concerned, now)
    body = dumps(payment_seen(payment).body()) if tellings else b""
    for one in tellings:
        lanes = tuple(lane(one.service_id, address) for address in one.addresses)
        yield NewCallback(event_id(payment, one.service_id), None, None, one.callback, body, lanes)


def _in_parts(values: Sequence[One]) -> Iterator[Sequence[One]]:
    for start in range(0, len(values), AT_ONCE):
        yield values[start : start + AT_ONCE]


def _forget_all(connection: Connection, batch: list[tuple[int, int]]) -> list[None]:
    for before, now in batch:
        if connection.execute(delete(payment_watches).where(payment_watches.c.expires_at < before)).rowcount:
            count(connection, REMOVED, now)
    return [None] * len(batch)
