"""A host that misbehaves: a full disk, a database that others lock, a process that is stopped, a clock that jumps."""

import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from stellar_sdk import Keypair

from kinpay_server.demo.configuration import write_config
from kinpay_server.demo.network import Network
from kinpay_server.exact_json import loads
from tests.system.clients import PersistentClient, wait_until
from tests.system.conftest import Kinpay, Told, payment
from tests.system.programs import wrapped
from tests.system.verdict import assert_paid_once, assert_told, wait_until_told

HOUR = 3600
ROOM = 24
"""MiB; two write-ahead logs take up to 4 each."""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


class Payments:
    """Payments that are posted while something is wrong, and what must be true of all of them in the end."""

    def __init__(self, network: Network, root: Keypair, told: Told) -> None:
        self._network, self._root, self._told = network, root, told
        self._wallet = network.make_wallet().public_key
        self._ids: list[str] = []

    def more(self, url: str, count: int, *, pause: float = 0.02) -> PersistentClient:
        """A client that posts so many more."""
        new = [f"p-{len(self._ids) + number}" for number in range(count)]
        self._ids += new
        client = PersistentClient([payment(self._told, self._wallet, one) for one in new], url, pause=pause)
        client.start()
        return client

    def wait(self) -> None:
        """Until all are told."""
        wait_until_told(self._told, self._ids)

    def assert_all_well(self) -> None:
        """Each is paid once, and told."""
        assert_paid_once(self._network, self._root.public_key, self._ids)
        assert_told(self._told, self._ids)


@pytest.fixture
def payments(network: Network, root: Keypair, told: Told) -> Payments:
    """None yet."""
    return Payments(network, root, told)


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """A disk of its own, with so little room."""
    folder.mkdir()
    mounted = subprocess.run(
        ["/bin/mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "small", str(folder)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("no disk can be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["/bin/umount", "-l", str(folder)], check=True)


def fill(disk: Path) -> Path:
    """Leave no room on it."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                pass
    return ballast


def not_well(url: str) -> set[str]:
    """The checks that are not well, while `GET /status` answers that payments wait."""
    try:
        with urlopen(f"{url}/status") as answer:
            return {"something"} if b"unwell" in answer.read() else set()
    except HTTPError as error:
        return {name for name, one in loads(error.read())["checks"].items() if one["status"] != "ok"}


def test_a_full_disk_refuses_posts_and_loses_nothing_and_room_is_all_that_it_wants(
    network: Network, root: Keypair, told: Told, payments: Payments, tmp_path: Path
) -> None:
    with small_disk(tmp_path / "disk", ROOM) as disk:
        kinpay = Kinpay(disk, write_config(disk, network, root, max_channels=10, poll_interval=0.2))
        with kinpay.serving() as (program, url):
            before = payments.more(url, 40)
            wait_until(lambda: told.read())
            ballast = fill(disk)
            during = payments.more(url, 300, pause=0)
            wait_until(lambda: during.refusals)
            wait_until(lambda: "database" in not_well(url))
            ballast.unlink()
            wait_until(lambda: not (before.is_alive() or during.is_alive()))
            payments.wait()
            wait_until(lambda: not not_well(url))
            program.stop()
    payments.assert_all_well()
    assert {status for status, _ in [*before.refusals, *during.refusals]} == {503}
    answer = loads(during.refusals[0][1])
    assert (answer["code"], answer["error"]) == (5030, "Service unavailable")
    assert "sql" not in str(answer).lower()


def test_a_kill_while_the_disk_is_full_loses_nothing(
    network: Network, root: Keypair, told: Told, payments: Payments, tmp_path: Path
) -> None:
    with small_disk(tmp_path / "disk", ROOM) as disk:
        kinpay = Kinpay(disk, write_config(disk, network, root, max_channels=10, poll_interval=0.2))
        with kinpay.serving() as (program, url):
            client = payments.more(url, 100)
            wait_until(lambda: told.read())
            ballast = fill(disk)
            time.sleep(1)
            program.kill()
        ballast.unlink()
        with kinpay.serving() as (_, client.url):
            payments.wait()
    payments.assert_all_well()


def test_a_writer_that_locks_the_database_for_seconds_delays_posts_and_loses_nothing(
    kinpay: Kinpay, told: Told, payments: Payments
) -> None:
    with kinpay.serving() as (program, url):
        client = payments.more(url, 60)
        wait_until(lambda: told.read())
        with closing(sqlite3.connect(kinpay.folder / "kinpay.db", timeout=60, isolation_level=None)) as other:
            for _ in range(3):
                other.execute("BEGIN IMMEDIATE")
                time.sleep(3)
                other.execute("ROLLBACK")
                time.sleep(0.5)
        payments.wait()
        program.stop()
    payments.assert_all_well()
    assert {status for status, _ in client.refusals} <= {503}


def test_a_slow_backup_under_load_loses_nothing_and_is_whole(kinpay: Kinpay, told: Told, payments: Payments) -> None:
    copy = kinpay.folder / "copy.db"
    with kinpay.serving() as (_, url):
        client = payments.more(url, 100)
        wait_until(lambda: told.read())
        with closing(sqlite3.connect(kinpay.folder / "kinpay.db")) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target, pages=5, sleep=0.02)
            assert target.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        payments.wait()
    payments.assert_all_well()
    assert not client.refusals


def test_a_process_that_stood_still_for_seconds_goes_on(kinpay: Kinpay, told: Told, payments: Payments) -> None:
    with kinpay.serving() as (program, url):
        client = payments.more(url, 100)
        wait_until(lambda: told.read())
        for _ in range(2):
            os.kill(program.pid, signal.SIGSTOP)
            time.sleep(4)
            os.kill(program.pid, signal.SIGCONT)
            time.sleep(0.7)
        payments.wait()
        program.stop()
    payments.assert_all_well()
    assert not client.refusals


def test_sigterm_under_load_ends_it_with_status_0_and_loses_nothing(
    kinpay: Kinpay, told: Told, payments: Payments
) -> None:
    with kinpay.serving() as (program, url):
        client = payments.more(url, 200, pause=0)
        wait_until(lambda: told.read())
        program.stop()
    with kinpay.serving() as (program, client.url):
        payments.wait()
        program.stop()
    payments.assert_all_well()
    assert {status for status, _ in client.refusals} <= {503}


@pytest.mark.parametrize("hours", [1, -1], ids=["forwards", "backwards"])
def test_a_clock_that_jumps_an_hour_neither_loses_nor_delays_anything(
    kinpay: Kinpay, told: Told, payments: Payments, hours: int
) -> None:
    wrong = kinpay.folder / "clock"
    wrong.write_text("0")
    with wrapped(kinpay, "clock", str(wrong)) as program:
        url = program.url()
        assert url
        payments.more(url, 60)
        wait_until(lambda: told.read())
        wrong.write_text(str(hours * HOUR))
        payments.wait()
        payments.more(url, 20).join()
        payments.wait()
    payments.assert_all_well()
