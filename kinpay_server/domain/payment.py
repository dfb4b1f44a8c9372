"""A payment: what a client asks for, what became of it, and what a repeat of its id means."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from kinpay_server.domain.amount import amount_of
from kinpay_server.domain.errors import PaymentExists
from kinpay_server.domain.memo import payment_memo


class PaymentStatus(StrEnum):
    """Where a payment stands."""

    ACCEPTED = "accepted"
    SUBMITTED = "submitted"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


TRANSITIONS: Mapping[PaymentStatus, frozenset[PaymentStatus]] = {
    # To succeeded without an attempt of ours when the ledger shows a payment with that id (`services.found_payments`).
    PaymentStatus.ACCEPTED: frozenset({PaymentStatus.SUBMITTED, PaymentStatus.SUCCEEDED}),
    # Back to accepted only when every attempt is proven dead (`domain.attempt.judge`).
    PaymentStatus.SUBMITTED: frozenset({PaymentStatus.SUCCEEDED, PaymentStatus.FAILED, PaymentStatus.ACCEPTED}),
    PaymentStatus.SUCCEEDED: frozenset(),
    # An id whose payment failed for good may be posted again.
    PaymentStatus.FAILED: frozenset({PaymentStatus.ACCEPTED, PaymentStatus.SUCCEEDED}),
}


@dataclass(frozen=True, slots=True)
class NewPayment:
    """A payment as posted. `amount` is in stroops; `created_at` is in milliseconds since 1970."""

    id: str
    app_id: str
    amount: int
    recipient_address: str
    callback: str
    request_id: str
    created_at: int

    @property
    def memo(self) -> str:
        """The text memo of its ledger transaction."""
        return payment_memo(self.app_id, self.id)


@dataclass(frozen=True, slots=True)
class Payment(NewPayment):
    """A payment as kept. What only a finished one has is None until then."""

    status: PaymentStatus = PaymentStatus.ACCEPTED
    sender_address: str | None = None
    transaction_id: str | None = None
    timestamp: str | None = None
    reason: str | None = None

    @classmethod
    def posted(cls, new: NewPayment) -> "Payment":
        """The payment as it is kept, and answered, right after it was posted."""
        return cls(new.id, new.app_id, new.amount, new.recipient_address, new.callback, new.request_id, new.created_at)

    @property
    def held(self) -> bool:
        """True when it waits for an operator, once it has no open attempt: it is on its way, but with a reason."""
        return self.status is PaymentStatus.SUBMITTED and self.reason is not None

    def same_content(self, posted: NewPayment) -> bool:
        """True when the post asks for the very same payment. One that the ledger alone tells of has no callback."""
        return (self.app_id, self.amount, self.recipient_address, self.callback or posted.callback) == (
            posted.app_id,
            posted.amount,
            posted.recipient_address,
            posted.callback,
        )


class Acceptance(StrEnum):
    """What a post of a known id leads to."""

    REPEAT = "repeat"
    TRY_AGAIN = "try again"


def judge_repeat(known: Payment, posted: NewPayment) -> Acceptance:
    """Decide what a post means whose id is known already (the contract, section 1).

    1. Other content is refused, always.
    2. On its way: the post is a repeat and is answered with the payment as it stands.
    3. Failed for good: it is tried again.
    4. Succeeded: refused, except that the `X-Request-Id` of the first post gets the first answer again.

    Raises `PaymentExists`.
    """
    if not known.same_content(posted):
        raise PaymentExists(f"payment {posted.id} exists with other content")
    if known.status is PaymentStatus.FAILED:
        return Acceptance.TRY_AGAIN
    if known.status is PaymentStatus.SUCCEEDED and known.request_id != posted.request_id:
        raise PaymentExists(f"payment {posted.id} has been paid")
    return Acceptance.REPEAT


def as_value(payment: Payment) -> dict[str, str | int | Decimal]:
    """The payment as clients see it, in answers and callbacks alike; `amount` is in KIN, exact."""
    value: dict[str, str | int | Decimal] = {
        "id": payment.id,
        "app_id": payment.app_id,
        "amount": amount_of(payment.amount),
        "recipient_address": payment.recipient_address,
        "status": payment.status.value,
    }
    for name in ("sender_address", "transaction_id", "timestamp", "reason"):
        known = getattr(payment, name)
        if known is not None:
            value[name] = known
    return value
