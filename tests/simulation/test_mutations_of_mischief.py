"""The simulation can fail, continued: what is broken here is found out by hands of others, gaps and restored copies."""

from dataclasses import replace
from typing import Any

import pytest

from kinpay_server.domain.attempt import AccountEvidence, Attempt, Fate
from kinpay_server.domain.attempt import judge as honest_judge
from kinpay_server.domain.outcome import LedgerTransaction
from kinpay_server.domain.watch import end_of_ledger
from kinpay_server.ledger.outcomes import TABLE
from kinpay_server.services.judge_attempts import JudgeAttempts
from kinpay_server.services.ports import NOTHING_SIGNED, NetworkState, WatchMarks
from kinpay_server.services.settle_payments import Seen
from kinpay_server.services.start_up import StartUp
from kinpay_server.services.watch_ledger import LEDGER_BITS, HistoryGap, WatchLedger
from kinpay_server.services.watch_payments import WatchPayments
from tests.simulation.mischief import Gap, Meddling, Mischief, Use, When, Wrong
from tests.simulation.plan import Plan
from tests.simulation.test_mutations import TWICE, finds, judged_otherwise
from tests.simulation.test_young_copy import PLAN as YOUNG
from tests.simulation.test_young_copy import all_is_late_after_the_copy

pytestmark = pytest.mark.timeout(600)

NOT_THEIRS = "not its recipient's fault"


def down(seed: int, *meddling: Meddling) -> Plan:
    """What was sent lands while the service is down, and Horizon has forgotten it when it comes back."""
    gap = Gap(15.5, 90.0, kept=2, accepted=True)
    mischief = Mischief(gap=gap, meddling=meddling)
    return Plan(seed=seed, payments=20, max_channels=8, trouble=150, post_until=15, ledger_seconds=1, mischief=mischief)


def test_a_number_that_was_used_in_a_gap_and_is_taken_for_death_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    judged_otherwise(monkeypatch, Fate.UNSEEN)
    finds(TWICE, down)


def test_a_channel_that_was_merged_in_a_gap_and_is_taken_for_death_is_found_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    judged_otherwise(monkeypatch, Fate.UNSEEN)
    finds(TWICE, lambda seed: down(seed, Meddling(15.6, Use.MERGE, When.LANDED)))


def test_a_gap_that_is_taken_for_read_history_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = WatchLedger.start

    async def over_it(self: WatchLedger, state: NetworkState) -> bool:
        try:
            return await honest(self, state)
        except HistoryGap:
            self._cursor = str((state.elder_ledger - 1) << LEDGER_BITS)
            await self._settle.landed([], cursor=self._cursor)
            return True

    monkeypatch.setattr(WatchLedger, "start", over_it)
    gap = Mischief(gap=Gap(140.0, 140.0, kept=0, accepted=False))
    finds(
        TWICE,
        lambda seed: Plan(seed, payments=10, trouble=260, post_until=60, restores=((10.0, 140.0),), mischief=gap),
    )


def test_a_number_that_others_have_used_and_is_taken_for_ours_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = JudgeAttempts._judge

    async def judge(self: JudgeAttempts, attempt: Attempt, evidence: AccountEvidence, findings: Any) -> None:
        shown = await self._ledger.find(attempt.hash)
        if honest_judge(attempt, evidence) is Fate.UNSEEN and shown is None:
            landed = LedgerTransaction(
                (attempt.hash,), evidence.ledger, "2027-01-15T08:00:00Z", 0, attempt.source, None
            )
            findings.seen.append(Seen(attempt, landed))
        else:
            await honest(self, attempt, evidence, findings)

    monkeypatch.setattr(JudgeAttempts, "_judge", judge)
    pays = Mischief(meddling=(Meddling(10.0, Use.PAY, When.WAITING),))
    finds("the ledger has no payment of it", lambda seed: Plan(seed, trouble=40, mischief=pays))


def test_a_watcher_that_goes_on_from_now_after_a_restart_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def now(self: WatchPayments, marks: WatchMarks, state: NetworkState) -> int:
        return end_of_ledger(state.latest_ledger)

    monkeypatch.setattr(WatchPayments, "_stored", now)
    finds(
        "was not told",
        lambda seed: Plan(seed, trouble=160, post_until=10, restores=((20.0, 60.0),), watching=2, strangers=20),
    )


def test_a_code_that_nobody_knows_and_that_fails_a_payment_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TABLE, "op_no_issuer", TABLE["op_no_trust"])  # type: ignore[arg-type]
    finds(NOT_THEIRS, lambda seed: Plan(seed, trouble=60, bad_recipients=0.8, mischief=Mischief(unheard_of=1.0)))


def test_a_frozen_root_account_that_fails_a_payment_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TABLE, "op_src_not_authorized", TABLE["op_not_authorized"])  # type: ignore[arg-type]
    frozen = Mischief(root=((Wrong.FROZEN, (12.0, 40.0)),))
    finds(NOT_THEIRS, lambda seed: Plan(seed, payments=20, trouble=60, mischief=frozen))


def test_a_start_that_says_too_early_that_it_knows_all_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is killed before it has read history, and the next one takes itself for one that is current."""
    honest = StartUp._steps

    async def steps(self: StartUp) -> None:
        await self._store.beat(self._clock())
        self._witness.note(NOTHING_SIGNED)
        await honest(self)

    monkeypatch.setattr(StartUp, "_steps", steps)
    finds(
        TWICE,
        lambda seed: replace(YOUNG, seed=seed, mischief=Mischief(start_kills=3)),
        prepare=all_is_late_after_the_copy,
    )
