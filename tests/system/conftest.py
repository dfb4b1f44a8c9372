"""The programs as they are: a sandbox, and services against it, each a process of its own."""

import json
import secrets
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from stellar_sdk import Keypair

from kinpay_server.demo.configuration import url_of, write_config
from kinpay_server.demo.http import Receiver, call, receiver
from kinpay_server.demo.network import Network, network_of
from kinpay_server.demo.programs import Program, running


@dataclass
class Told:
    """The callbacks that came, by state and payment."""

    receiver: Receiver
    states: dict[str, Counter[str]]

    def read(self) -> dict[str, Counter[str]]:
        """How often each payment was told, by state."""
        while not self.receiver.callbacks.empty():
            body = self.receiver.callbacks.get()
            self.states[body["value"]["id"]][body["state"]] += 1
        return self.states


@dataclass
class Kinpay:
    """A service's folder and configuration; it may be started many times."""

    folder: Path
    config: Path

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """What its database holds, or what is changed in it by hand."""
        with closing(sqlite3.connect(self.folder / "kinpay.db")) as connection, connection:
            return connection.execute(sql, values).fetchall()

    @contextmanager
    def serving(self) -> Iterator[tuple[Program, str]]:
        """The running service and its URL."""
        with running(["serve", "-c", str(self.config)], self.folder) as program:
            yield program, program.wait_for(url_of)


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    """A running sandbox that closes two ledgers a second."""
    folder = tmp_path_factory.mktemp("sandbox")
    arguments = ["sandbox", "--port", "0", "--json", "--close-seconds", "0.5", "--fast"]
    with running(arguments, folder) as sandbox:
        yield sandbox.wait_for(network_of)


@pytest.fixture
def root(network: Network) -> Keypair:
    """A root wallet that can pay."""
    keys = network.make_wallet()
    network.give_kin(keys.public_key, 1_000_000)
    return keys


@pytest.fixture
def kinpay(network: Network, root: Keypair, tmp_path: Path) -> Kinpay:
    """A service that pays from `root`."""
    return Kinpay(tmp_path, write_config(tmp_path, network, root, max_channels=30, poll_interval=0.2))


@pytest.fixture
def told() -> Iterator[Told]:
    """A receiver of callbacks."""
    with receiver() as kept:
        yield Told(kept, defaultdict(Counter))


def payment(told: Told, wallet: str, payment_id: str = "", amount: object = 1) -> dict[str, Any]:
    """The body of a post."""
    return {
        "id": payment_id or secrets.token_hex(8),
        "app_id": "test",
        "amount": amount,
        "recipient_address": wallet,
        "callback": told.receiver.url,
    }


def payments_on_ledger(network: Network, root: str) -> Counter[str]:
    """How often the ledger holds a KIN payment out of `root` with each memo."""
    audit = call(f"{network.horizon_url}/_sandbox/audit")
    return Counter(one["memo"] for one in audit["payments"] if one["from"] == root and one["memo"])


def show(value: object) -> str:
    """For messages of failing tests."""
    return json.dumps(value, default=str)[:2000]
