"""Send attempts that are written down, note what was answered, and raise the bids that were too low.

The only place from which envelopes leave. What is sent is the attempt's own envelope, or a fee bump by root around the
same inner transaction, which cannot pay twice; never a new signature.
"""

from collections.abc import Sequence

import structlog

from kinpay_server.domain.attempt import Attempt
from kinpay_server.domain.outcome import Answer, Verdict
from kinpay_server.services.health import Health
from kinpay_server.services.network_view import NetworkView
from kinpay_server.services.ports import Clock, Ledger, SubmissionStore

BUMPS_AT_ONCE = 10
"""How many bids are raised in one go: raising those of all that waits is bidding against oneself (ledger-facts)."""

FEES = "fees"
SENDING = "sending"
"""Bad while something of ours is wrong that passes when it is mended; `CheckRoot` clears it."""

STOPPED = "stopped"
"""Bad after something that nobody understands without looking; a restart clears it."""

log = structlog.get_logger(__name__)


class SendAttempts:
    """Sends, and reacts to answers. No answer ends an attempt."""

    def __init__(
        self, store: SubmissionStore, ledger: Ledger, *, view: NetworkView, health: Health, clock: Clock
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._view = view
        self._health = health
        self._clock = clock

    async def __call__(self, attempts: Sequence[Attempt]) -> None:
        """Send all side by side; then once more, in a bump, those that bid too little or whose channel is short."""
        answered = await self._send(attempts)
        short = [self._bumped(attempt, answer) for attempt, answer in answered]
        again = [attempt for attempt in short if attempt is not None][:BUMPS_AT_ONCE]
        if again:
            await self._send(again)

    async def _send(self, attempts: Sequence[Attempt]) -> list[tuple[Attempt, Answer]]:
        answers = await self._ledger.submit(attempts)
        answered = list(zip(attempts, answers, strict=True))
        await self._store.record_answers(answered, self._clock())
        for attempt, answer in answered:
            if answer.verdict not in (Verdict.QUEUED, Verdict.ASK):
                self._react(attempt, answer)
        return answered

    def _react(self, attempt: Attempt, answer: Answer) -> None:
        """Shout where somebody has to do something."""
        log.warning("refused", payment=attempt.payment_id, hash=attempt.hash, answer=answer.code)
        if answer.verdict is Verdict.OURS:
            self._health.bad(SENDING, f"the ledger refuses payments ({answer.code}): see the root account's check")
        elif answer.verdict in (Verdict.SERIOUS, Verdict.UNKNOWN):
            self._health.bad(STOPPED, f"a payment was refused with {answer.code}: look into it, then restart")

    def _bumped(self, attempt: Attempt, answer: Answer) -> Attempt | None:
        """The attempt with the bid that it needs; None when it needs none, or more than may be bid."""
        if answer.verdict is Verdict.CHANNEL_SHORT:
            return attempt.bumped(self._view.bid)
        if answer.verdict is not Verdict.BID_HIGHER:
            return None
        wanted = answer.wanted_bid or self._view.bid
        if self._view.capped(wanted) < wanted:
            self._health.bad(
                FEES,
                f"ledgers are full: {wanted} stroops an operation are wanted, max_base_fee is less",
                blocking=False,
            )
            return None
        return attempt.bumped(wanted)
