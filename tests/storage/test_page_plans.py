"""The status page polls: on a database of very many payments that costs what waits, not what was."""

import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from kinpay_server.domain.payment import PaymentStatus
from kinpay_server.storage.callback_list import CallbackList
from kinpay_server.storage.database import Database
from kinpay_server.storage.depths import DepthRows
from kinpay_server.storage.outstanding import OutstandingRows
from kinpay_server.storage.payment_search import WALK, PaymentSearch
from tests.storage.conftest import NOW, RECIPIENT
from tests.storage.test_query_plans import Plans

PAYMENTS = 200_000
WAITING = 300
STEPS = 1000
"""The virtual machine of SQLite counts its own steps; reading one row takes some."""

A_SCAN = 2 * PAYMENTS
PARTIAL = (
    *("ix_payments_accepted", "ix_payments_submitted", "ix_payments_failed"),
    *("ix_callbacks_due", "ix_callbacks_dead", "ix_attempts_open", "ix_wallets_accepted", "ix_wallets_held"),
)
"""Indexes of few rows: of what waits, or of what went wrong."""

pytestmark = pytest.mark.timeout(300)


def of_payments() -> Iterator[tuple[object, ...]]:
    """Nearly all have succeeded; the newest wait or are on their way, some have failed."""
    for number in range(PAYMENTS):
        left = PAYMENTS - number
        status = "accepted" if left <= WAITING else "submitted" if left <= 2 * WAITING else "succeeded"
        status = "failed" if number % 1000 == 7 else status
        paid = status == "succeeded"
        reason = "no trustline" if status == "failed" else None
        fixed = (
            f"order-{number}",
            f"app{number % 3}",
            5,
            RECIPIENT if number % 5000 == 0 else f"G{number}",
            "http://a",
            "r",
        )
        yield (*fixed, NOW + number, NOW + number, status, reason, f"{number:064x}" if paid else None)


def of_callbacks() -> Iterator[tuple[object, ...]]:
    """Nearly all are delivered; some wait, for few receivers, and some are dead."""
    for number in range(PAYMENTS):
        left = PAYMENTS - number
        state = "waiting" if left <= WAITING else "dead" if left <= 2 * WAITING else "delivered"
        receiver = f"http://receiver-{number % 5}"
        fixed = (f"c-{number}", f"order-{number}", receiver, receiver, b"{}", state)
        yield (*fixed, 1, NOW + number, NOW + number, NOW + number, NOW)


PAYMENT = (
    *("id", "app_id", "amount", "recipient_address", "callback", "request_id", "created_at", "updated_at"),
    *("status", "reason", "transaction_id"),
)
CALLBACK = (
    *("id", "payment_id", "receiver", "url", "body", "state", "tries", "next_try_at", "give_up_at"),
    *("created_at", "updated_at"),
)


def insert(
    connection: sqlite3.Connection, table: str, columns: Sequence[str], rows: Iterable[Sequence[object]]
) -> None:
    places = ", ".join("?" * len(columns))
    connection.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})", rows)  # noqa: S608


@pytest.fixture(scope="module")
def many(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database that has been at work for long."""
    file = tmp_path_factory.mktemp("many") / "kinpay.db"
    shutil.copyfile(migrated, file)
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("PRAGMA synchronous = OFF")
        insert(connection, "payments", PAYMENT, of_payments())
        insert(connection, "callbacks", CALLBACK, of_callbacks())
    return file


class Cost:
    """The plans and the steps of what is read."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.plans = Plans(file)
        self.database = Database(f"sqlite:///{file}")

    def steps(self) -> int:
        """How many steps SQLite takes for all that was read, within `STEPS`."""
        total = 0

        def count() -> int:
            nonlocal total
            total += STEPS
            return 0

        with closing(sqlite3.connect(self._file)) as connection:
            connection.set_progress_handler(count, STEPS)
            for statement, parameters in self.plans._run:
                if statement.startswith(("SELECT", "WITH")):
                    connection.execute(statement, parameters).fetchall()
        return total

    def scans(self) -> set[str]:
        """What is gone through from one end on: indexes or tables; what a subquery has found counts for nothing."""
        found = {step for step in self.plans.steps if step.startswith("SCAN") and not step.startswith("SCAN anon_")}
        return {step.rpartition(" INDEX ")[2].removeprefix("SCAN ") for step in found}


@pytest.fixture
def cost(many: Path) -> Iterator[Cost]:
    cost = Cost(many)
    event.listen(Engine, "before_cursor_execute", cost.plans.note)
    yield cost
    event.remove(Engine, "before_cursor_execute", cost.plans.note)
    cost.database.close()


@pytest.mark.gen_test(timeout=240)
async def test_the_look_at_what_is_outstanding_goes_by_the_indexes_of_what_waits(cost: Cost) -> None:
    found = await OutstandingRows(cost.database).outstanding()
    assert (found.queue.accepted, found.queue.submitted, found.dead_count) == (WAITING, WAITING, WAITING)
    assert len(found.receivers) == 5
    assert cost.scans() <= {*PARTIAL, "channels"}
    assert cost.steps() < A_SCAN // 10


@pytest.mark.gen_test(timeout=240)
async def test_a_scrape_counts_by_the_indexes_of_what_waits(cost: Cost) -> None:
    found = await DepthRows(cost.database).depths()
    assert (found.accepted, found.submitted, found.held) == (WAITING, WAITING, 0)
    assert (found.callbacks_waiting, found.callbacks_dead) == (WAITING, WAITING)
    assert found.oldest == NOW + PAYMENTS - WAITING
    assert cost.scans() <= {*PARTIAL, "channels"}
    assert cost.steps() < A_SCAN // 10


@pytest.mark.parametrize("status", [None, *PaymentStatus])
@pytest.mark.gen_test(timeout=240)
async def test_the_newest_payments_are_read_from_the_end_of_an_index(cost: Cost, status: PaymentStatus | None) -> None:
    found = await PaymentSearch(cost.database).newest(status, 25)
    assert len(found) == 25
    assert cost.scans() <= {"ix_payments_newest", *PARTIAL}
    assert not any("TEMP B-TREE" in step for step in cost.plans.steps)
    assert cost.steps() < 30 * WALK


@pytest.mark.parametrize("way", ["with_id", "of_app", "to_address", "by_hash"])
@pytest.mark.parametrize("text", ["order-1", "app1", RECIPIENT, "G1", f"{5:064x}", "000000", "nothing"])
@pytest.mark.gen_test(timeout=240)
async def test_no_way_of_searching_reads_more_than_it_finds(cost: Cost, way: str, text: str) -> None:
    search: Any = getattr(PaymentSearch(cost.database), way)
    await search(text, 50)
    assert cost.scans() == set()
    assert cost.steps() < A_SCAN // 10


@pytest.mark.gen_test(timeout=240)
async def test_a_batch_of_dead_callbacks_is_found_among_the_dead(cost: Cost, many: Path) -> None:
    assert await CallbackList(cost.database).replay_some_dead(1, NOW + 1) == 1
    assert cost.scans() <= {"ix_callbacks_dead"}
