"""Ask the ledger about attempts whose fate is unknown: what a lost answer, a lost nudge or a crash left behind."""

import asyncio
from collections.abc import Awaitable, Sequence

import structlog

from kinpay_server.domain.attempt import Attempt, Purpose
from kinpay_server.domain.outcome import REFUSED_FOR_ROOM
from kinpay_server.domain.payment import PaymentStatus
from kinpay_server.services.health import Health
from kinpay_server.services.judge_attempts import Findings, JudgeAttempts
from kinpay_server.services.network_view import NetworkView
from kinpay_server.services.ports import Clock, LedgerUnavailable, SettlementStore, StaleSettlement
from kinpay_server.services.pressure import Pressure
from kinpay_server.services.send_attempts import SendAttempts
from kinpay_server.services.settle_payments import SettlePayments
from kinpay_server.services.settled_lines import about

PATIENCE = 10_000
"""An attempt that was sent so many milliseconds ago and has not been seen since is asked about."""

BAN = 60_000
"""What was refused for want of room is refused for ten ledgers more; so many milliseconds later it may go again."""

REST = 60_000
"""What Horizon does not show is asked about again so many milliseconds later, and keeps no other from being asked."""

AT_ONCE = 200
BUMPS_AT_ONCE = 10
"""How many bids are raised in one round, the oldest first: raising those of all is bidding against oneself."""

NOTICE_AFTER = 100
"""What has not been seen so many ledgers past its bound, and cannot be proven dead, is told to the operator."""

UNSEEN = "unseen attempts"

log = structlog.get_logger(__name__)


class AskLedger:
    """Settles what is decided; sends again, as it stands or with a higher bid around it, what may still land."""

    def __init__(
        self,
        store: SettlementStore,
        judge: JudgeAttempts,
        settle: SettlePayments,
        send: SendAttempts,
        *,
        view: NetworkView,
        pressure: Pressure,
        health: Health,
        clock: Clock,
    ) -> None:
        self._store = store
        self._judge = judge
        self._settle = settle
        self._send = send
        self._view = view
        self._pressure = pressure
        self._health = health
        self._clock = clock
        self._resting: dict[str, int] = {}
        """Hashes of what Horizon does not show, and until when it is not asked about again."""
        self._told: set[str] = set()
        """Hashes of what the operator was told of."""

    async def __call__(self, *, patience: int = PATIENCE, limit: int = AT_ONCE) -> int:
        """Ask about the oldest attempts that nobody has seen for `patience` milliseconds; how many those were.

        1. Find out what became of each (`services.judge_attempts`).
        2. Settle what is on the ledger, and what is proven dead.
        3. What may still land is sent again: its transaction is the same, so it cannot pay twice.

        What cannot be answered at present is asked again later.
        """
        attempts = await self._attempts(patience, limit)
        try:
            findings = await self._judge(attempts) if attempts else Findings()
        except LedgerUnavailable as error:
            log.debug("cannot be asked now", reason=str(error))
            return len(attempts)
        await self._write(findings)
        self._let_rest(findings)
        if findings.pending and self._health.may_send:
            await self._send_again(await self._still_wanted(findings.pending))
        return len(attempts)

    async def _attempts(self, patience: int, limit: int) -> list[Attempt]:
        now = self._clock()
        latest = now + REST  # what rests for longer was put to rest before the clock was set back
        self._resting = {one: until for one, until in self._resting.items() if now < until <= latest}
        found = await self._store.open_attempts(sent_before=now - patience, limit=limit + len(self._resting))
        return [attempt for attempt in found if attempt.hash not in self._resting][:limit]

    async def _write(self, findings: Findings) -> None:
        """Each by itself: one that cannot be settled now keeps no other from it, and is looked at again."""
        seen = [self._settled(one.attempt, self._settle.landed([one])) for one in findings.seen]
        dead = [self._settled(one.attempt, self._settle.expired([one])) for one in findings.dead]
        await asyncio.gather(*seen, *dead)

    async def _settled(self, attempt: Attempt, work: Awaitable[None]) -> None:
        try:
            await work
        except StaleSettlement as stale:
            log.debug("settled by the watcher meanwhile", **about(attempt), reason=str(stale))
        except LedgerUnavailable as error:
            log.debug("cannot be settled now", **about(attempt), reason=str(error))

    def _let_rest(self, findings: Findings) -> None:
        """Nothing is signed anew, and others are asked about before these are again."""
        self._resting.update({attempt.hash: self._clock() + PATIENCE for attempt in findings.unanswered})
        for attempt in findings.unseen:
            self._let_unseen_rest(attempt, self._view.state.latest_ledger)
        self._told &= self._resting.keys()
        if UNSEEN in self._health.checks and not self._told:
            self._health.good(UNSEEN)

    def _let_unseen_rest(self, attempt: Attempt, latest: int) -> None:
        """Past its bound it is not under way any more, whatever became of it."""
        is_past = latest >= attempt.max_ledger
        self._resting[attempt.hash] = self._clock() + (REST if is_past else PATIENCE)
        if is_past:
            self._pressure.ended([attempt.hash], landed=0)
        if latest > attempt.max_ledger + NOTICE_AFTER:
            self._told.add(attempt.hash)
            self._health.bad(
                UNSEEN,
                f"number {attempt.sequence} of {attempt.source} is used, but Horizon shows neither attempt "
                f"{attempt.hash} nor what used it, so nothing is signed anew: use a Horizon with more history",
                blocking=False,
            )

    async def _still_wanted(self, pending: Sequence[Attempt]) -> list[Attempt]:
        """Without those whose payment was found to be made by another transaction: they must not land any more."""
        ids = [attempt.payment_id for attempt in pending if attempt.payment_id is not None]
        payments = await self._store.payments_by_id(ids) if ids else {}
        done = {one.id for one in payments.values() if one.status is not PaymentStatus.SUBMITTED}
        return [attempt for attempt in pending if attempt.payment_id not in done]

    async def _send_again(self, pending: Sequence[Attempt]) -> None:
        """What an answer was lost of, as it stands; of what found no room, a few with a higher bid, the rest later."""
        lost = [attempt for attempt in pending if attempt.answer not in REFUSED_FOR_ROOM]
        refused = [attempt for attempt in pending if attempt.answer in REFUSED_FOR_ROOM]
        raised = [attempt.bumped(self._view.bid) for attempt in refused[:BUMPS_AT_ONCE] if self._may_raise(attempt)]
        of_raised = {attempt.hash for attempt in raised}
        rested = [a for a in refused if a.hash not in of_raised and self._clock() - (a.sent_at or 0) >= BAN]
        if again := [*lost, *raised, *rested]:
            await self._send(again)

    def _may_raise(self, attempt: Attempt) -> bool:
        """True when what is wanted now is more than the attempt bids, in a bump or by itself."""
        one_operation = attempt.purpose in (Purpose.PAYMENT, Purpose.WALLET)
        return self._view.bid > (attempt.bump_bid or (attempt.fee if one_operation else 0))
