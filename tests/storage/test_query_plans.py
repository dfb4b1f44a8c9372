"""What is done all the time costs what waits, not what has been: it goes by the partial indexes."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from kinpay_server.domain.callback import Callback, Delivery
from kinpay_server.domain.outcome import Answer, Verdict
from kinpay_server.domain.payment import PaymentStatus
from kinpay_server.services.ports import WantedCallbacks
from kinpay_server.storage.callback_list import CallbackList
from kinpay_server.storage.condition import backlog
from kinpay_server.storage.gap import Gaps
from kinpay_server.storage.wallet_stories import WalletStories
from tests.storage.conftest import NOW, Stores, a_post, a_success


class Plans:
    """The plans of all statements that were run since `forget`."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._run: list[tuple[str, Any]] = []

    def note(self, _connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
        self._run.append((statement, parameters[0] if many else parameters))

    def forget(self) -> None:
        self._run.clear()

    @property
    def steps(self) -> list[str]:
        """Each step of each plan, as SQLite describes it."""
        with closing(sqlite3.connect(self._file)) as connection:
            return [
                str(row[3])
                for statement, parameters in self._run
                if statement.startswith(("SELECT", "UPDATE", "WITH"))
                for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            ]


@pytest.fixture
def plans(file: Path) -> Iterator[Plans]:
    plans = Plans(file)
    event.listen(Engine, "before_cursor_execute", plans.note)
    yield plans
    event.remove(Engine, "before_cursor_execute", plans.note)


def only(steps: list[str], *indexes: str) -> bool:
    """True when these indexes are all that is scanned, all of them are used, and nothing is sorted."""
    scanned = [step for step in steps if step.startswith("SCAN")]
    return (
        all(step.endswith(indexes) for step in scanned)
        and all(any(index in step for step in steps) for index in indexes)
        and not any("TEMP B-TREE" in step for step in steps)
    )


@pytest.mark.gen_test
async def test_a_claim_reads_accepted_payments_and_free_channels_and_no_others(stores: Stores, plans: Plans) -> None:
    await stores.accept("p-1")
    await stores.adopt(1)
    plans.forget()
    await stores.submissions.claim(10, NOW)
    assert only(plans.steps, "ix_payments_accepted", "ix_channels_free")


@pytest.mark.gen_test
async def test_what_waits_is_counted_and_found_among_the_accepted_only(stores: Stores, plans: Plans) -> None:
    await stores.submissions.waiting_payments()
    await stores.submissions.oldest_waiting()
    assert only(plans.steps, "ix_payments_accepted")


@pytest.mark.gen_test
async def test_claims_are_given_back_by_their_keys_and_the_open_attempts(stores: Stores, plans: Plans) -> None:
    claims = await stores.claim("p-1")
    plans.forget()
    await stores.submissions.release(claims, NOW)
    assert only(plans.steps, "ix_attempts_open")


@pytest.mark.gen_test
async def test_free_channels_are_lent_and_given_back_by_their_index(stores: Stores, plans: Plans) -> None:
    await stores.adopt(2)
    plans.forget()
    await stores.channels.lend_channels(2, NOW)
    assert only(plans.steps, "ix_channels_free")
    plans.forget()
    await stores.channels.return_channels([0, 1], NOW)
    assert only(plans.steps, "ix_attempts_open")


@pytest.mark.gen_test
async def test_open_attempts_are_found_without_those_that_have_ended(stores: Stores, plans: Plans) -> None:
    await stores.settlements.open_attempts(sent_before=NOW, limit=10)
    assert only(plans.steps, "ix_attempts_open")


@pytest.mark.gen_test
async def test_a_post_a_settlement_and_an_answer_scan_nothing(stores: Stores, plans: Plans) -> None:
    [attempt] = await stores.submit("p-1")
    plans.forget()
    await stores.payments.accept(a_post("p-2"))
    await stores.submissions.record_answers([(attempt, Answer(Verdict.QUEUED, "PENDING"))], NOW)
    await stores.settlements.attempts_by_hash([attempt.hash])
    await stores.settlements.payments_by_id(["p-1"])
    await stores.settlements.settle([a_success(attempt)], cursor="17", now=NOW)
    await stores.channels.indexes_funded_by(attempt.hash)
    assert len(plans.steps) > 5
    assert only(plans.steps)


@pytest.mark.gen_test
async def test_callbacks_that_are_due_are_found_in_order_without_those_that_are_done(
    stores: Stores, plans: Plans
) -> None:
    await stores.callbacks.due_callbacks(NOW, [WantedCallbacks("http://a", 10, ("c", "d"))])
    assert only(plans.steps, "ix_callbacks_due (receiver=? AND next_try_at<?)")
    plans.forget()
    await stores.callbacks.give_up("http://a", 10, NOW)
    assert only(plans.steps, "ix_callbacks_due (receiver=? AND next_try_at<?)")
    plans.forget()
    await stores.callbacks.record_delivery(Callback("c", "http://a", b""), Delivery(200), None, NOW)
    assert only(plans.steps)


@pytest.mark.gen_test
async def test_receivers_are_found_in_a_step_for_each_and_not_for_each_callback(stores: Stores, plans: Plans) -> None:
    await stores.callbacks.receivers_due(NOW)
    searched = {step for step in plans.steps if "callbacks" in step}
    assert searched == {
        "SEARCH callbacks USING INDEX ix_callbacks_due",
        "SEARCH callbacks USING INDEX ix_callbacks_due (receiver>?)",
        "SEARCH callbacks USING INDEX ix_callbacks_due (receiver=?)",
    }


@pytest.mark.parametrize(
    ("status", "app_id", "index"),
    [
        (None, None, "ix_payments_newest"),
        (None, "kik", "ix_payments_of_app"),
        (PaymentStatus.ACCEPTED, None, "ix_payments_accepted"),
        (PaymentStatus.FAILED, None, "ix_payments_failed"),
        (PaymentStatus.FAILED, "kik", "ix_payments_of_app"),
    ],
)
@pytest.mark.gen_test
async def test_a_page_is_read_in_the_order_of_an_index(
    stores: Stores, plans: Plans, status: PaymentStatus | None, app_id: str | None, index: str
) -> None:
    await stores.payments.payments(status=status, app_id=app_id, before=None, limit=10)
    assert only(plans.steps, index)
    plans.forget()
    await stores.payments.payments(status=status, app_id=app_id, before=(NOW, "p"), limit=10)
    [step] = plans.steps
    assert step.startswith("SEARCH")
    assert "(created_at,id)<(?,?)" in step


@pytest.mark.gen_test
async def test_what_an_operator_looks_at_goes_by_indexes_too(stores: Stores, plans: Plans) -> None:
    callbacks = CallbackList(stores.database)
    await callbacks.newest(dead=False, limit=50)
    await callbacks.newest(dead=True, limit=50)
    await callbacks.beginning_with("payment-a")
    wallets = WalletStories(stores.database)
    await wallets.newest(status=None, held=False, limit=50)
    await wallets.newest(status=None, held=True, limit=50)
    await wallets.story("G")
    await wallets.accept_again("G", "held: op_strange", NOW)
    assert [step for step in plans.steps if step.startswith("SCAN")] == [
        "SCAN callbacks",  # from its end, for as many as are wanted
        "SCAN callbacks USING INDEX ix_callbacks_dead",
        "SCAN wallets",
        "SCAN wallets USING INDEX ix_wallets_held",
    ]


@pytest.mark.gen_test
async def test_what_waits_for_an_operator_is_counted_without_what_is_done(stores: Stores, plans: Plans) -> None:
    await backlog(stores.database)
    await Gaps(stores.database).unpaid()
    scanned = [step for step in plans.steps if step.startswith("SCAN")]
    assert all("INDEX" in step for step in scanned if "channels" not in step)
    assert not any("SCAN payments" in step and "ix_payments_newest" in step for step in scanned)
