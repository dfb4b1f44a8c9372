"""Looks payments up by the beginnings of what names them; each way walks an index, no farther than its limit."""

from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Select, and_, select

from kinpay_server.domain.payment import Payment, PaymentStatus
from kinpay_server.storage.callback_list import LAST
from kinpay_server.storage.database import Database
from kinpay_server.storage.payments import COLUMNS, payments_by_id, to_payment
from kinpay_server.storage.tables import ACCEPTED, FAILED, SUBMITTED, attempts, found_payments, payments

_KEPT_APART: dict[PaymentStatus, ColumnElement[bool]] = {
    PaymentStatus.ACCEPTED: ACCEPTED,
    PaymentStatus.SUBMITTED: SUBMITTED,
    PaymentStatus.FAILED: FAILED,
}
"""Statuses with an index of their own. Those that have succeeded are nearly all, so any look meets them soon."""

WALK = 2000
"""So many of the newest payments are looked through, at most, for those that have succeeded."""


class PaymentSearch:
    """Implements `PaymentFinder`; and knows the newest payments."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def newest(self, status: PaymentStatus | None, limit: int) -> list[Payment]:
        """The newest payments, or the newest with that status; of those that succeeded, any among the `WALK` newest."""
        return await self._read(_newest(status, limit))

    async def with_id(self, beginning: str, limit: int) -> list[Payment]:
        """See the port."""
        query = select(*COLUMNS).where(_begins(payments.c.id, beginning)).order_by(payments.c.id)
        return await self._read(query.limit(limit))

    async def of_app(self, app_id: str, limit: int) -> list[Payment]:
        """See the port."""
        query = select(*COLUMNS).where(payments.c.app_id == app_id)
        return await self._read(query.order_by(payments.c.created_at.desc(), payments.c.id.desc()).limit(limit))

    async def to_address(self, beginning: str, limit: int) -> list[Payment]:
        """See the port."""
        address = payments.c.recipient_address
        query = select(*COLUMNS).where(_begins(address, beginning))
        return await self._read(query.order_by(address.desc(), payments.c.created_at.desc()).limit(limit))

    async def by_hash(self, beginning: str, limit: int) -> list[Payment]:
        """See the port."""
        return await self._database.read(lambda connection: _by_hash(connection, beginning, limit))

    async def _read(self, query: Select[*tuple[Any, ...]]) -> list[Payment]:
        return await self._database.read(lambda connection: [to_payment(row) for row in connection.execute(query)])


def _newest(status: PaymentStatus | None, limit: int) -> Select[*tuple[Any, ...]]:
    if status is not PaymentStatus.SUCCEEDED:
        query = select(*COLUMNS).order_by(payments.c.created_at.desc(), payments.c.id.desc()).limit(limit)
        return query if status is None else query.where(_KEPT_APART[status])
    walked = select(*COLUMNS).order_by(payments.c.created_at.desc(), payments.c.id.desc()).limit(WALK).subquery()
    return select(*walked.c).where(walked.c.status == status.value).limit(limit)


def _by_hash(connection: Connection, beginning: str, limit: int) -> list[Payment]:
    """By the hash of an attempt, by the one that history lists (of a bump it is another), by a found payment's."""
    ids = set[str]()
    for known, payment_id in (
        (attempts.c.hash, attempts.c.payment_id),
        (payments.c.transaction_id, payments.c.id),
        (found_payments.c.hash, found_payments.c.payment_id),
    ):
        query = select(payment_id).where(_begins(known, beginning)).order_by(known).limit(limit)
        ids |= {one for one in connection.execute(query).scalars() if one is not None}
    return list(payments_by_id(connection, sorted(ids)[:limit]).values()) if ids else []


def _begins(column: Column[str], beginning: str) -> ColumnElement[bool]:
    """A range that an index can be searched for, unlike LIKE; in the order of code points, as SQLite compares."""
    return and_(column >= beginning, column < beginning + LAST)
