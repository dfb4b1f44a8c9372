"""Ask the ledger about attempts whose fate is unknown: what a lost answer, a lost nudge or a crash left behind."""

import asyncio
from dataclasses import dataclass, field

import structlog

from kinpay_server.domain.attempt import Attempt, Fate, judge
from kinpay_server.services.health import Health
from kinpay_server.services.ports import Clock, Ledger, LedgerUnavailable, SettlementStore, StaleSettlement
from kinpay_server.services.send_attempts import SendAttempts
from kinpay_server.services.settle_payments import Dead, Seen, SettlePayments

PATIENCE = 10_000
"""An attempt that was sent so many milliseconds ago and has not been seen since is asked about."""

AT_ONCE = 200
SIDE_BY_SIDE = 20

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Findings:
    """What the ledger says of a number of attempts."""

    seen: list[Seen] = field(default_factory=list)
    dead: list[Dead] = field(default_factory=list)
    pending: list[Attempt] = field(default_factory=list)


class AskLedger:
    """Settles what is decided; sends again, as it stands, what may still land."""

    def __init__(
        self,
        store: SettlementStore,
        ledger: Ledger,
        settle: SettlePayments,
        send: SendAttempts,
        *,
        health: Health,
        clock: Clock,
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._settle = settle
        self._send = send
        self._health = health
        self._clock = clock
        self._side_by_side = asyncio.Semaphore(SIDE_BY_SIDE)

    async def __call__(self, *, patience: int = PATIENCE, limit: int = AT_ONCE) -> int:
        """Ask about the oldest attempts that nobody has seen for `patience` milliseconds; how many those were.

        1. By hash: an attempt that history shows is settled.
        2. Else by the source's sequence number (`domain.attempt.judge`): proven dead, it is settled as expired.
        3. Else the same envelope is sent again; its transaction is the same, so it cannot pay twice.

        What cannot be answered at present is asked again later.
        """
        attempts = await self._store.open_attempts(sent_before=self._clock() - patience, limit=limit)
        findings = _Findings()
        await asyncio.gather(*(self._ask(attempt, findings) for attempt in attempts))
        await self._write(findings)
        if findings.pending and self._health.may_send:
            await self._send(findings.pending)
        return len(attempts)

    async def _ask(self, attempt: Attempt, findings: _Findings) -> None:
        async with self._side_by_side:
            try:
                await self._find(attempt, findings)
            except LedgerUnavailable as error:
                log.debug("cannot be asked now", hash=attempt.hash, reason=str(error))

    async def _find(self, attempt: Attempt, findings: _Findings) -> None:
        transaction = await self._ledger.find(attempt.hash)
        if transaction is not None and (transaction.failure is None or transaction.failure.uses_sequence):
            findings.seen.append(Seen(attempt, transaction))
            return
        evidence = await self._ledger.evidence(attempt.source)
        fate = judge(attempt, evidence)
        if fate is Fate.DEAD:
            findings.dead.append(Dead(attempt, evidence))
        elif fate is Fate.PENDING and transaction is None:
            findings.pending.append(attempt)
        elif fate is Fate.USED and transaction is not None:
            findings.seen.append(Seen(attempt, transaction.with_sequence_used()))

    async def _write(self, findings: _Findings) -> None:
        """When the watcher has been quicker with one of them, the next round reads again."""
        try:
            if findings.seen:
                await self._settle.landed(findings.seen)
            if findings.dead:
                await self._settle.expired(findings.dead)
        except StaleSettlement as stale:
            log.debug("settled by the watcher meanwhile", reason=str(stale))
