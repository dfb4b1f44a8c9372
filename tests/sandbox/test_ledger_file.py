"""Ledgers in a file: nothing is lost, and history read from it is the same as in memory."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time

import orjson
import pytest
import requests
from stellar_sdk import (
    Account,
    Asset,
    Claimant,
    ClaimClaimableBalance,
    CreateClaimableBalance,
    Keypair,
    ManageBuyOffer,
    ManageData,
    ManageSellOffer,
    PathPaymentStrictSend,
    TransactionBuilder,
)

from kinpay_server.sandbox.core.packing import pack_entry, unpack_entry
from kinpay_server.sandbox.horizon.fee_stats_view import fee_stats
from kinpay_server.sandbox.horizon.history import History
from kinpay_server.sandbox.horizon.rendering import Renderer
from kinpay_server.sandbox.in_thread import SandboxServer
from kinpay_server.sandbox.ledger_file import LedgerFile, WrongFile
from kinpay_server.sandbox.node import Node
from tests.sandbox.conftest import BEGIN, PHRASE

NETWORK = "a network in a file"


def lively(worlds, path):
    """A network in a file after some days of everything."""
    world = worlds(file=LedgerFile(path, PHRASE, int(BEGIN)))
    maker, alice, bob = world.person(kin="1000"), world.person("500", kin="100"), world.person(kin="0")
    world.must(world.tx(maker, ManageSellOffer(world.kin, world.xlm, "500", "0.1")))
    luck = random.Random(3)
    for number in range(40):
        ops = (
            world.pay(bob),
            world.pay(Keypair.random()),
            PathPaymentStrictSend(bob.public_key, world.xlm, "0.5", world.kin, "1", []),
            ManageBuyOffer(world.xlm, world.kin, "2", "0.1"),
            ManageData(f"note {number % 3}", luck.choice([b"x", None])),
            CreateClaimableBalance(world.kin, "1", [Claimant(bob.public_key)]),
        )
        inner = world.tx(alice, *luck.choices(ops, k=luck.randint(1, 3)))
        world.submit(luck.choice([inner, world.bump(inner, maker, 1000)]))
        world.close()
    balance = next(iter(world.node.history.snapshot.claimable))
    world.must(world.tx(bob, ClaimClaimableBalance("00000000" + balance.hex())))
    return world


def shown(history):
    """All that can be read of a history, whichever way it is kept."""
    render = Renderer("http://horizon")
    balances = (b"balance " + name for name in history.snapshot.claimable)
    subjects = [None, *sorted({*history.snapshot.lines, *balances})]
    for subject in subjects:
        lists = history if subject is None else history.concerned(subject)
        if lists is None:
            continue
        for descending in (False, True):
            for failed in (False, True):
                for shelf in (lists.operations, lists.payments, lists.trades):
                    yield [orjson.loads(render.operation(op)) for op in walk(shelf, descending, failed)]
                yield [orjson.loads(render.transaction(tx)) for tx in walk(lists.transactions, descending, failed)]
    yield [(r.header, r.hash, r.successful, r.failed, r.operations, r.used) for r in walk(history.ledgers, True, True)]
    yield fee_stats(history)
    yield history.snapshot.entries
    yield history.asset_order.places
    for number in range(1, history.latest.header.sequence + 1):
        yield [tx.hash for tx in history.transactions_in(history.ledger(number))]


def walk(shelf, descending, failed):
    found, cursor = [], None
    while page := shelf.page(cursor, 7, descending=descending, failed=failed):
        found += page
        cursor = page[-1].token
    return found


def test_history_in_a_file_is_what_it_would_be_in_memory(worlds, tmp_path):
    world = lively(worlds, tmp_path / "state.db")
    memory = History()
    for closed in world.node.archive:
        memory.ingest(closed)
    for ours, theirs in zip(shown(world.node.history), shown(memory), strict=True):
        assert ours == theirs
    for tx in walk(memory.transactions, False, True):
        for name in (tx.hash, tx.inner_hash):
            assert name is None or world.node.history.transaction(name).token == tx.token
    assert world.node.history.transaction("ab" * 32) is None
    assert world.node.history.concerned(Keypair.random().raw_public_key()) is None


def test_what_was_closed_is_there_again_to_the_last_bit(worlds, tmp_path):
    world = lively(worlds, tmp_path / "state.db")
    before = list(shown(world.node.history))
    again = Node(PHRASE, now=BEGIN + 10**6, file=LedgerFile(tmp_path / "state.db", PHRASE, 5000))
    assert again.network.hash == world.node.network.hash
    assert again.network.state.entries == world.node.network.state.entries
    assert {pair: ids for pair, ids in again.network.state.books.items() if ids} == {
        pair: ids for pair, ids in world.node.network.state.books.items() if ids
    }
    assert list(shown(again.history)) == before
    assert [b for b in again.network.queue.banned if b] == [b for b in world.node.network.queue.banned if b]
    for entry in again.network.state.entries.values():
        assert unpack_entry(pack_entry(entry)) == entry


def test_a_ledger_is_shown_only_when_history_has_read_it(worlds, tmp_path):
    world = lively(worlds, tmp_path / "state.db")
    alice = world.person()
    tx = world.tx(alice, world.pay(alice, xlm=True))
    world.submit(tx)
    world.node.close(world.now + 1)
    history = world.node.history
    assert history.transaction(tx.hash_hex()) is None
    assert history.ledger(world.node.network.ledger) is None
    assert history.transactions.page(None, 1, descending=True)[0].hash != tx.hash_hex()
    world.node.ingest()
    assert history.transactions.page(None, 1, descending=True)[0].hash == tx.hash_hex()


def test_a_file_of_another_network_is_refused(tmp_path):
    LedgerFile(tmp_path / "state.db", NETWORK, 1000).close()
    with pytest.raises(WrongFile):
        LedgerFile(tmp_path / "state.db", "another", 1000)
    (tmp_path / "text.db").write_text("not a database at all, but long enough to look at" * 9)
    with pytest.raises(WrongFile):
        LedgerFile(tmp_path / "text.db", NETWORK, 1000)


def begin(path):
    command = [sys.executable, "-m", "kinpay_server.sandbox", "--port", "0", "--json", "--close-seconds", "0.1"]
    process = subprocess.Popen([*command, "--fast", "--state", str(path)], stdout=subprocess.PIPE, text=True)
    return process, json.loads(process.stdout.readline())


def end(process):
    process.terminate()
    process.wait()
    process.stdout.close()


def newest(facts):
    return requests.get(facts["horizon_url"] + "/ledgers?order=desc&limit=1", timeout=30).json()["_embedded"]["records"]


def test_a_sandbox_killed_at_any_moment_has_all_ledgers_that_it_showed(tmp_path):
    luck = random.Random(11)
    people, ledger = [], None
    for _ in range(5):
        process, facts = begin(tmp_path / "state.db")
        if ledger is not None:
            found = requests.get(f"{facts['horizon_url']}/ledgers/{ledger['sequence']}", timeout=30).json()
            assert found["hash"] == ledger["hash"]
            for address in people:
                assert requests.get(f"{facts['horizon_url']}/accounts/{address}", timeout=30).status_code == 200
        for _ in range(3):
            address = Keypair.random().public_key
            reply = requests.get(facts["friendbot_url"], params={"addr": address}, timeout=30)
            people += [address] if reply.status_code == 200 else []
        (ledger,) = newest(facts)
        late = threading.Timer(luck.uniform(0, 0.2), os.kill, (process.pid, signal.SIGKILL))
        late.start()
        while process.poll() is None:
            time.sleep(0.001)
            try:
                (ledger,) = newest(facts)
            except (requests.ConnectionError, ValueError):
                break
        process.wait()
        process.stdout.close()
    assert len(people) == 15
    process, facts = begin(tmp_path / "state.db")
    assert requests.get(f"{facts['horizon_url']}/accounts/{people[-1]}", timeout=30).status_code == 200
    end(process)
    assert process.returncode == 0


def test_the_audit_and_late_replicas_read_the_file_too(tmp_path):
    server = SandboxServer(passphrase=PHRASE, close_seconds=0, file=LedgerFile(tmp_path / "state.db", PHRASE, 1000))
    try:
        alice = Keypair.random().public_key
        server.node.submit(server.node.gift(alice), 0)
        minion = server.node.minions[1]
        sequence = server.node.network.state.account(minion.raw_public_key()).sequence
        builder = TransactionBuilder(Account(minion.public_key, sequence), PHRASE).set_timeout(300)
        pay = builder.append_payment_op(server.root.public_key, Asset.native(), "1").build()
        pay.sign(minion)
        server.node.submit(pay.to_xdr(), time.time())
        requests.post(server.horizon_url + "/_sandbox/close", timeout=30)
        paid = requests.get(server.horizon_url + "/_sandbox/audit", timeout=30).json()["payments"]
        assert [payment["hash"] for payment in paid] == [pay.hash_hex()]
        requests.post(server.horizon_url + "/_sandbox/faults", json={"replica_lags": [1, 0]}, timeout=30)
        asked = [requests.get(f"{server.horizon_url}/accounts/{alice}", timeout=30).status_code for _ in range(4)]
        assert asked == [404, 200, 404, 200]
    finally:
        server.stop()
