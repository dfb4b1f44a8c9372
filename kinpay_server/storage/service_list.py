"""Services as an operator sees them: how much each watches."""

from sqlalchemy import Connection, func, select

from kinpay_server.services.records import ServiceRecord, WatchRecord
from kinpay_server.storage.database import Database
from kinpay_server.storage.tables import payment_watches, services, watched_addresses


class ServiceList:
    """What `kinpay services` reads."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def services(self, now: int) -> list[ServiceRecord]:
        """All services, by id; temporary watches that are over are not counted."""
        return await self._database.read(lambda connection: _services(connection, now))

    async def addresses(self, service_id: str) -> list[str]:
        """What a service watches permanently, in the order of its list."""
        query = (
            select(watched_addresses.c.address)
            .where(watched_addresses.c.service_id == service_id)
            .order_by(watched_addresses.c.place)
        )
        return await self._database.read(lambda connection: list(connection.execute(query).scalars()))

    async def watches(self, service_id: str, now: int) -> list[WatchRecord]:
        """Its temporary watches, those that end first in front."""
        query = (
            select(payment_watches.c.address, payment_watches.c.payment_id, payment_watches.c.expires_at)
            .where(payment_watches.c.service_id == service_id, payment_watches.c.expires_at > now)
            .order_by(payment_watches.c.expires_at, payment_watches.c.address)
        )
        return await self._database.read(lambda c: [WatchRecord(*row) for row in c.execute(query)])


def _services(connection: Connection, now: int) -> list[ServiceRecord]:
    permanent = select(func.count()).where(watched_addresses.c.service_id == services.c.id)
    temporary = select(func.count()).where(
        payment_watches.c.service_id == services.c.id, payment_watches.c.expires_at > now
    )
    counts = [query.correlate(services).scalar_subquery() for query in (permanent, temporary)]
    facts = (services.c.id, services.c.callback, *counts, services.c.created_at, services.c.updated_at)
    return [ServiceRecord(*row) for row in connection.execute(select(*facts).order_by(services.c.id))]
