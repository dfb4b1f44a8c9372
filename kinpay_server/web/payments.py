"""Payments: post one, look one up, page through them."""

from kinpay_server.domain.errors import PaymentExists, PaymentNotFound, Unavailable
from kinpay_server.domain.payment import NewPayment, as_value
from kinpay_server.web import paging
from kinpay_server.web.answers import PaymentFailed, PaymentSchema, PaymentsPageSchema, PaymentSucceeded
from kinpay_server.web.base import Handler
from kinpay_server.web.operations import Answer, Operation, Operations
from kinpay_server.web.query import read_query
from kinpay_server.web.schema_fields import is_text
from kinpay_server.web.schemas import NewPaymentSchema, PaymentPath, PaymentsQuerySchema, load

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
OPERATIONS: Operations = {
    ("POST", "/payments"): Operation(
        "Make a payment",
        description=(
            "Recorded when it is answered, and made once, however often it is posted: the id is the lock. "
            "The same id with the same content is 202 while the payment is on its way; with other content, or once it "
            "has succeeded, it is 409, except that a repeat with the X-Request-Id of the first post gets its answer."
        ),
        body=NewPaymentSchema,
        answers={202: Answer("Recorded.", PaymentSchema)},
        errors=(PaymentExists, Unavailable),
        tells={"payment": (PaymentSucceeded, PaymentFailed)},
    ),
    ("GET", "/payments"): Operation(
        "Payments, the newest first",
        query=PaymentsQuerySchema,
        answers={200: Answer("A page.", PaymentsPageSchema)},
        errors=(Unavailable,),
    ),
    ("GET", "/payments/{id}"): Operation(
        "One payment",
        path=PaymentPath,
        answers={200: Answer("The payment.", PaymentSchema)},
        errors=(PaymentNotFound, Unavailable),
    ),
}
