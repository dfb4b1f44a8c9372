"""A line in the log for each end of an attempt: what became of the payment, the wallet or the channels that it was for.

Written once the settlement is on disk. What failed through no fault of the service is no warning.
"""

from typing import Any

import structlog

from kinpay_server.domain.attempt import Attempt
from kinpay_server.domain.payment import PaymentStatus
from kinpay_server.domain.wallet import WalletStatus
from kinpay_server.services.ports import Settlement

PAYMENT_LINES = {
    PaymentStatus.SUCCEEDED: "payment succeeded",
    PaymentStatus.FAILED: "payment failed",
    PaymentStatus.SUBMITTED: "payment held",
    PaymentStatus.ACCEPTED: "payment waits again",
}
WALLET_LINES = {
    WalletStatus.CREATED: "wallet created",
    WalletStatus.FAILED: "wallet failed",
    WalletStatus.SUBMITTED: "wallet held",
    WalletStatus.ACCEPTED: "wallet waits again",
}
HELD = frozenset({PAYMENT_LINES[PaymentStatus.SUBMITTED], WALLET_LINES[WalletStatus.SUBMITTED]})

log = structlog.get_logger(__name__)


def about(attempt: Attempt) -> dict[str, Any]:
    """The fields by which a line says which attempt it is about: for what, its hash, on which channel."""
    fields: dict[str, Any] = {"attempt": attempt.hash, "channel": attempt.channel}
    if attempt.payment_id is not None:
        return {"payment_id": attempt.payment_id, **fields}
    if attempt.wallet_address is not None:
        return {"wallet_address": attempt.wallet_address, **fields}
    return {"purpose": attempt.purpose.value, **fields}


def log_settlement(settlement: Settlement) -> None:
    """One line; one more when the channel that carried it is gone."""
    fields = about(settlement.attempt)
    if settlement.landed:
        fields |= {"ledger": settlement.ledger, "fee": settlement.fee_charged}
    if not settlement.successful:
        fields["reason"] = settlement.reason
    if settlement.opened:
        fields["opened"] = [channel.index for channel in settlement.opened]
    event = _event(settlement)
    write = log.warning if event in HELD else log.info
    write(event, **fields)
    channel = settlement.channel
    if channel is not None and channel.sequence is None:
        log.warning("channel retired: its account is gone", channel=channel.index)


def _event(settlement: Settlement) -> str:
    if settlement.payment is not None:
        return PAYMENT_LINES[settlement.payment.status]
    if settlement.wallet is not None:
        return WALLET_LINES[settlement.wallet.status]
    if settlement.opened:
        return "channels opened"
    if settlement.topped_up:
        return "channels topped up"
    return "attempt landed" if settlement.landed else "attempt expired"
