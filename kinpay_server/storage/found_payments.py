"""Payments that the ledger shows and that no attempt of ours made: recorded, so that their ids are never paid again."""

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, insert, update

from kinpay_server.domain.callback import PAID_AFTER_ALL
from kinpay_server.domain.payment import TRANSITIONS, Payment, PaymentStatus
from kinpay_server.services.ports import FoundPayment, StaleSettlement
from kinpay_server.storage.callbacks import insert_callbacks
from kinpay_server.storage.payments import payments_by_id
from kinpay_server.storage.tables import found_payments, payments
from kinpay_server.storage.transitions import becomes
from kinpay_server.storage.withdrawn_callbacks import withdraw_of_payments

_PAID = (
    update(payments)
    .where(payments.c.id == bindparam("the_id"), becomes(payments.c.status, PaymentStatus.SUCCEEDED, table=TRANSITIONS))
    .values(
        status=PaymentStatus.SUCCEEDED,
        reason=None,
        sender_address=bindparam("the_sender"),
        transaction_id=bindparam("the_transaction"),
        timestamp=bindparam("the_time"),
        updated_at=bindparam("at"),
    )
)


def record_found(connection: Connection, batch: list[tuple[Sequence[FoundPayment], int]]) -> list[None]:
    """Insert what was unknown as succeeded, move what was known to succeeded, and note what was found."""
    for found, now in batch:
        known = {one.id: one.status for one in payments_by_id(connection, [one.payment.id for one in found]).values()}
        for one in found:
            if known.get(one.payment.id) is not one.believed:
                raise StaleSettlement(f"payment {one.payment.id} was posted, or has changed, since it was looked at")
            if one.believed is None:
                connection.execute(insert(payments), _new_row(one.payment, now))
            else:
                connection.execute(_PAID, _paid_row(one.payment, now))
            known[one.payment.id] = PaymentStatus.SUCCEEDED
            connection.execute(insert(found_payments), _found_row(one, now))
        failed = [one.payment.id for one in found if one.believed is PaymentStatus.FAILED]
        withdraw_of_payments(connection, failed, PAID_AFTER_ALL, now)
        insert_callbacks(connection, [one.callback for one in found if one.callback], now)
    return [None] * len(batch)


def _paid_row(payment: Payment, now: int) -> dict[str, object]:
    return {
        "the_id": payment.id,
        "the_sender": payment.sender_address,
        "the_transaction": payment.transaction_id,
        "the_time": payment.timestamp,
        "at": now,
    }


def _new_row(payment: Payment, now: int) -> dict[str, object]:
    row: dict[str, object] = {name: getattr(payment, name) for name in Payment.__dataclass_fields__}
    return row | {"updated_at": now}


def _found_row(found: FoundPayment, now: int) -> dict[str, object]:
    return {
        "hash": found.transaction.hash,
        "payment_id": found.payment.id,
        "recipient_address": found.payment.recipient_address,
        "amount": found.payment.amount,
        "ledger": found.transaction.ledger,
        "found_at": now,
    }
