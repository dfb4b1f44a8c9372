"""Whole scenarios that were recorded from stellar-core 22.1 and Horizon 22.0.3, played again and compared."""

import json
import time
from pathlib import Path

import pytest

from kinpay_server.sandbox.http import clock
from kinpay_server.sandbox.in_thread import SandboxServer
from kinpay_server.sandbox.ledger_file import LedgerFile
from tests.sandbox.conformance.replay import SHARED, Replay, key_of

HERE = Path(__file__).parent / "recorded" / "scenarios"
PHRASE = "Standalone Network ; February 2017"
SCENARIOS = {
    f"{path.stem}/{name}": scenario
    for path in sorted(HERE.glob("*.json"))
    for name, scenario in json.loads(path.read_text(encoding="utf-8")).items()
}


def network(**more):
    """A network with the two accounts that all scenarios share."""
    server = SandboxServer(passphrase=PHRASE, close_seconds=0, **more)
    for name in SHARED:
        server.node.submit(server.node.gift(key_of("shared", name).public_key), 0)
    server.node.close(0)
    server.node.ingest()
    return server


@pytest.fixture(scope="module")
def usual():
    server = network()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """The usual network, in a file."""
    server = network(file=LedgerFile(tmp_path_factory.mktemp("state") / "state.db", PHRASE, int(time.time())))
    yield server
    server.stop()


@pytest.fixture
def tiny():
    server = network(max_ops=10)
    yield server
    server.stop()


@pytest.fixture
def impatient(monkeypatch):
    """A synchronous answer gives up after a second instead of thirty."""
    monkeypatch.setattr(clock, "SYNC_TIMEOUT_SECONDS", 1.0)


@pytest.mark.parametrize("name", SCENARIOS)
def test_answers_are_those_that_were_recorded(request, impatient, name):
    server = request.getfixturevalue("tiny" if name.startswith("surge/") else "usual")
    found = Replay(name, SCENARIOS[name], server).run()
    assert not found, "\n".join(found)


@pytest.mark.parametrize("name", [name for name in SCENARIOS if name.startswith(("accounts/", "lists/", "success/"))])
def test_a_network_in_a_file_answers_the_same(kept, impatient, name):
    found = Replay(name, SCENARIOS[name], kept).run()
    assert not found, "\n".join(found)
