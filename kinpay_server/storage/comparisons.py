"""What reconciling reads of the database, in pages."""

from collections.abc import Sequence

from sqlalchemy import Connection, func, select

from kinpay_server.domain.payment import PaymentStatus
from kinpay_server.services.differences import Believed, Paid
from kinpay_server.storage.database import Database
from kinpay_server.storage.payments import payments_by_id
from kinpay_server.storage.tables import OPEN, attempts, found_payments, payments

_BY_ATTEMPT = (
    select(func.max(attempts.c.ledger))
    .where(attempts.c.payment_id == payments.c.id, attempts.c.successful == 1)
    .scalar_subquery()
)
_FOUND = select(found_payments.c.ledger).where(found_payments.c.hash == payments.c.transaction_id).scalar_subquery()


class Comparisons:
    """Implements `ComparisonStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def believed(self, ids: Sequence[str]) -> dict[str, Believed]:
        """See the port."""
        return await self._database.read(lambda connection: _believed(connection, list(ids)))

    async def paid_after(self, payment_id: str, limit: int) -> list[Paid]:
        """See the port."""
        query = (
            select(payments.c.id, payments.c.transaction_id, func.coalesce(_FOUND, _BY_ATTEMPT))
            .where(payments.c.status == PaymentStatus.SUCCEEDED, payments.c.id > payment_id)
            .order_by(payments.c.id)
            .limit(limit)
        )
        return await self._database.read(lambda connection: [Paid(*row) for row in connection.execute(query)])


def _believed(connection: Connection, ids: list[str]) -> dict[str, Believed]:
    still_open = select(attempts.c.payment_id, attempts.c.hash).where(attempts.c.payment_id.in_(ids), OPEN)
    hashes = {row.payment_id: row.hash for row in connection.execute(still_open)}
    found = payments_by_id(connection, ids)
    return {payment_id: Believed(payment, hashes.get(payment_id)) for payment_id, payment in found.items()}
