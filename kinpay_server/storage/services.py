"""Services and their watches: kept, looked up, taken away."""

from collections import defaultdict
from typing import Any, cast

from sqlalchemy import Connection, bindparam, delete, insert, select, union, update

from kinpay_server.domain.errors import ServiceNotFound
from kinpay_server.domain.watch import PaymentWatch, Service
from kinpay_server.storage.database import Database
from kinpay_server.storage.tables import payment_watches, services, watched_addresses
from kinpay_server.storage.watch_marks import ADDED, REMOVED, begin_at, count

_DELETE_ADDRESS = delete(watched_addresses).where(
    watched_addresses.c.service_id == bindparam("the_service"), watched_addresses.c.address == bindparam("the_address")
)
_MOVE_ADDRESS = (
    update(watched_addresses)
    .where(
        watched_addresses.c.service_id == bindparam("the_service"),
        watched_addresses.c.address == bindparam("the_address"),
    )
    .values(place=bindparam("the_place"))
)

_Put = tuple[Service, int, int]
_PutWatch = tuple[PaymentWatch, int, int, int]


class ServicesStore:
    """Implements `ServiceStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put_service(self, service: Service, *, since: int, now: int) -> None:
        """See the port."""
        await self._database.write(_put_all, (service, since, now))

    async def service(self, service_id: str) -> Service | None:
        """See the port."""
        return await self._database.read(lambda connection: _service(connection, service_id))

    async def services(self) -> list[Service]:
        """See the port."""
        return await self._database.read(_services)

    async def delete_service(self, service_id: str, now: int) -> Service | None:
        """See the port."""
        return cast(Service | None, await self._database.write(_delete_all, (service_id, now)))

    async def put_watch(self, watch: PaymentWatch, *, since: int, expires_at: int, now: int) -> None:
        """See the port."""
        await self._database.write(_put_watches, (watch, since, expires_at, now))

    async def delete_watch(self, watch: PaymentWatch, now: int) -> None:
        """See the port."""
        await self._database.write(_delete_watches, (watch, now))

    async def watchers(self, now: int) -> dict[str, list[tuple[str, str]]]:
        """See the port."""
        return await self._database.read(lambda connection: _watchers(connection, now))


def _service(connection: Connection, service_id: str) -> Service | None:
    callback = _callback(connection, service_id)
    return None if callback is None else Service(service_id, callback, tuple(_addresses(connection, service_id)))


def _callback(connection: Connection, service_id: str) -> str | None:
    return connection.execute(select(services.c.callback).where(services.c.id == service_id)).scalar_one_or_none()


def _addresses(connection: Connection, service_id: str) -> dict[str, int]:
    """Address → its place in the list, in that order."""
    query = (
        select(watched_addresses.c.address, watched_addresses.c.place)
        .where(watched_addresses.c.service_id == service_id)
        .order_by(watched_addresses.c.place)
    )
    return {row.address: row.place for row in connection.execute(query)}


def _services(connection: Connection) -> list[Service]:
    addresses = defaultdict[str, list[str]](list)
    query = select(watched_addresses.c.service_id, watched_addresses.c.address).order_by(watched_addresses.c.place)
    for service_id, address in connection.execute(query):
        addresses[service_id].append(address)
    found = connection.execute(select(services.c.id, services.c.callback).order_by(services.c.id))
    return [Service(service_id, callback, tuple(addresses[service_id])) for service_id, callback in found]


def _put_all(connection: Connection, batch: list[_Put]) -> list[None]:
    for service, since, now in batch:
        _put_row(connection, service, now)
        _put_addresses(connection, service, since, now)
    return [None] * len(batch)


def _put_row(connection: Connection, service: Service, now: int) -> None:
    changed = connection.execute(
        update(services).where(services.c.id == service.id).values(callback=service.callback, updated_at=now)
    )
    if changed.rowcount == 0:
        row = {"id": service.id, "callback": service.callback, "created_at": now, "updated_at": now}
        connection.execute(insert(services), row)


def _put_addresses(connection: Connection, service: Service, since: int, now: int) -> None:
    """What was watched before and still is keeps its `since`: nothing that has not been told yet is lost by a PUT."""
    before = _addresses(connection, service.id)
    after = {address: place for place, address in enumerate(service.wallet_addresses)}
    new = [address for address in after if address not in before]
    gone = [address for address in before if address not in after]
    moved = [address for address, place in after.items() if before.get(address, place) != place]
    if new:
        begin_at(connection, since, now)
        shared = {"service_id": service.id, "since": since, "version": count(connection, ADDED, now)}
        rows = [{"address": address, "place": after[address]} | shared for address in new]
        connection.execute(insert(watched_addresses), rows)
    if gone:
        count(connection, REMOVED, now)
        connection.execute(_DELETE_ADDRESS, [{"the_service": service.id, "the_address": one} for one in gone])
    if moved:
        rows = [{"the_service": service.id, "the_address": one, "the_place": after[one]} for one in moved]
        connection.execute(_MOVE_ADDRESS, rows)


def _delete_all(connection: Connection, batch: list[tuple[str, int]]) -> list[Service | None]:
    return [_delete(connection, service_id, now) for service_id, now in batch]


def _delete(connection: Connection, service_id: str, now: int) -> Service | None:
    before = _service(connection, service_id)
    if before is not None:
        for table in (payment_watches, watched_addresses):
            connection.execute(delete(table).where(table.c.service_id == service_id))
        connection.execute(delete(services).where(services.c.id == service_id))
        count(connection, REMOVED, now)
    return before


def _put_watches(connection: Connection, batch: list[_PutWatch]) -> list[ServiceNotFound | None]:
    return [_put_watch(connection, *put) for put in batch]


def _delete_watches(connection: Connection, batch: list[tuple[PaymentWatch, int]]) -> list[ServiceNotFound | None]:
    return [_delete_watch(connection, watch, now) for watch, now in batch]


def _unknown(connection: Connection, service_id: str) -> ServiceNotFound | None:
    known = _callback(connection, service_id) is not None
    return None if known else ServiceNotFound(f"no service with id {service_id}")


def _put_watch(
    connection: Connection, watch: PaymentWatch, since: int, expires_at: int, now: int
) -> ServiceNotFound | None:
    """A new one, or a known one whose time starts anew; it goes on where it was."""
    if unknown := _unknown(connection, watch.service_id):
        return unknown
    begin_at(connection, since, now)
    version = count(connection, ADDED, now)
    known = update(payment_watches).where(*_is(watch)).values(expires_at=expires_at, version=version)
    if connection.execute(known).rowcount == 0:
        connection.execute(insert(payment_watches), _key(watch) | _until(since, expires_at, version))
    return None


def _until(since: int, expires_at: int, version: int) -> dict[str, Any]:
    return {"since": since, "expires_at": expires_at, "version": version}


def _delete_watch(connection: Connection, watch: PaymentWatch, now: int) -> ServiceNotFound | None:
    if unknown := _unknown(connection, watch.service_id):
        return unknown
    if connection.execute(delete(payment_watches).where(*_is(watch))).rowcount:
        count(connection, REMOVED, now)
    return None


def _key(watch: PaymentWatch) -> dict[str, Any]:
    return {"service_id": watch.service_id, "address": watch.address, "payment_id": watch.payment_id}


def _is(watch: PaymentWatch) -> list[Any]:
    return [payment_watches.c[name] == value for name, value in _key(watch).items()]


def _watchers(connection: Connection, now: int) -> dict[str, list[tuple[str, str]]]:
    permanent = select(watched_addresses.c.address, watched_addresses.c.service_id)
    temporary = select(payment_watches.c.address, payment_watches.c.service_id).where(
        payment_watches.c.expires_at > now
    )
    watches = union(permanent, temporary).subquery()
    query = (
        select(watches.c.address, services.c.id, services.c.callback)
        .join_from(watches, services, watches.c.service_id == services.c.id)
        .order_by(watches.c.address, services.c.id)
    )
    found = defaultdict[str, list[tuple[str, str]]](list)
    for address, service_id, callback in connection.execute(query):
        found[address].append((service_id, callback))
    return dict(found)
