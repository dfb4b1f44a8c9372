"""What clients are told of payments (the contract, section 2)."""

from dataclasses import replace

from kinpay_server.domain.callback import Event
from kinpay_server.domain.outcome import Failure
from kinpay_server.domain.payment import Payment, as_value
from kinpay_server.services.ports import PaymentAfter


def payment_succeeded(payment: Payment, after: PaymentAfter) -> Event:
    """Our payment is on the ledger."""
    paid = replace(
        payment,
        status=after.status,
        sender_address=after.sender_address,
        transaction_id=after.transaction_id,
        timestamp=after.timestamp,
    )
    return Event("payment", "send", "success", as_value(paid))


def payment_failed(payment_id: str, failure: Failure) -> Event:
    """Our payment cannot be made, ever; `reason` is for people, `code` is stable."""
    return Event("payment", "send", "fail", {"id": payment_id, "reason": failure.reason, "code": failure.code})
