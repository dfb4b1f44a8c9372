"""The simulation can fail: a service that breaks a rule is found out within a few seeds."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace
from math import inf
from typing import Any

import pytest
from sqlalchemy import Connection, text

from kinpay_server.domain import attempt as attempts
from kinpay_server.domain.attempt import AccountEvidence, Attempt, Fate
from kinpay_server.domain.callback import Delivery
from kinpay_server.domain.outcome import Answer, LedgerTransaction, Verdict
from kinpay_server.domain.watch import SeenPayment, end_of_ledger
from kinpay_server.ledger.client import HorizonLedger
from kinpay_server.services import judge_attempts, network_view
from kinpay_server.services.callback_chains import Chain
from kinpay_server.services.deliver_callbacks import DeliverCallbacks
from kinpay_server.services.found_payments import FoundPayments
from kinpay_server.services.ports import Claim
from kinpay_server.services.read_accounts import ReadAccounts
from kinpay_server.services.read_history import ReadHistory
from kinpay_server.services.read_network import Progress
from kinpay_server.services.submit_payments import SubmitPayments
from kinpay_server.services.watch_ledger import WatchLedger
from kinpay_server.storage import payments, watched_payments
from kinpay_server.storage.settlements import Settlements
from kinpay_server.storage.submissions import Submissions
from kinpay_server.storage.watched_payments import WatchedPayments
from tests.simulation.plan import Plan, killed_at
from tests.simulation.test_lagging_replicas import PLAN, prepare
from tests.simulation.world import World

pytestmark = pytest.mark.timeout(600)

TWICE = " times: ["
ANYTHING = ""


def bad_weather(seed: int) -> Plan:
    """Unknown answers, late requests, readers that lag, kills."""
    return Plan(
        seed=seed,
        payments=10,
        trouble=100,
        post_until=50,
        permute=True,
        answer_lost=0.3,
        answer_unknown=0.3,
        delayed=0.3,
        lags=(0, 1, 4),
        crash_at_commit=0.03,
        crash_at_send=0.05,
        most_crashes=3,
        pause=5,
        ingestion_stops=((30.0, 80.0),),
    )


def foggy(seed: int) -> Plan:
    """Most answers tell nothing."""
    return Plan(seed=seed, max_channels=4, trouble=60, post_until=40, answer_unknown=0.6)


def unsteady(seed: int) -> Plan:
    """Every other reader is behind, and the watcher is often turned away."""
    return Plan(
        seed=seed,
        payments=30,
        max_channels=6,
        trouble=100,
        post_until=80,
        lags=(0, 12),
        read_fails=0.3,
        permute=True,
    )


def blind(seed: int) -> Plan:
    """History stands still for longer than a ban, so that what was applied is sent again."""
    return Plan(seed=seed, max_channels=4, trouble=130, post_until=25, ingestion_stops=((20.0, 129.0),))


def restored(seed: int) -> Plan:
    """A copy from before most payments is put back."""
    return Plan(seed=seed, payments=10, trouble=260, post_until=60, restores=((10.0, 140.0),))


def watched(seed: int) -> Plan:
    """Strangers pay at watched addresses, and replicas lag."""
    return Plan(
        seed=seed,
        payments=4,
        ledger_seconds=1,
        trouble=40,
        post_until=5,
        lags=(0, 9),
        crash_at_commit=0.02,
        most_crashes=3,
        watching=2,
        strangers=20,
    )


def deaf(seed: int) -> Plan:
    """Receivers that fail often."""
    return Plan(seed=seed, receiver_fails=0.7, trouble=60)


def mended(seed: int) -> Plan:
    """Payments to somebody who trusts KIN later, posted again while receivers take their time, or take nothing."""
    return Plan(
        seed=seed,
        payments=20,
        ledger_seconds=1,
        bad_recipients=0.8,
        receiver_fails=0.5,
        receiver_slow=0.5,
        trouble=60,
        post_until=30,
    )


def finds(
    symptom: str,
    plans: Callable[[int], Plan],
    *,
    killed: str = "",
    seeds: int = 15,
    prepare: Callable[[World], None] | None = None,
) -> None:
    """One of so many runs shows it. `killed`: after some commits of that function."""
    seen: list[str] = []
    for seed in range(seeds):
        crashes = killed_at("after commit", killed, after=3, times=6) if killed else None
        seen += World(plans(seed), crashes=crashes, patience=300, prepare=prepare).run().violations
        if any(symptom in one for one in seen):
            return
    raise AssertionError(f"{symptom!r} was not found, only {seen}")


def judged_otherwise(monkeypatch: pytest.MonkeyPatch, mistaken: Fate) -> None:
    """`judge` takes that fate for death."""

    def judge(attempt: Attempt, evidence: AccountEvidence, overtaking: LedgerTransaction | None = None) -> Fate:
        fate = attempts.judge(attempt, evidence, overtaking)
        return Fate.DEAD if fate is mistaken else fate

    monkeypatch.setattr(judge_attempts, "judge", judge)


def test_a_used_number_that_is_taken_for_death_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    judged_otherwise(monkeypatch, Fate.UNSEEN)
    finds(TWICE, unsteady)


def test_death_before_the_bound_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    judged_otherwise(monkeypatch, Fate.PENDING)
    finds(TWICE, bad_weather)


def test_number_and_ledger_from_two_snapshots_are_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader that lags says that the number is unused, another one that the bound has passed."""
    honest = HorizonLedger.evidence

    async def mixed(self: HorizonLedger, address: str) -> AccountEvidence:
        one = await honest(self, address)
        return replace(one, ledger=(await self.network()).core_ledger)

    monkeypatch.setattr(HorizonLedger, "evidence", mixed)
    finds(TWICE, lambda seed: replace(bad_weather(seed), ledger_seconds=1))


def test_attempts_that_are_written_after_they_were_sent_are_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    record, answered = Submissions.record_attempts, Submissions.record_answers
    unwritten: list[Attempt] = []

    async def later(self: Submissions, signed: Sequence[Attempt], *args: Any) -> Any:
        unwritten.extend(signed)

    async def now(self: Submissions, answers: Sequence[tuple[Attempt, Answer]], at: int) -> None:
        sent = {attempt.hash for attempt, _ in answers}
        await record(self, [attempt for attempt in unwritten if attempt.hash in sent])
        unwritten[:] = [attempt for attempt in unwritten if attempt.hash not in sent]
        await answered(self, answers, at)

    monkeypatch.setattr(Submissions, "record_attempts", later)
    monkeypatch.setattr(Submissions, "record_answers", now)
    finds(ANYTHING, bad_weather)


def released_on(monkeypatch: pytest.MonkeyPatch, wrong: Callable[[Answer], bool]) -> None:
    """Payments with such an answer are given back, to be signed anew on another channel.

    The nets below are away: one finds that the first envelope has paid, and stops before the second one has; by the
    other nothing is sent while history stands still.
    """
    answered, match = Submissions.record_answers, WatchLedger._match

    async def and_released(self: Submissions, answers: Sequence[tuple[Attempt, Answer]], at: int) -> None:
        await answered(self, answers, at)
        given_up = [attempt.hash for attempt, answer in answers if wrong(answer)]
        await self._database.write(_give_up, given_up)

    async def without_revived(self: WatchLedger, page: list[LedgerTransaction]) -> Any:
        seen, unknown, _revived = await match(self, page)
        return seen, unknown, []

    monkeypatch.setattr(Submissions, "record_answers", and_released)
    monkeypatch.setattr(WatchLedger, "_match", without_revived)
    monkeypatch.setattr(network_view, "STILL_SECONDS", inf)


def _give_up(connection: Connection, batch: list[list[str]]) -> list[None]:
    for hashes in batch:
        for hash_hex in hashes:
            for statement in _GIVE_UP:
                connection.execute(text(statement), {"hash": hash_hex})
    return [None] * len(batch)


_GIVE_UP = (
    "UPDATE attempts SET state = 'expired' WHERE hash = :hash AND purpose = 'payment' AND state IN ('signed', 'sent')",
    "UPDATE payments SET status = 'accepted' WHERE status = 'submitted' AND id = "
    "(SELECT payment_id FROM attempts WHERE hash = :hash AND state = 'expired')",
    "UPDATE channels SET state = 'free', signed = signed + 1 WHERE state = 'lent' AND \"index\" = "
    "(SELECT channel FROM attempts WHERE hash = :hash AND state = 'expired')",
)


def test_signing_anew_after_an_unknown_answer_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the Stellar Disbursement Platform did after a 504."""
    released_on(monkeypatch, lambda answer: answer.verdict is Verdict.ASK)
    finds(TWICE, foggy)


@pytest.mark.parametrize("code", ["tx_bad_seq", "TRY_AGAIN_LATER"])
def test_signing_anew_after_a_refusal_is_found_out(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    released_on(monkeypatch, lambda answer: answer.code == code)
    finds(TWICE, blind)


def test_a_service_that_does_not_look_for_payments_of_its_former_life_is_found_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def nothing(self: FoundPayments, unknown: object) -> None:
        pass

    monkeypatch.setattr(FoundPayments, "record", nothing)
    finds(TWICE, restored)


def test_a_start_that_does_not_wait_for_history_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    async def at_once(self: ReadHistory, ledger: int, check: str) -> None:
        pass

    monkeypatch.setattr(ReadHistory, "__call__", at_once)
    finds(TWICE, restored)


def test_a_list_that_is_believed_whatever_replica_it_comes_from_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The root document of one says that history has come so far, and the list is another one's."""

    async def believed(self: ReadHistory, ledger: int) -> bool:
        await self._view.refresh()
        await self._watch()
        return self._view.state.latest_ledger >= ledger

    monkeypatch.setattr(ReadHistory, "_has_read", believed)
    finds(TWICE, lambda seed: replace(PLAN, seed=seed), prepare=prepare)


def test_a_callback_that_is_marked_before_it_was_sent_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    async def deliver(self: DeliverCallbacks, chain: Chain) -> None:
        for due in chain.callbacks:
            await self._store.record_delivery(due.callback, Delivery(200), None, self._clock())
            await self._sender.send(due.callback)

    monkeypatch.setattr(DeliverCallbacks, "_deliver", deliver)
    finds("told to nobody", deaf)


def test_a_fail_that_is_told_after_its_payment_was_posted_again_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(payments, "withdraw_of_payments", lambda *_: None)
    finds("a fail was the last word", mended)


def test_claims_that_nobody_gives_back_are_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    async def none(self: Settlements, now: int) -> int:
        return 0

    monkeypatch.setattr(Settlements, "release_lost_claims", none)
    finds("ends as submitted", deaf, killed="_claim")


def test_bids_above_the_cap_are_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = SubmitPayments._draft

    def generous(self: SubmitPayments, claim: Claim) -> Any:
        return replace(honest(self, claim), fee=5000)

    monkeypatch.setattr(SubmitPayments, "_draft", generous)
    finds("bids 5000", deaf)


def test_a_position_that_is_written_before_what_is_told_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = WatchedPayments.tell

    async def tell(self: WatchedPayments, payments: Sequence[SeenPayment], *, position: int, now: int) -> int:
        await honest(self, [], position=position, now=now)
        return await honest(self, payments, position=position, now=now)

    monkeypatch.setattr(WatchedPayments, "tell", tell)
    finds("was not told", watched, seeds=40)


def test_a_list_without_news_that_is_taken_for_read_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replicas lag, so what a list does not show may still come."""
    honest = ReadAccounts.__call__

    async def read(self: ReadAccounts, position: int, latest_ledger: int) -> Progress:
        progress = await honest(self, position, latest_ledger)
        self._cursors = {one: end_of_ledger(latest_ledger) for one in self._cursors}
        return progress

    monkeypatch.setattr(ReadAccounts, "__call__", read)
    finds("was not told", lambda seed: replace(watched(seed), watching=1), seeds=40)


def test_telling_of_the_same_payment_anew_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The id of an event that is not the payment's own."""
    ids = itertools.count()
    monkeypatch.setattr(
        watched_payments, "event_id", lambda payment, service: f"receive-{payment.position}-{next(ids)}"
    )
    finds("was told of", watched, seeds=40)
