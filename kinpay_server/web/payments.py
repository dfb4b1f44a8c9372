"""Payments: post one, look one up, page through them."""

from kinpay_server.domain.errors import PaymentNotFound
from kinpay_server.domain.payment import NewPayment, as_value
from kinpay_server.web import paging
from kinpay_server.web.base import Handler
from kinpay_server.web.query import read_query
from kinpay_server.web.schema_fields import is_text
from kinpay_server.web.schemas import NewPaymentSchema, PaymentsQuerySchema, load

_NEW_PAYMENT = NewPaymentSchema()
_QUERY = PaymentsQuerySchema()


class Payments(Handler):
    """`/payments`."""

    async def post(self) -> None:
        """Record a payment, durably, and nothing more: 202 and the payment."""
        posted = NewPayment(
            **load(_NEW_PAYMENT, self.body()), request_id=self.request_id, created_at=self.services.clock()
        )
        self.answer(as_value(await self.services.accept_payment(posted)), status=202)

    async def get(self) -> None:
        """Answer a page, newest first: `{payments, next}`."""
        query = load(_QUERY, read_query(self.request.query_arguments, _QUERY))
        limit = query.pop("limit")
        self.answer(paging.page_of(await self.services.payments(**query, limit=limit + 1), limit))


class OnePayment(Handler):
    """`/payments/{id}`."""

    async def get(self, payment_id: str) -> None:
        """Answer the payment."""
        payment = await self.services.payment(payment_id) if is_text(payment_id) else None
        if payment is None:
            raise PaymentNotFound("no payment with that id")
        self.answer(as_value(payment))


ROUTES = [
    (r"/payments", Payments),
    (r"/payments/([^/]+)", OnePayment),
]
