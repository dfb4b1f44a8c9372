"""Find out what became of attempts: read what the ledger shows of each, and judge it."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog

from kinpay_server.domain.attempt import AccountEvidence, Attempt, Fate, judge
from kinpay_server.domain.memo import parse_memo
from kinpay_server.domain.outcome import LedgerTransaction
from kinpay_server.services.ports import Ledger, LedgerUnavailable, SettlementStore
from kinpay_server.services.read_overtaking import read_overtaking
from kinpay_server.services.settle_payments import Dead, Seen
from kinpay_server.services.settled_lines import about

SIDE_BY_SIDE = 20

FEW = 10
"""Beyond so many sources their numbers are read in pages instead of one by one."""

AreStrangers = Callable[[int], bool]
"""Whether an unknown transaction of a channel in a ledger is somebody else's (`WatchLedger.are_strangers`)."""

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Findings:
    """What the ledger says of a number of attempts.

    `unseen`: the number is used, or the account gone, and Horizon shows neither the attempt nor what came instead.
    `unanswered`: Horizon does not answer what was asked about it.
    """

    seen: list[Seen] = field(default_factory=list)
    dead: list[Dead] = field(default_factory=list)
    pending: list[Attempt] = field(default_factory=list)
    unseen: list[Attempt] = field(default_factory=list)
    unanswered: list[Attempt] = field(default_factory=list)


class JudgeAttempts:
    """Reads; changes nothing."""

    def __init__(
        self, store: SettlementStore, ledger: Ledger, *, root_address: str, are_strangers: AreStrangers
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._root = root_address
        self._are_strangers = are_strangers
        self._side_by_side = asyncio.Semaphore(SIDE_BY_SIDE)

    async def __call__(self, attempts: Sequence[Attempt]) -> Findings:
        """Read the number of each attempt's source, and judge it by that (`domain.attempt.judge`).

        Where the number is used, or the account gone, ask by hash; when history does not show it, and its bound has
        passed, look in its source's list for what used the number instead.

        Raises `LedgerUnavailable` when nothing can be read at all.
        """
        findings = Findings()
        numbers = await self._numbers({attempt.source for attempt in attempts})
        await asyncio.gather(*(self._look(attempt, numbers.get(attempt.source), findings) for attempt in attempts))
        return findings

    async def _numbers(self, sources: set[str]) -> dict[str, AccountEvidence]:
        """The numbers of many accounts, each from one snapshot; those that root does not sponsor are left out."""
        if len(sources) <= FEW:
            return {}
        sponsored = await self._ledger.sponsored_accounts(self._root)
        return {one.address: AccountEvidence(one.ledger, one.sequence) for one in sponsored}

    async def _look(self, attempt: Attempt, evidence: AccountEvidence | None, findings: Findings) -> None:
        async with self._side_by_side:
            try:
                await self._judge(attempt, evidence or await self._ledger.evidence(attempt.source), findings)
            except LedgerUnavailable as error:
                log.debug("cannot be asked now", **about(attempt), reason=str(error))
                findings.unanswered.append(attempt)

    async def _judge(self, attempt: Attempt, evidence: AccountEvidence, findings: Findings) -> None:
        fate = judge(attempt, evidence)
        if fate is Fate.DEAD:
            findings.dead.append(Dead(attempt, evidence))
        elif fate is Fate.PENDING:
            findings.pending.append(attempt)
        elif (transaction := await self._ledger.find(attempt.hash)) is None:
            await self._judge_by_list(attempt, evidence, findings)
        elif evidence.sequence is None and transaction.failure is not None:
            findings.dead.append(Dead(attempt, evidence))
        else:
            findings.seen.append(Seen(attempt, transaction.with_sequence_used()))

    async def _judge_by_list(self, attempt: Attempt, evidence: AccountEvidence, findings: Findings) -> None:
        in_time = evidence.ledger < attempt.max_ledger - 1
        found = None if in_time else await read_overtaking(self._ledger, attempt)
        if found is not None and await self._is_to_be_recorded(found):
            findings.unseen.append(attempt)
        elif judge(attempt, evidence, found) is Fate.DEAD:
            findings.dead.append(Dead(attempt, evidence, found, by_stranger=await self._is_strange(found)))
        else:
            findings.unseen.append(attempt)

    async def _is_to_be_recorded(self, found: LedgerTransaction) -> bool:
        """Whether root has paid by it and the watcher has not come to it: it may be the attempt's own payment."""
        if found.failure is not None or not parse_memo(found.memo):
            return False
        try:
            by_root = any(one.sender == self._root for one in self._ledger.payments_in(found))
        except ValueError:
            return True  # what cannot be read proves nothing
        if not by_root:
            return False
        known = await self._store.attempts_by_hash(found.hashes)
        return not known and not await self._store.found_among([found.hash])

    async def _is_strange(self, found: LedgerTransaction | None) -> bool:
        """Whether neither this database nor a former life of ours has made it."""
        if found is None or not self._are_strangers(found.ledger):
            return False
        return not await self._store.attempts_by_hash(found.hashes)
