"""Send attempts that are written down, note what was answered, and react to it.

The only place from which envelopes leave. What is sent is the attempt's own envelope, or a fee bump by root around the
same inner transaction, which cannot pay twice; never a new signature.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

import structlog

from kinpay_server.domain.attempt import Attempt
from kinpay_server.domain.outcome import REFUSED_FOR_ROOM, Answer, Verdict
from kinpay_server.services.health import Health
from kinpay_server.services.network_view import NetworkView
from kinpay_server.services.ports import Clock, Ledger, SubmissionStore
from kinpay_server.services.pressure import Pressure, bids_of
from kinpay_server.services.settled_lines import about

SHOUTED = frozenset({Verdict.OURS, Verdict.SERIOUS, Verdict.UNKNOWN})
FEES = "fees"
SENDING = "sending"
"""Bad while something of ours is wrong that passes when it is mended; `CheckRoot` clears it."""

SIGNATURES = "signatures"
"""Bad while the ledger does not accept ours; `CheckRoot` clears it once root's signers have been mended."""

STOPPED = "stopped"
"""Bad after something that nobody understands without looking; a restart clears it."""

log = structlog.get_logger(__name__)


def doubted(code: str) -> str:
    """What is wrong with signatures, and what to do."""
    return (
        f"the ledger does not accept our signatures ({code}): once the root account's signers are mended it goes on; "
        "if they are well, look at the channel's, then restart"
    )


class SendAttempts:
    """Sends, and reacts to answers. No answer ends an attempt."""

    def __init__(
        self,
        store: SubmissionStore,
        ledger: Ledger,
        *,
        view: NetworkView,
        pressure: Pressure,
        health: Health,
        clock: Clock,
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._view = view
        self._pressure = pressure
        self._health = health
        self._clock = clock

    async def __call__(self, attempts: Sequence[Attempt]) -> None:
        """Send all side by side; then those whose channel turned out to be short once more, in a bump that root pays.

        What is refused for its bid is not sent again at once: it waits, and the sweep raises the bids of a few.
        """
        answered = await self._send(attempts)
        short = [attempt for attempt, answer in answered if answer.verdict is Verdict.CHANNEL_SHORT]
        if short:
            await self._send([self._covered(attempt) for attempt in short])

    def _covered(self, attempt: Attempt) -> Attempt:
        """In a bump that bids no less than it does by itself; its own fee is for all its operations together."""
        return attempt.bumped(self._view.capped(max(self._view.bid, attempt.fee)))

    async def _send(self, attempts: Sequence[Attempt]) -> list[tuple[Attempt, Answer]]:
        self._pressure.sent(bids_of(attempts))
        answers = await self._ledger.submit(attempts)
        answered = list(zip(attempts, answers, strict=True))
        await self._store.record_answers(answered, self._clock())
        log.debug("attempts sent", answers=dict(Counter(answer.code for answer in answers)))
        self._mind_the_fees(answered)
        for attempt, answer in answered:
            if answer.verdict in SHOUTED:
                self._shout(attempt, answer)
        return answered

    def _mind_the_fees(self, answered: Sequence[tuple[Attempt, Answer]]) -> None:
        """Send less after refusals for want of room, and learn what would have been enough."""
        refusals = {attempt.hash: answer for attempt, answer in answered if answer.verdict is Verdict.BID_HIGHER}
        self._pressure.refused(refusals)
        self._pressure.forget(attempt.hash for attempt, answer in answered if answer.code in REFUSED_FOR_ROOM)
        wanted = self._wanted_by_others(refusals.values())
        if wanted:
            self._view.refused_for(wanted)
        elif refusals:
            self._view.refused_by_our_own()
        if wanted > self._view.capped(wanted):
            self._health.bad(
                FEES,
                f"ledgers are full: {wanted} stroops an operation are wanted, and max_base_fee is less",
                blocking=False,
            )
        elif refusals:
            self._health.bad(FEES, "ledgers are full: payments wait for room", blocking=False)
        elif any(answer.verdict is Verdict.QUEUED for _, answer in answered):
            self._health.good(FEES)

    def _wanted_by_others(self, refusals: Iterable[Answer]) -> int:
        """The highest bid that would have been enough, 0 when it would have outbid nobody but ourselves.

        A refusal wants one stroop more than the cheapest that waits. When that is ours, the queue is full of our own.
        """
        wanted = {answer.wanted_bid or 0 for answer in refusals}
        return max((bid for bid in wanted if not self._pressure.is_own(bid - 1)), default=0)

    def _shout(self, attempt: Attempt, answer: Answer) -> None:
        log.warning("attempt refused", **about(attempt), answer=answer.code)
        if answer.verdict is Verdict.OURS:
            self._health.bad(SENDING, f"the ledger refuses payments ({answer.code}): see the root account's check")
        elif answer.verdict is Verdict.SERIOUS:
            self._health.bad(SIGNATURES, doubted(answer.code))
        else:
            self._health.bad(STOPPED, f"a payment was refused with {answer.code}: look into it, then restart")
