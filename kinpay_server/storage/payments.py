"""Payments: accepting a post under the lock of its idempotency row, and looking payments up."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, cast

from sqlalchemy import Connection, Row, bindparam, func, insert, literal_column, select, tuple_, update

from kinpay_server.domain.callback import POSTED_AGAIN
from kinpay_server.domain.errors import PaymentExists
from kinpay_server.domain.payment import TRANSITIONS, Acceptance, NewPayment, Payment, PaymentStatus, judge_repeat
from kinpay_server.storage.database import Database
from kinpay_server.storage.tables import ACCEPTED, payments
from kinpay_server.storage.transitions import moves
from kinpay_server.storage.withdrawn_callbacks import withdraw_of_payments

COLUMNS = tuple(payments.c[field.name] for field in fields(Payment))
_POSTED = tuple(field.name for field in fields(NewPayment))

_INSERT = insert(payments)
_TRY_AGAIN = (
    update(payments)
    .where(
        payments.c.id == bindparam("the_id"),
        moves(payments.c.status, PaymentStatus.FAILED, PaymentStatus.ACCEPTED, table=TRANSITIONS),
    )
    .values(
        status=PaymentStatus.ACCEPTED,
        reason=None,
        request_id=bindparam("the_request"),
        posted_again_at=bindparam("at"),
        updated_at=bindparam("at"),
    )
)


class Payments:
    """Implements `AcceptanceStore`, and looks payments up."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def accept(self, posted: NewPayment) -> Payment:
        """See the port."""
        return cast(Payment, await self._database.write(accept_all, posted))

    async def payment(self, payment_id: str) -> Payment | None:
        """The payment with that id."""
        return (await self._database.read(lambda connection: payments_by_id(connection, [payment_id]))).get(payment_id)

    async def payments(
        self, *, status: PaymentStatus | None, app_id: str | None, before: tuple[int, str] | None, limit: int
    ) -> list[Payment]:
        """At most `limit` payments, newest first, from after `before`, which is (created_at, id)."""
        query = select(*COLUMNS).order_by(payments.c.created_at.desc(), payments.c.id.desc()).limit(limit)
        if status is not None:
            query = query.where(payments.c.status == literal_column(f"'{status.value}'"))
        if app_id is not None:
            query = query.where(payments.c.app_id == app_id)
        if before is not None:
            query = query.where(tuple_(payments.c.created_at, payments.c.id) < before)
        return await self._database.read(lambda connection: [to_payment(row) for row in connection.execute(query)])

    async def waiting_payments(self) -> int:
        """How many payments are accepted and not claimed."""
        query = select(func.count()).select_from(payments).where(ACCEPTED)
        return await self._database.read(lambda connection: connection.execute(query).scalar_one())

    async def oldest_waiting(self) -> Payment | None:
        """The payment that is next to be claimed."""
        query = select(*COLUMNS).where(ACCEPTED).order_by(payments.c.created_at, payments.c.id).limit(1)
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        return to_payment(rows[0]) if rows else None


def to_payment(row: Row[*tuple[Any, ...]]) -> Payment:
    """A row of `COLUMNS` as a payment."""
    payment = Payment(*tuple(row))
    return replace(payment, status=PaymentStatus(payment.status))


def payments_by_id(connection: Connection, ids: list[str]) -> dict[str, Payment]:
    """The payments with those ids."""
    query = select(*COLUMNS).where(payments.c.id.in_(ids))
    return {row.id: to_payment(row) for row in connection.execute(query)}


@dataclass(slots=True)
class _Judging:
    """What a batch of posts makes of the rows."""

    known: dict[str, Payment]
    new: dict[str, Payment]
    again: dict[str, NewPayment]

    def take(self, posted: NewPayment) -> Payment | PaymentExists:
        """Judge one post, in the order in which they came; the posts before it in the batch count."""
        before = self.known.get(posted.id)
        if before is None:
            fresh = Payment.posted(posted)
            self.known[posted.id] = self.new[posted.id] = fresh
            return fresh
        try:
            acceptance = judge_repeat(before, posted)
        except PaymentExists as error:
            return error
        if acceptance is Acceptance.REPEAT:
            return Payment.posted(before) if before.status is PaymentStatus.SUCCEEDED else before
        self.again[posted.id] = posted
        self.known[posted.id] = Payment.posted(replace(posted, created_at=before.created_at))
        return self.known[posted.id]


def accept_all(connection: Connection, batch: list[NewPayment]) -> list[Payment | PaymentExists]:
    """Record all posts that wait, each judged as if it had come alone."""
    judging = _Judging(payments_by_id(connection, [posted.id for posted in batch]), {}, {})
    results = [judging.take(posted) for posted in batch]
    if judging.new:
        connection.execute(_INSERT, [_row(payment) for payment in judging.new.values()])
    if judging.again:
        _try_again(connection, list(judging.again.values()))
    return results


def _try_again(connection: Connection, posts: Sequence[NewPayment]) -> None:
    """Take them up again; that they failed is not told any more."""
    changed = connection.execute(
        _TRY_AGAIN, [{"the_id": p.id, "the_request": p.request_id, "at": p.created_at} for p in posts]
    )
    if changed.rowcount != len(posts):
        raise RuntimeError(f"{len(posts) - changed.rowcount} payments that were posted again had not failed")
    withdraw_of_payments(connection, [p.id for p in posts], POSTED_AGAIN, max(p.created_at for p in posts))


def _row(payment: Payment) -> dict[str, Any]:
    row = {name: getattr(payment, name) for name in _POSTED}
    return row | {"status": PaymentStatus.ACCEPTED, "updated_at": payment.created_at}
