"""Horizon has forgotten ledgers that the service had not read, and another one still has them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kinpay_server.demo.configuration import write_config
from kinpay_server.demo.network import Network
from kinpay_server.sandbox.horizon.history import History
from kinpay_server.sandbox.in_thread import SandboxServer
from tests.commands.operator import Operator
from tests.system.clients import post, wait_until
from tests.system.conftest import Kinpay, Told, payment
from tests.system.conftest import told as told
from tests.system.payers import pay_by_hand
from tests.system.programs import dies_at, serve_and_die
from tests.system.test_gap import forget as forget
from tests.system.test_gap import sandbox
from tests.system.test_serve import checks
from tests.system.verdict import assert_paid_once, assert_told, wait_until_told

Forget = Callable[[History, int], None]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@contextmanager
def archive_of(server: SandboxServer, *, until: int | None = None) -> Iterator[str]:
    """A Horizon that has all ledgers so far, or those up to one."""
    everything = History()
    for closed in list(server.node.archive)[:until]:
        everything.ingest(closed)
    other = SandboxServer(close_seconds=3600)
    try:
        other.node.history = everything
        yield other.horizon_url
    finally:
        other.stop()


class Gap:
    """A service that died with a payment on its way, and whose Horizon has forgotten what came of it."""

    def __init__(self, folder: Path, server: SandboxServer, network: Network, told: Told) -> None:
        self.server = server
        self.network = network
        self.told = told
        self.root = network.make_wallet()
        network.give_kin(self.root.public_key, 1000)
        self.wallet = network.make_wallet().public_key
        self.kinpay = Kinpay(folder, write_config(folder, network, self.root, max_channels=3, poll_interval=0.2))
        self.operator = Operator(folder, self.kinpay.config)
        with self.kinpay.serving() as (_, url):
            post(url, payment(told, self.wallet, "before"))
            wait_until_told(told, ["before"])
        serve_and_die("before commit: settle", self.kinpay, self._posts_one_that_is_paid)
        pay_by_hand(network, self.root, self.wallet, "found")

    def _posts_one_that_is_paid(self, url: str) -> None:
        post(url, payment(self.told, self.wallet, "on its way"))

    def forget(self, forget: Forget) -> int:
        """The ledger with which Horizon's history begins from now on."""
        newest = self.server.node.history.latest.header.sequence + 3
        wait_until(lambda: self.server.node.history.latest.header.sequence > newest)
        forget(self.server.node.history, newest)
        return newest

    def pays_on(self) -> None:
        """What was found is not paid again, the rest is."""
        with self.kinpay.serving() as (_, url):
            wait_until(lambda: post(url, payment(self.told, self.wallet, "found"))[0] == 409)
            post(url, payment(self.told, self.wallet, "after"))
            wait_until_told(self.told, ["on its way", "after"])
            wait_until(lambda: not checks(url), lambda: checks(url))
        assert_paid_once(self.network, self.root.public_key, ["before", "on its way", "found", "after"])
        assert_told(self.told, ["before", "on its way", "after"])


@pytest.fixture
def gap(tmp_path: Path, told: Told, forget: Forget) -> Iterator[Gap]:
    with sandbox() as (server, network):
        yield Gap(tmp_path, server, network, told)


def test_what_horizon_has_forgotten_is_read_from_an_archive_and_nothing_is_paid_twice(gap: Gap, forget: Forget) -> None:
    elder = gap.forget(forget)
    with archive_of(gap.server) as url:
        with gap.kinpay.serving() as (_, served):
            wait_until(lambda: "--from-archive-gap URL" in checks(served).get("start", ""), lambda: checks(served))
            assert "stop it first" in gap.operator.refuses("reconcile", "--from-archive-gap", url)
        said = gap.operator.says("reconcile", "--from-archive-gap", url)
        assert f"to {elder - 1}: 1 payments were found" in said
        assert "1 attempts settled" in said
        assert "there is no gap" in gap.operator.says("reconcile", "--from-archive-gap", url)
    gap.pays_on()


def test_reading_an_archive_that_is_killed_goes_on_when_it_is_said_again(gap: Gap, forget: Forget) -> None:
    gap.forget(forget)
    with archive_of(gap.server) as url:
        command = ("reconcile", "--from-archive-gap", url)
        for name in ("record_found", "settle", "move_cursor"):
            for when in ("before", "after"):
                with dies_at(f"{when} commit: {name}", gap.kinpay, command=command):
                    pass
        gap.operator.says(*command)
    gap.pays_on()


def test_an_archive_of_another_network_or_without_those_ledgers_is_refused(gap: Gap, forget: Forget) -> None:
    elder = gap.forget(forget)

    def refused(url: str) -> str:
        return " ".join(gap.operator.refuses("reconcile", "--from-archive-gap", url).split())

    assert f"begins at ledger {elder}, and" in refused(gap.network.horizon_url)
    with archive_of(gap.server, until=elder - 2) as short:
        assert f"is at ledger {elder - 2} only, and {elder - 1} is wanted" in refused(short)
    other = SandboxServer(passphrase="another network", close_seconds=3600)
    try:
        assert "another network" in refused(other.horizon_url)
    finally:
        other.stop()
    assert "no gap" not in gap.operator.refuses("reconcile", "--from-archive-gap", "ftp://x", status=2)
    assert gap.kinpay.rows("SELECT count(*) FROM payments WHERE status = 'succeeded'") == [(1,)]
