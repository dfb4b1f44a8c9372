"""Reads all that is known of one payment; and lets a held payment be tried again."""

from typing import Any, cast

from sqlalchemy import ColumnElement, Connection, Row, exists, select, update

from kinpay_server.domain.payment import TRANSITIONS, PaymentStatus
from kinpay_server.services.payment_story import Story
from kinpay_server.services.records import AttemptRecord, FoundRecord
from kinpay_server.storage import attempts as attempt_rows
from kinpay_server.storage import payments as payment_rows
from kinpay_server.storage.callback_list import RECORD, to_record
from kinpay_server.storage.database import Database
from kinpay_server.storage.tables import OPEN, attempts, callbacks, found_payments, payments
from kinpay_server.storage.transitions import moves

_END = (attempts.c.successful, attempts.c.ended_at, attempts.c.reason, attempts.c.ledger, attempts.c.fee_charged)
_TRIED_AGAIN = moves(payments.c.status, PaymentStatus.SUBMITTED, PaymentStatus.ACCEPTED, table=TRANSITIONS)
_FOUND = (
    found_payments.c.hash,
    found_payments.c.recipient_address,
    found_payments.c.amount,
    found_payments.c.ledger,
    found_payments.c.found_at,
)


class Stories:
    """Implements `HeldStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def story(self, payment_id: str) -> Story | None:
        """See the port."""
        return await self._database.read(lambda connection: _story(connection, payment_id))

    async def accept_again(self, payment_id: str, reason: str, now: int) -> bool:
        """See the port."""
        return cast(bool, await self._database.write(_accept_again, (payment_id, reason, now)))


def _story(connection: Connection, payment_id: str) -> Story | None:
    query = select(*payment_rows.COLUMNS, payments.c.updated_at, payments.c.posted_again_at).where(
        payments.c.id == payment_id
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    *payment, updated_at, posted_again_at = row
    return Story(
        payment_rows.to_payment(cast(Row[*tuple[Any, ...]], payment)),
        updated_at,
        tuple(attempts_where(connection, attempts.c.payment_id == payment_id)),
        tuple(_found(connection, payment_id)),
        tuple(_callbacks(connection, payment_id)),
        posted_again_at,
    )


def attempts_where(connection: Connection, condition: ColumnElement[bool]) -> list[AttemptRecord]:
    """Attempts and their ends, the oldest first."""
    query = select(*attempt_rows.COLUMNS, *_END).where(condition).order_by(attempts.c.created_at, attempts.c.max_ledger)
    return [_attempt(tuple(row)) for row in connection.execute(query)]


def _attempt(row: tuple[Any, ...]) -> AttemptRecord:
    columns = len(attempt_rows.COLUMNS)
    attempt = attempt_rows.to_attempt(cast(Row[*tuple[Any, ...]], row[:columns]))
    successful, *rest = row[columns:]
    return AttemptRecord(attempt, None if successful is None else bool(successful), *rest)


def _found(connection: Connection, payment_id: str) -> list[FoundRecord]:
    query = select(*_FOUND).where(found_payments.c.payment_id == payment_id).order_by(found_payments.c.found_at)
    return [FoundRecord(*row) for row in connection.execute(query)]


def _callbacks(connection: Connection, payment_id: str) -> list[Any]:
    query = select(*RECORD).where(callbacks.c.payment_id == payment_id).order_by(callbacks.c.created_at)
    return [to_record(row) for row in connection.execute(query)]


def _accept_again(connection: Connection, batch: list[tuple[str, str, int]]) -> list[bool]:
    return [_accept_one(connection, payment_id, reason, now) for payment_id, reason, now in batch]


def _accept_one(connection: Connection, payment_id: str, reason: str, now: int) -> bool:
    """The condition says again what was judged; a payment that is not so any more is left as it is."""
    may_have_paid = exists().where(attempts.c.payment_id == payments.c.id, OPEN | (attempts.c.successful == 1))
    changed = connection.execute(
        update(payments)
        .where(payments.c.id == payment_id, _TRIED_AGAIN, payments.c.reason == reason, ~may_have_paid)
        .values(status=PaymentStatus.ACCEPTED, reason=None, updated_at=now)
    )
    return changed.rowcount == 1
