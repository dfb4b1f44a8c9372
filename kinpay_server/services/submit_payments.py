"""Submit payments (`services.submit` says how)."""

from collections.abc import Sequence
from typing import Any

from kinpay_server.domain.attempt import Attempt
from kinpay_server.services.ports import Bounds, Claim, PaymentDraft, Signer, SubmissionStore
from kinpay_server.services.send_attempts import SendAttempts
from kinpay_server.services.submit import Submit


class SubmitPayments(Submit[Claim]):
    """The job that drains accepted payments."""

    what = "payments"

    def __init__(self, store: SubmissionStore, signer: Signer, send: SendAttempts, **parts: Any) -> None:
        super().__init__(send, **parts)
        self._store = store
        self._signer = signer

    async def _claim(self, limit: int, now: int) -> list[Claim]:
        return await self._store.claim(limit, now, most=self._health.can_pay)

    async def _sign(self, claims: Sequence[Claim], bounds: Bounds, now: int) -> list[Attempt]:
        return await self._signer.sign_payments([self._draft(claim) for claim in claims], bounds, now)

    async def _record(self, attempts: Sequence[Attempt]) -> None:
        await self._store.record_attempts(attempts)

    async def _release(self, claims: Sequence[Claim], now: int) -> None:
        await self._store.release(claims, now)

    def _id(self, claim: Claim) -> str:
        return claim.payment.id

    async def _waiting(self) -> int:
        return await self._store.waiting_payments()

    def _draft(self, claim: Claim) -> PaymentDraft:
        return PaymentDraft(claim.payment, claim.channel, **self._bids(claim.channel))
