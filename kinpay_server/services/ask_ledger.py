"""Ask the ledger about attempts whose fate is unknown: what a lost answer, a lost nudge or a crash left behind."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import structlog

from kinpay_server.domain.attempt import AccountEvidence, Attempt, Fate, Purpose, judge
from kinpay_server.domain.outcome import REFUSED_FOR_ROOM
from kinpay_server.services.health import Health
from kinpay_server.services.network_view import NetworkView
from kinpay_server.services.ports import Clock, Ledger, LedgerUnavailable, SettlementStore, StaleSettlement
from kinpay_server.services.send_attempts import SendAttempts
from kinpay_server.services.settle_payments import Dead, Seen, SettlePayments
from kinpay_server.services.settled_lines import about

PATIENCE = 10_000
"""An attempt that was sent so many milliseconds ago and has not been seen since is asked about."""

BAN = 60_000
"""What was refused for want of room is refused for ten ledgers more; so many milliseconds later it may go again."""

AT_ONCE = 200
SIDE_BY_SIDE = 20
BUMPS_AT_ONCE = 10
"""How many bids are raised in one round, the oldest first: raising those of all is bidding against oneself."""

FEW = 10
"""Beyond so many sources their numbers are read in pages instead of one by one."""

NOTICE_AFTER = 100
"""A number that was used so many ledgers past the attempt's bound, by a transaction that nobody sees, is not ours."""

CHANNEL_USE = "channel numbers"

log = structlog.get_logger(__name__)


HasRead = Callable[[int], Awaitable[bool]]
"""Whether every payment out of root up to a ledger has been read (`services.read_history.ReadHistory.knows`)."""


@dataclass(slots=True)
class _Findings:
    """What the ledger says of a number of attempts."""

    seen: list[Seen] = field(default_factory=list)
    dead: list[Dead] = field(default_factory=list)
    pending: list[Attempt] = field(default_factory=list)


class AskLedger:
    """Settles what is decided; sends again, as it stands or with a higher bid around it, what may still land."""

    def __init__(
        self,
        store: SettlementStore,
        ledger: Ledger,
        settle: SettlePayments,
        send: SendAttempts,
        *,
        has_read: HasRead,
        root_address: str,
        view: NetworkView,
        health: Health,
        clock: Clock,
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._settle = settle
        self._send = send
        self._has_read = has_read
        self._root = root_address
        self._view = view
        self._health = health
        self._clock = clock
        self._side_by_side = asyncio.Semaphore(SIDE_BY_SIDE)

    async def __call__(self, *, patience: int = PATIENCE, limit: int = AT_ONCE) -> int:
        """Ask about the oldest attempts that nobody has seen for `patience` milliseconds; how many those were.

        1. Read the number of each attempt's source (`domain.attempt.judge`). While it is unused, the attempt has not
           landed up to that ledger: it is proven dead and settled as expired, or it may still land.
        2. Where the number is used, ask by hash, and settle what history shows.
        3. What may still land is sent again: its transaction is the same, so it cannot pay twice.

        What cannot be answered at present is asked again later.
        """
        attempts = await self._store.open_attempts(sent_before=self._clock() - patience, limit=limit)
        if not attempts:
            return 0
        findings = _Findings()
        try:
            numbers = await self._numbers({attempt.source for attempt in attempts})
        except LedgerUnavailable as error:
            log.debug("cannot be asked now", reason=str(error))
            return len(attempts)
        await asyncio.gather(*(self._ask(attempt, numbers.get(attempt.source), findings) for attempt in attempts))
        await self._write(findings)
        if findings.pending and self._health.may_send:
            await self._send_again(findings.pending)
        return len(attempts)

    async def _numbers(self, sources: set[str]) -> dict[str, AccountEvidence]:
        """The numbers of many accounts, each from one snapshot; those that root does not sponsor are left out."""
        if len(sources) <= FEW:
            return {}
        sponsored = await self._ledger.sponsored_accounts(self._root)
        return {one.address: AccountEvidence(one.ledger, one.sequence) for one in sponsored}

    async def _ask(self, attempt: Attempt, evidence: AccountEvidence | None, findings: _Findings) -> None:
        async with self._side_by_side:
            try:
                await self._judge(attempt, evidence or await self._ledger.evidence(attempt.source), findings)
            except LedgerUnavailable as error:
                log.debug("cannot be asked now", **about(attempt), reason=str(error))

    async def _judge(self, attempt: Attempt, evidence: AccountEvidence, findings: _Findings) -> None:
        fate = judge(attempt, evidence)
        if fate is Fate.DEAD:
            findings.dead.append(Dead(attempt, evidence))
        elif fate is Fate.GONE:
            await self._look_for_what_is_gone(attempt, evidence, findings)
        elif fate is Fate.PENDING:
            findings.pending.append(attempt)
        elif (transaction := await self._ledger.find(attempt.hash)) is not None:
            findings.seen.append(Seen(attempt, transaction.with_sequence_used()))
        elif evidence.ledger > attempt.max_ledger + NOTICE_AFTER:
            self._number_is_gone(attempt)

    async def _look_for_what_is_gone(self, attempt: Attempt, evidence: AccountEvidence, findings: _Findings) -> None:
        """It is dead if history shows it as failed, or has shown all that root ever paid up to its bound without it.

        A wallet or channels that had been made all the same are found to exist when they are made again.
        """
        transaction = await self._ledger.find(attempt.hash)
        if transaction is not None and transaction.failure is None:
            findings.seen.append(Seen(attempt, transaction))
        elif transaction is not None or await self._has_read(attempt.max_ledger - 1):
            findings.dead.append(Dead(attempt, evidence))

    def _number_is_gone(self, attempt: Attempt) -> None:
        """Somebody else used it, it seems. That is no proof about the payment, so nothing is signed anew."""
        self._health.bad(
            CHANNEL_USE,
            f"number {attempt.sequence} of {attempt.source} was used by a transaction that is not ours, and payment "
            f"{attempt.payment_id} waits: does somebody else use the channel? See `kinpay payments show`",
            blocking=False,
        )

    async def _write(self, findings: _Findings) -> None:
        """When the watcher has been quicker with one of them, the next round reads again."""
        try:
            if findings.seen:
                await self._settle.landed(findings.seen)
            if findings.dead:
                await self._settle.expired(findings.dead)
        except StaleSettlement as stale:
            log.debug("settled by the watcher meanwhile", reason=str(stale))

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
