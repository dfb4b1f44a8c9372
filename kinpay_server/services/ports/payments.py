"""Where payments are recorded and taken to be sent. Each method of a store is one durable transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from kinpay_server.domain.amount import MAX_STROOPS
from kinpay_server.domain.attempt import Attempt
from kinpay_server.domain.channel import Channel
from kinpay_server.domain.outcome import Answer
from kinpay_server.domain.payment import NewPayment, Payment


class AcceptanceStore(Protocol):
    """Where payments are recorded."""

    async def accept(self, posted: NewPayment) -> Payment:
        """Insert the idempotency row, or judge the repeat (`domain.payment.judge_repeat`), durably.

        Returns the payment as the answer shows it. Raises `PaymentExists`, `Unavailable`.
        """


@dataclass(frozen=True, slots=True)
class Claim:
    """A payment that was taken to be sent and the free channel that is lent to it."""

    payment: Payment
    channel: Channel


class SubmissionStore(Protocol):
    """What submitting reads and writes."""

    async def claim(self, limit: int, now: int, *, most: int = MAX_STROOPS) -> list[Claim]:
        """Take the oldest accepted payments (→ submitted) and as many free channels (→ lent), at most `limit`.

        Payments of more than `most` stroops are left waiting.
        """

    async def record_attempts(self, attempts: Sequence[Attempt]) -> None:
        """Write them before anything is sent."""

    async def release(self, claims: Sequence[Claim], now: int) -> None:
        """Give claims back of which nothing was signed."""

    async def record_answers(self, answered: Sequence[tuple[Attempt, Answer]], now: int) -> None:
        """Note what was answered, the bid that was sent and when; ends nothing."""

    async def waiting_payments(self) -> int:
        """How many payments are accepted and not claimed."""

    async def waiting_wallets(self) -> int:
        """How many wallets are accepted and not claimed: they want channels too."""

    async def oldest_waiting(self) -> Payment | None:
        """The payment that is next to be claimed."""
