"""Accept a payment: record it durably, wake the job that sends it, answer. Nothing here waits for the ledger."""

import structlog

from kinpay_server.domain.payment import NewPayment, Payment
from kinpay_server.services.ports import AcceptanceStore, Nudge

log = structlog.get_logger(__name__)


class AcceptPayment:
    """The use case behind `POST /payments`."""

    def __init__(self, store: AcceptanceStore, nudge: Nudge) -> None:
        self._store = store
        self._nudge = nudge

    async def __call__(self, posted: NewPayment) -> Payment:
        """The payment as the answer shows it, once its idempotency row is on disk.

        A line in the log, with the request and the caller that the task is bound to, says so; of a repeat too, with
        its status.
        Raises `PaymentExists` (`domain.payment.judge_repeat`), `Unavailable`.
        """
        payment = await self._store.accept(posted)
        self._nudge.submit_payments()
        is_new = (payment.created_at, payment.request_id) == (posted.created_at, posted.request_id)
        event = "payment accepted" if is_new else "payment posted again"
        log.info(event, payment_id=payment.id, app_id=payment.app_id, status=payment.status.value)
        return payment
