"""A `fail` that is not final any more is not told: what was not delivered of it is withdrawn, in the commit that makes
it untrue.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, Select, bindparam, exists, select, update

from kinpay_server.domain.callback import TRANSITIONS, CallbackState
from kinpay_server.domain.payment import PaymentStatus
from kinpay_server.storage.tables import attempts, callbacks, payments
from kinpay_server.storage.transitions import becomes

_MAY_BE_WITHDRAWN = becomes(callbacks.c.state, CallbackState.WITHDRAWN, table=TRANSITIONS)
_OF_PAYMENT = select(attempts.c.hash).where(
    attempts.c.payment_id == bindparam("the_subject"), attempts.c.successful == 0
)
_OF_WALLET = select(attempts.c.hash).where(
    attempts.c.wallet_address == bindparam("the_subject"), attempts.c.successful == 0
)

OVERTAKEN = exists().where(
    attempts.c.hash == callbacks.c.attempt_hash,
    attempts.c.successful == 0,
    payments.c.id == attempts.c.payment_id,
    payments.c.status != PaymentStatus.FAILED,
)
"""It tells that a payment failed which has been posted again since, or paid."""


def withdraw_of_payments(connection: Connection, ids: Sequence[str], reason: str, now: int) -> None:
    """Those that tell of failed attempts of these payments and were not delivered, dead ones too."""
    _withdraw(connection, _OF_PAYMENT, ids, reason, now)


def withdraw_of_wallet(connection: Connection, address: str, url: str | None, reason: str, now: int) -> None:
    """Those that were to be told to this URL; who was to be told elsewhere has not posted again."""
    _withdraw(connection, _OF_WALLET.where(callbacks.c.url == url), [address], reason, now)


def _withdraw(connection: Connection, failed: Select[str], subjects: Sequence[str], reason: str, now: int) -> None:
    if subjects:
        withdrawn = update(callbacks).where(_MAY_BE_WITHDRAWN, callbacks.c.attempt_hash.in_(failed))
        values = withdrawn.values(state=CallbackState.WITHDRAWN, reason=bindparam("why"), updated_at=bindparam("at"))
        connection.execute(values, [{"the_subject": one, "why": reason, "at": now} for one in subjects])
