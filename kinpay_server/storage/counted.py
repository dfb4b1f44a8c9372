"""Stores that count what they have written, once it is on disk, for the status page (`services.activity`)."""

from collections.abc import Sequence

from kinpay_server.domain.callback import Callback, Delivery
from kinpay_server.domain.payment import NewPayment, Payment
from kinpay_server.services.activity import Activity
from kinpay_server.services.failing_receivers import FailingReceivers
from kinpay_server.services.ports import Settlement
from kinpay_server.storage.callbacks import Callbacks
from kinpay_server.storage.database import Database
from kinpay_server.storage.payments import Payments
from kinpay_server.storage.settlements import Settlements


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


class CountedSettlements(Settlements):
    """Counts payments that are done."""

    def __init__(self, database: Database, activity: Activity) -> None:
        super().__init__(database)
        self._activity = activity

    async def settle(self, settlements: Sequence[Settlement], *, cursor: str | None, now: int) -> None:
        """See the port."""
        await super().settle(settlements, cursor=cursor, now=now)
        self._activity.settled(settlements)


class CountedCallbacks(Callbacks):
    """Counts callbacks that are delivered, and notes which receivers take none."""

    def __init__(self, database: Database, activity: Activity, receivers: FailingReceivers) -> None:
        super().__init__(database)
        self._activity = activity
        self._receivers = receivers

    async def record_delivery(self, callback: Callback, delivery: Delivery, next_try: int | None, now: int) -> None:
        """See the port."""
        await super().record_delivery(callback, delivery, next_try, now)
        self._receivers.tried(callback.url, delivery)
        if delivery.delivered:
            self._activity.delivered(callback.id)
