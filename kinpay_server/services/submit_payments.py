"""Submit payments: from accepted rows to envelopes in the network's queue, in batches."""

from collections.abc import Sequence

import structlog

from kinpay_server.domain.attempt import Attempt
from kinpay_server.services.health import Health
from kinpay_server.services.network_view import NetworkView
from kinpay_server.services.ports import Claim, Clock, Nudge, PaymentDraft, Signer, SubmissionStore
from kinpay_server.services.pressure import Pressure
from kinpay_server.services.send_attempts import SendAttempts

BATCH = 200
"""So many payments are signed and sent in one go at most; one that waits alone is a batch of one."""

SIGNING = "signing"

log = structlog.get_logger(__name__)


class SubmitPayments:
    """The job that drains what was accepted. Only one runs at a time."""

    def __init__(
        self,
        store: SubmissionStore,
        signer: Signer,
        send: SendAttempts,
        *,
        view: NetworkView,
        pressure: Pressure,
        health: Health,
        nudge: Nudge,
        clock: Clock,
    ) -> None:
        self._store = store
        self._signer = signer
        self._send = send
        self._view = view
        self._pressure = pressure
        self._health = health
        self._nudge = nudge
        self._clock = clock

    async def __call__(self) -> None:
        """Go on while payments wait, channels are free, the network has room and nothing speaks against sending.

        1. Claim accepted payments and as many free channels, in one commit.
        2. Sign an envelope for each.
        3. Write all of them down, in one commit, before anything leaves.
        4. Send them side by side and note the answers, in one commit.

        A crash between two steps loses nothing: before 3 the claim is void, after it the attempt is asked about.
        """
        while self._health.may_send:
            most = min(BATCH, self._pressure.room)
            claims = await self._store.claim(most, self._clock())
            if claims:
                attempts = await self._sign(claims)
                self._pressure.sent(len(attempts))
                await self._send(attempts)
            if len(claims) < most or not claims:
                break
        if self._health.may_send and not self._pressure.held_back and await self._store.waiting_payments():
            self._nudge.fund_channels()

    async def _sign(self, claims: Sequence[Claim]) -> list[Attempt]:
        """Steps 2 and 3. Nothing has left when one of them fails, so the claims are given back."""
        try:
            drafts = [self._draft(claim) for claim in claims]
            attempts = await self._signer.sign_payments(drafts, self._view.bounds(), self._clock())
            await self._store.record_attempts(attempts)
        except Exception:
            self._health.bad(SIGNING, f"{len(claims)} payments could not be signed: see the log", blocking=False)
            log.exception("payments could not be signed", payments=len(claims))
            await self._store.release(claims, self._clock())
            raise
        self._health.good(SIGNING)
        return attempts

    def _draft(self, claim: Claim) -> PaymentDraft:
        """The channel pays the fee; root pays it by a bump when the channel cannot (design: Fees)."""
        bid = self._view.bid
        bump_bid = bid if claim.channel.balance < bid else None
        return PaymentDraft(claim.payment, claim.channel, fee=bid, bump_bid=bump_bid)
