"""Stores that count what they have written, once it is on disk: for the status page (`services.activity`), which knows
how long things took, and for Prometheus (`services.ports.meters`).
"""

from collections.abc import Sequence

from kinpay_server.domain.attempt import Attempt
from kinpay_server.domain.callback import Callback, Delivery
from kinpay_server.domain.outcome import Answer
from kinpay_server.domain.payment import NewPayment, Payment
from kinpay_server.domain.wallet import WalletStatus
from kinpay_server.services.activity import Activity
from kinpay_server.services.failing_receivers import FailingReceivers
from kinpay_server.services.ports import FoundPayment, Meter, Settlement
from kinpay_server.storage.callbacks import Callbacks, state_after
from kinpay_server.storage.database import Database
from kinpay_server.storage.payments import Payments
from kinpay_server.storage.settlements import Settlements
from kinpay_server.storage.submissions import Submissions

WALLET_ENDS = frozenset({WalletStatus.CREATED, WalletStatus.FAILED})


class CountedPayments(Payments):
    """Counts new payments; a repeat has been counted."""

    def __init__(self, database: Database, activity: Activity) -> None:
        super().__init__(database)
        self._activity = activity

    async def accept(self, posted: NewPayment) -> Payment:
        """See the port."""
        payment = await super().accept(posted)
        if (payment.created_at, payment.request_id) == (posted.created_at, posted.request_id):
            self._activity.accepted(payment.id)
        return payment


class CountedSubmissions(Submissions):
    """Counts what is answered to submissions."""

    def __init__(self, database: Database, meter: Meter) -> None:
        super().__init__(database)
        self._meter = meter

    async def record_answers(self, answered: Sequence[tuple[Attempt, Answer]], now: int) -> None:
        """See the port."""
        await super().record_answers(answered, now)
        for _, answer in answered:
            self._meter.attempt_answered(answer.verdict)


class CountedSettlements(Settlements):
    """Counts attempts that have ended, and what is done with them."""

    def __init__(self, database: Database, activity: Activity, meter: Meter) -> None:
        super().__init__(database)
        self._activity = activity
        self._meter = meter

    async def settle(self, settlements: Sequence[Settlement], *, cursor: str | None, now: int) -> None:
        """See the port."""
        await super().settle(settlements, cursor=cursor, now=now)
        self._activity.settled(settlements)
        for one in settlements:
            self._meter.attempt_ended(one.attempt.purpose, _end(one))
            if one.wallet is not None and one.wallet.status in WALLET_ENDS:
                self._meter.wallet_ended(one.wallet.status)

    async def record_found(self, found: Sequence[FoundPayment], now: int) -> None:
        """See the port."""
        await super().record_found(found, now)
        self._meter.payments_found(len(found))


class CountedCallbacks(Callbacks):
    """Counts tries to deliver callbacks, and notes which receivers take none."""

    def __init__(self, database: Database, activity: Activity, receivers: FailingReceivers, meter: Meter) -> None:
        super().__init__(database)
        self._activity = activity
        self._receivers = receivers
        self._meter = meter

    async def record_delivery(self, callback: Callback, delivery: Delivery, next_try: int | None, now: int) -> None:
        """See the port."""
        await super().record_delivery(callback, delivery, next_try, now)
        self._receivers.tried(callback.url, delivery)
        self._meter.callback_tried(state_after(delivery, next_try))
        if delivery.delivered:
            self._activity.delivered(callback.id)

    async def give_up(self, receiver: str, limit: int, now: int) -> int:
        """See the port."""
        died = await super().give_up(receiver, limit, now)
        self._meter.callbacks_died(died)
        return died


def _end(settlement: Settlement) -> str:
    if not settlement.landed:
        return "expired"
    return "succeeded" if settlement.successful else "failed"
