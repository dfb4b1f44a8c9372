"""What submitting payments reads and writes: claims, attempts, answers."""

from collections.abc import Sequence
from typing import cast

from sqlalchemy import Connection, exists, func, select, update

from kinpay_server.domain.amount import MAX_STROOPS
from kinpay_server.domain.attempt import Attempt
from kinpay_server.domain.outcome import Answer
from kinpay_server.domain.payment import TRANSITIONS, Payment, PaymentStatus
from kinpay_server.services.ports import Claim
from kinpay_server.storage.attempts import insert_attempts, note_answers
from kinpay_server.storage.channels import free_lent, lend
from kinpay_server.storage.database import Database
from kinpay_server.storage.payments import COLUMNS, Payments, to_payment
from kinpay_server.storage.tables import ACCEPTED, OPEN, WALLET_ACCEPTED, attempts, payments, wallets
from kinpay_server.storage.transitions import moves

_CLAIMED = moves(payments.c.status, PaymentStatus.ACCEPTED, PaymentStatus.SUBMITTED, table=TRANSITIONS)
_GIVEN_BACK = moves(payments.c.status, PaymentStatus.SUBMITTED, PaymentStatus.ACCEPTED, table=TRANSITIONS)


class Submissions:
    """Implements `SubmissionStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._payments = Payments(database)

    async def claim(self, limit: int, now: int, *, most: int = MAX_STROOPS) -> list[Claim]:
        """See the port."""
        return cast(list[Claim], await self._database.write(_claim, (limit, now, most)))

    async def record_attempts(self, attempts: Sequence[Attempt]) -> None:
        """See the port."""
        await self._database.write(_record, attempts)

    async def release(self, claims: Sequence[Claim], now: int) -> None:
        """See the port."""
        await self._database.write(_release, (claims, now))

    async def record_answers(self, answered: Sequence[tuple[Attempt, Answer]], now: int) -> None:
        """See the port."""
        await self._database.write(_note_answers, (answered, now))

    async def waiting_payments(self) -> int:
        """See the port."""
        return await self._payments.waiting_payments()

    async def waiting_wallets(self) -> int:
        """See the port."""
        query = select(func.count()).select_from(wallets).where(WALLET_ACCEPTED)
        return await self._database.read(lambda connection: connection.execute(query).scalar_one())

    async def oldest_waiting(self) -> Payment | None:
        """See the port."""
        return await self._payments.oldest_waiting()


def _claim(connection: Connection, batch: list[tuple[int, int, int]]) -> list[list[Claim]]:
    return [_claim_once(connection, *item) for item in batch]


def _claim_once(connection: Connection, limit: int, now: int, most: int) -> list[Claim]:
    oldest = (
        select(*COLUMNS)
        .where(ACCEPTED, payments.c.amount <= most)
        .order_by(payments.c.created_at, payments.c.id)
        .limit(max(limit, 0))
    )
    waiting = [to_payment(row) for row in connection.execute(oldest)]
    channels = lend(connection, len(waiting), now) if waiting else []
    claims = [Claim(payment, channel) for payment, channel in zip(waiting, channels, strict=False)]
    if claims:
        _take(connection, claims, now)
    return claims


def _record(connection: Connection, batch: list[Sequence[Attempt]]) -> list[None]:
    together = [attempt for signed in batch for attempt in signed]
    insert_attempts(connection, together)
    _require_submitted(connection, [attempt.payment_id for attempt in together if attempt.payment_id is not None])
    return [None] * len(batch)


def _require_submitted(connection: Connection, ids: Sequence[str]) -> None:
    """What is written down is sent: not for a payment that was found on the ledger since it was claimed."""
    query = select(func.count()).where(payments.c.id.in_(ids), payments.c.status == PaymentStatus.SUBMITTED)
    submitted = connection.execute(query).scalar_one()
    if submitted != len(ids):
        raise RuntimeError(f"{len(ids) - submitted} of {len(ids)} payments are not submitted any more")


def _release(connection: Connection, batch: list[tuple[Sequence[Claim], int]]) -> list[None]:
    for claims, now in batch:
        free_payment_claims(connection, now, [claim.payment.id for claim in claims])
        free_lent(connection, now, [claim.channel.index for claim in claims])
    return [None] * len(batch)


def _note_answers(connection: Connection, batch: list[tuple[Sequence[tuple[Attempt, Answer]], int]]) -> list[None]:
    for answered, now in batch:
        note_answers(connection, answered, now)
    return [None] * len(batch)


def _take(connection: Connection, claims: Sequence[Claim], now: int) -> None:
    ids = [claim.payment.id for claim in claims]
    taken = connection.execute(
        update(payments).where(payments.c.id.in_(ids), _CLAIMED).values(status=PaymentStatus.SUBMITTED, updated_at=now)
    )
    if taken.rowcount != len(ids):
        raise RuntimeError(f"{len(ids) - taken.rowcount} claimed payments were not accepted")


def free_payment_claims(connection: Connection, now: int, ids: Sequence[str] | None = None) -> int:
    """Give back payments that are claimed while no attempt of theirs is open: those with the given ids, or all.

    One that is held for the operator has a reason, and stays.
    """
    open_attempt = exists().where(attempts.c.payment_id == payments.c.id, OPEN)
    statement = update(payments).where(_GIVEN_BACK, payments.c.reason.is_(None), ~open_attempt)
    if ids is not None:
        statement = statement.where(payments.c.id.in_(ids))
    return connection.execute(statement.values(status=PaymentStatus.ACCEPTED, updated_at=now)).rowcount
