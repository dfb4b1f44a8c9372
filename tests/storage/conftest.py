"""The stores on a real SQLite file; what they wrote is looked at over a connection of its own, by plain SQL."""

import asyncio
import hashlib
import shutil
import sqlite3
import threading
from collections.abc import Awaitable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from kinpay_server.domain.attempt import Attempt, Purpose
from kinpay_server.domain.channel import Channel
from kinpay_server.domain.payment import NewPayment, PaymentStatus
from kinpay_server.services.ports import ChannelAfter, Claim, NewCallback, PaymentAfter, Settlement
from kinpay_server.storage.callbacks import Callbacks
from kinpay_server.storage.channels import Channels
from kinpay_server.storage.database import Database
from kinpay_server.storage.migrate import upgrade
from kinpay_server.storage.payments import Payments
from kinpay_server.storage.settlements import Settlements
from kinpay_server.storage.submissions import Submissions
from kinpay_server.storage.writer import Writer

RECIPIENT = "GDQP2KPQGKIHYJGXNUIYOMHARUARCA7DJT5FO2FFOOKY3B2WSQHG4W37"
URL = "http://app.example/callback"
NOW = 1_700_000_000_000


def a_post(payment_id: str = "p-1", **changes: Any) -> NewPayment:
    """A payment as posted."""
    return replace(NewPayment(payment_id, "kik", 50_000_000, RECIPIENT, URL, f"request-{payment_id}", NOW), **changes)


def a_channel(index: int, balance: int = 5_000_000, sequence: int = 100) -> Channel:
    """A channel that exists on the ledger."""
    return Channel(index, f"channel-{index}", sequence, sequence, balance)


def an_attempt(claim: Claim, **changes: Any) -> Attempt:
    """What would be signed for a claim."""
    source, sequence = claim.channel.address, claim.channel.next_sequence
    attempt = Attempt(
        purpose=Purpose.PAYMENT,
        payment_id=claim.payment.id,
        channel=claim.channel.index,
        source=source,
        sequence=sequence,
        hash=hashlib.sha256(f"{source} {sequence}".encode()).hexdigest(),
        envelope="AAAA",
        fee=100,
        max_ledger=130,
        created_at=NOW,
    )
    return replace(attempt, **changes)


def a_success(attempt: Attempt, **changes: Any) -> Settlement:
    """The attempt is on the ledger and has paid."""
    assert attempt.payment_id is not None
    settlement = Settlement(
        attempt,
        landed=True,
        successful=True,
        reason="on the ledger",
        ledger=120,
        fee_charged=100,
        payment=PaymentAfter(
            attempt.payment_id, PaymentStatus.SUCCEEDED, None, "root", attempt.hash, "2024-01-01T00:00:00Z"
        ),
        channel=_channel_after(attempt, spent=100),
        callback=a_callback(attempt, b'{"state": "success"}'),
    )
    return replace(settlement, **changes)


def a_failure(attempt: Attempt, **changes: Any) -> Settlement:
    """The attempt is on the ledger and has failed for good."""
    assert attempt.payment_id is not None
    failed = replace(
        a_success(attempt),
        successful=False,
        reason="op_no_trust",
        payment=PaymentAfter(attempt.payment_id, PaymentStatus.FAILED, "no trustline"),
        callback=a_callback(attempt, b'{"state": "fail"}'),
    )
    return replace(failed, **changes)


def an_expiry(attempt: Attempt) -> Settlement:
    """The attempt is proven dead."""
    assert attempt.payment_id is not None
    assert attempt.channel is not None
    return Settlement(
        attempt,
        landed=False,
        successful=False,
        reason="not on the ledger up to 130",
        payment=PaymentAfter(attempt.payment_id, PaymentStatus.ACCEPTED, None),
        channel=ChannelAfter(attempt.channel, attempt.sequence - 1, attempt.sequence, 0),
    )


def a_callback(attempt: Attempt, body: bytes, url: str = URL) -> NewCallback:
    """The callback of an attempt's end."""
    return NewCallback(f"payment-{attempt.hash}", attempt.hash, attempt.payment_id or "", url, body)


def _channel_after(attempt: Attempt, *, spent: int) -> ChannelAfter | None:
    if attempt.channel is None:
        return None
    return ChannelAfter(attempt.channel, attempt.sequence, attempt.sequence, spent)


class Stores:
    """All stores on one database."""

    def __init__(self, database: Database, file: Path) -> None:
        self.database = database
        self.file = file
        self.payments = Payments(database)
        self.submissions = Submissions(database)
        self.settlements = Settlements(database)
        self.channels = Channels(database)
        self.callbacks = Callbacks(database)

    async def together(self, *writes: Awaitable[Any]) -> list[Any]:
        """Have these go to the writer as one batch; the results, errors among them."""
        gate = Gate()
        held = await gate.hold(self.database)
        tasks = [asyncio.ensure_future(write) for write in writes]
        await asyncio.sleep(0)
        gate.open()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        await held
        return results

    async def accept(self, *ids: str) -> None:
        """Accept payments, each a millisecond younger than the one before."""
        for age, payment_id in enumerate(ids):
            await self.payments.accept(a_post(payment_id, created_at=NOW + age))

    async def adopt(self, count: int) -> None:
        """Have so many free channels."""
        await self.channels.adopt_channels([a_channel(index) for index in range(count)], NOW)

    async def claim(self, *ids: str) -> list[Claim]:
        """Accept payments and claim them, each with a channel of its own."""
        await self.accept(*ids)
        await self.adopt(len(ids))
        return await self.submissions.claim(len(ids), NOW)

    async def submit(self, *ids: str) -> list[Attempt]:
        """Payments whose attempts are written down."""
        attempts = [an_attempt(claim) for claim in await self.claim(*ids)]
        await self.submissions.record_attempts(attempts)
        return attempts

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """What is committed, as another process sees it."""
        with closing(sqlite3.connect(self.file)) as connection:
            return connection.execute(sql, values).fetchall()

    def value(self, sql: str, *values: Any) -> Any:
        """The one value of the one row."""
        [[value]] = self.rows(sql, *values)
        return value

    def change(self, sql: str, *values: Any) -> None:
        """What another process might do."""
        with closing(sqlite3.connect(self.file)) as connection, connection:
            connection.execute(sql, values)

    def status_of(self, *ids: str) -> list[str]:
        """The statuses of payments."""
        return [self.value("SELECT status FROM payments WHERE id = ?", payment_id) for payment_id in ids]

    def state_of(self, *indexes: int) -> list[str]:
        """The states of channels."""
        return [self.value('SELECT state FROM channels WHERE "index" = ?', index) for index in indexes]

    def dump(self) -> Sequence[str]:
        """Everything in the database."""
        with closing(sqlite3.connect(self.file)) as connection:
            return list(connection.iterdump())


class Gate:
    """A write that lasts until `open` is called, so that what comes meanwhile is one batch."""

    def __init__(self) -> None:
        self._open = threading.Event()
        self._entered = threading.Event()

    def __call__(self, connection: Connection, items: list[None]) -> list[None]:
        self._entered.set()
        assert self._open.wait(60)
        return items

    async def hold(self, writer: Writer | Database) -> "asyncio.Task[None]":
        """Keep the writer busy from now on."""
        task = asyncio.ensure_future(writer.write(self, None))
        await asyncio.to_thread(self._entered.wait, 60)
        return task

    def open(self) -> None:
        """Let the writer go on."""
        self._open.set()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the database lies."""
    return tmp_path / "kinpay.db"


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the schema."""
    migrated = tmp_path_factory.mktemp("schema") / "kinpay.db"
    upgrade(f"sqlite:///{migrated}")
    return migrated


@pytest.fixture
def url(file: Path, migrated: Path) -> str:
    """A database with the schema."""
    shutil.copyfile(migrated, file)
    return f"sqlite:///{file}"


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    """It, opened."""
    database = Database(url)
    yield database
    database.close()


@pytest.fixture
def stores(database: Database, file: Path) -> Stores:
    """All stores on it."""
    return Stores(database, file)
