"""Ledgers that survive."""

import json
import signal
import subprocess
import sys

import pytest
import requests
from stellar_sdk import Keypair

from kinpay_server.sandbox.ledger_file import LedgerFile, WrongFile
from kinpay_server.sandbox.node import Node

PHRASE = "a network in a file"


def test_what_was_closed_is_there_again_to_the_last_hash(tmp_path):
    path = tmp_path / "state.db"
    file = LedgerFile(path, PHRASE, 1000)
    node = Node(PHRASE, now=1000, file=file)
    node.found(1001)
    address = Keypair.random().public_key
    node.submit(node.gift(address), 1002)
    node.close(1003)
    file.close()
    again = Node(PHRASE, now=5000, file=LedgerFile(path, PHRASE, 5000))
    assert again.network.hash == node.network.hash
    assert again.network.state.entries == node.network.state.entries


def test_a_file_of_another_network_is_refused(tmp_path):
    LedgerFile(tmp_path / "state.db", PHRASE, 1000).close()
    with pytest.raises(WrongFile):
        LedgerFile(tmp_path / "state.db", "another", 1000)
    (tmp_path / "text.db").write_text("not a database at all, but long enough to look at" * 9)
    with pytest.raises(WrongFile):
        LedgerFile(tmp_path / "text.db", PHRASE, 1000)


def begin(path):
    command = [sys.executable, "-m", "kinpay_server.sandbox", "--port", "0", "--json", "--close-seconds", "0.1"]
    process = subprocess.Popen([*command, "--fast", "--state", str(path)], stdout=subprocess.PIPE, text=True)
    return process, json.loads(process.stdout.readline())


def test_a_killed_sandbox_goes_on_where_it_was(tmp_path):
    process, facts = begin(tmp_path / "state.db")
    address = Keypair.random().public_key
    assert requests.get(facts["friendbot_url"], params={"addr": address}, timeout=30).status_code == 200
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    process, facts = begin(tmp_path / "state.db")
    try:
        assert requests.get(f"{facts['horizon_url']}/accounts/{address}", timeout=30).status_code == 200
        other = Keypair.random().public_key
        assert requests.get(facts["friendbot_url"], params={"addr": other}, timeout=30).status_code == 200
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()
    assert process.returncode == 0
