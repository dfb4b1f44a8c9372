"""Horizon has forgotten ledgers that the service had not read: nothing is sent until an operator has decided."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from stellar_sdk import Keypair

from kinpay_server.demo.configuration import write_config
from kinpay_server.demo.http import call
from kinpay_server.demo.network import Network
from kinpay_server.sandbox.horizon import history
from kinpay_server.sandbox.horizon.history import History
from kinpay_server.sandbox.horizon.shelves import MemoryShelves
from kinpay_server.sandbox.in_thread import SandboxServer
from tests.commands.operator import Operator
from tests.system.clients import post, wait_until
from tests.system.conftest import Kinpay, Told, payment
from tests.system.conftest import told as told
from tests.system.payers import pay_by_hand
from tests.system.test_serve import checks
from tests.system.verdict import assert_paid_once, wait_until_told

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@contextmanager
def sandbox() -> Iterator[tuple[SandboxServer, Network]]:
    """One in this process, so that its history can be cut."""
    server = SandboxServer(close_seconds=0.5)
    names = Network.__dataclass_fields__
    try:
        yield server, Network(**{name: getattr(server, name) for name in names})
    finally:
        server.stop()


class ShortHistory(MemoryShelves):
    """That of a Horizon which keeps its history for some time only."""

    def forget(self, elder: int) -> None:
        """Nothing is shown any more from before that ledger."""
        first = elder << 32
        for lists in self._subjects.values():
            for shelf in lists:
                shelf.records[:] = [one for one in shelf.records if one.token >= first]
        self._ledgers.records[:] = [one for one in self._ledgers.records if one.token >= first]
        self._by_hash = {name: one for name, one in self._by_hash.items() if one.token >= first}


@pytest.fixture
def forget(monkeypatch: pytest.MonkeyPatch) -> Callable[[History, int], None]:
    """Has a sandbox's history begin with a ledger."""
    monkeypatch.setattr(history, "MemoryShelves", ShortHistory)
    monkeypatch.setattr(History, "elder", property(lambda self: self.ledgers.records[0].header.sequence))
    return lambda kept, elder: kept.shelves.forget(elder)


def test_after_a_gap_nothing_is_sent_until_it_is_accepted_and_then_without_a_restart(
    tmp_path: Path, told: Told, forget: Callable[[History, int], None]
) -> None:
    with sandbox() as (server, network):
        root = network.make_wallet()
        network.give_kin(root.public_key, 1000)
        wallet = network.make_wallet().public_key
        kinpay = Kinpay(tmp_path, write_config(tmp_path, network, root, max_channels=3, poll_interval=0.2))
        operator = Operator(tmp_path, kinpay.config)
        with kinpay.serving() as (_, url):
            post(url, payment(told, wallet, "before"))
            wait_until_told(told, ["before"])
            assert "no gap" in operator.says("reconcile", "--accept-gap")
        pay_by_hand(network, root, wallet, "lost")
        newest = server.node.network.ledger + 3
        wait_until(lambda: server.node.history.latest.header.sequence > newest)
        forget(server.node.history, newest)
        with kinpay.serving() as (_, url):
            wait_until(lambda: "reconcile --from-archive-gap" in checks(url).get("start", ""), lambda: checks(url))
            assert post(url, payment(told, wallet, "after"))[0] == 202
            assert f"begins at ledger {newest}" in operator.refuses("check")
            asked = operator.run("reconcile", "--from-archive-gap", given="n\n")
            assert asked.returncode == 1
            assert "1 payments that are not finished" in " ".join(asked.stdout.split())
            assert call(f"{url}/payments/after")["status"] == "accepted"
            assert f"goes on with ledger {newest}" in operator.says("reconcile", "--accept-gap", "--yes")
            wait_until_told(told, ["after"])
            wait_until(lambda: not checks(url), lambda: checks(url))
            assert "no difference" in operator.says("reconcile")
        assert_paid_once(network, root.public_key, ["before", "lost", "after"])


def test_a_root_account_that_did_nothing_for_long_is_no_gap(
    tmp_path: Path, forget: Callable[[History, int], None]
) -> None:
    """Its cursor was moved on with the ledgers; here nothing was ever paid, and the service is new."""
    with sandbox() as (server, network):
        forget(server.node.history, server.node.history.latest.header.sequence)
        root = Keypair.random()
        kinpay = Kinpay(tmp_path, write_config(tmp_path, network, root))
        with kinpay.serving() as (_, url):
            wait_until(lambda: checks(url).keys() == {"root account"}, lambda: checks(url))
            assert "does not exist" in checks(url)["root account"]
