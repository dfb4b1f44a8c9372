"""The answers of a real Horizon, kept beside this file: problems word for word, and the form of every document."""

import json
import re
from pathlib import Path

import orjson
import pytest
import requests
from stellar_sdk import (
    AccountMerge,
    BeginSponsoringFutureReserves,
    BumpSequence,
    ChangeTrust,
    CreateAccount,
    EndSponsoringFutureReserves,
    Keypair,
    ManageData,
    ManageSellOffer,
    MuxedAccount,
    PathPaymentStrictReceive,
    PathPaymentStrictSend,
    Payment,
    SetOptions,
    Signer,
)

from kinpay_server.sandbox.horizon.account_view import account
from kinpay_server.sandbox.horizon.fee_stats_view import fee_stats
from kinpay_server.sandbox.horizon.ledger_view import ledger
from kinpay_server.sandbox.horizon.rendering import Renderer
from kinpay_server.sandbox.horizon.root_view import root
from kinpay_server.sandbox.in_thread import SandboxServer

HERE = Path(__file__).parent / "recorded"
PROBLEMS = json.loads((HERE / "problems.json").read_text(encoding="utf-8"))
FORMS = json.loads((HERE / "forms.json").read_text(encoding="utf-8"))
PRESENCE = ("latest-ledger", "x-ratelimit-limit")


@pytest.fixture(scope="module")
def settled():
    """A sandbox with people in it; closes ledgers when told."""
    server = SandboxServer(close_seconds=0)
    people = {}
    for name in ("alice", "bob", "root", "maker"):
        people[name] = Keypair.random().public_key
        server.node.submit(server.node.gift(people[name]), 0)
    requests.post(server.horizon_url + "/_sandbox/close", timeout=30)
    people |= {"nobody": Keypair.random().public_key, "issuer": server.asset_issuer}
    yield server, people
    server.stop()


@pytest.mark.parametrize("case", PROBLEMS, ids=[case["name"] for case in PROBLEMS])
def test_problems_are_word_for_word(settled, case):
    server, people = settled
    path = re.sub(r"<([^>]+)>", lambda found: people[found[1]], case["path"])
    request = requests.Request(case["method"], server.horizon_url, headers=case["headers"], data=case.get("send"))
    prepared = request.prepare()
    prepared.url = server.horizon_url + path
    with requests.Session() as session:
        session.headers = {}
        reply = session.send(prepared, timeout=30)
    body = reply.text if isinstance(case["body"], str) else reply.json()
    assert (reply.status_code, body) == (case["status"], case["body"])
    for name, value in case["answer"].items():
        assert (reply.headers[name] == value) or (value == "<present>" and name in reply.headers)
    assert not [name for name in PRESENCE if name in reply.headers and name not in case["answer"]]


def form(value):
    """Names and types, as they were recorded."""
    if isinstance(value, dict):
        return {key: form(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [form(value[0])] if value else []
    return type(value).__name__


def known(kind, document):
    assert form(document) in FORMS[kind], f"{kind}: {form(document)}"


def check_account(document):
    for balance in document["balances"]:
        known("balance", balance)
    for signer in document["signers"]:
        known("signer", signer)
    known("account", {k: v for k, v in document.items() if k not in ("balances", "signers", "data")})


def check_everything(world):
    history, render = world.node.history, Renderer("http://horizon")
    for tx in history.transactions.page(None, 1000, descending=False):
        document = orjson.loads(render.transaction(tx))
        if "timebounds" in document.get("preconditions", {}):
            document["preconditions"]["timebounds"].setdefault("max_time", "0")
        known("transaction", document)
        for op in tx.parts():
            document = orjson.loads(render.operation(op))
            known("operation " + document["type"], document)
    for record in history.ledgers.page(None, 1000, descending=False):
        known("ledger", ledger(record, "http://horizon"))
    for entry in list(history.snapshot.entries.values()):
        if type(entry).__name__ == "Account":
            check_account(account(entry, history, "http://horizon"))
    known("fee_stats", fee_stats(history))
    known("root", root(history, "http://horizon", passphrase="x", core_ledger=1, version="1"))


def test_payments_plain_bumped_failed_and_muxed(world):
    alice, channel, bob = world.person(kin="100"), world.person(), world.person(kin="0")
    world.must(world.tx(alice, world.pay(bob), memo="1-kik-abc", fee=5000))
    inner = world.tx(channel, world.pay(bob, source=alice), signers=[channel, alice], memo="1-test-1")
    world.must(world.bump(inner, alice, 400))
    world.fate(world.tx(alice, world.pay(Keypair.random())))
    world.must(world.tx(alice, Payment(MuxedAccount(bob.public_key, 42), world.kin, "1")))
    world.must(world.tx(alice, world.pay(bob, xlm=True)))
    check_everything(world)


def test_sponsored_channels(world):
    root_key, channel = world.person(xlm="50"), Keypair.random()
    ops = (
        BeginSponsoringFutureReserves(channel.public_key),
        CreateAccount(channel.public_key, "0"),
        EndSponsoringFutureReserves(channel.public_key),
    )
    world.must(world.tx(root_key, *ops, signers=[root_key, channel]))
    check_everything(world)


def test_trustlines_options_data_numbers_and_merging(world):
    alice, bob = world.person(kin="0"), world.person()
    world.must(world.tx(alice, ChangeTrust(world.kin, "12.5")))
    world.must(world.tx(alice, ManageData("note", b"hello")))
    world.must(world.tx(alice, BumpSequence(world.sequence(alice) + 10)))
    signer = Signer.ed25519_public_key(Keypair.random().public_key, 1)
    world.must(world.tx(alice, SetOptions(signer=signer, med_threshold=1, home_domain="kin.example")))
    world.must(world.tx(bob, AccountMerge(alice.public_key)))
    history, render = world.node.history, Renderer("http://horizon")
    for op in history.operations.page(None, 1000, descending=False):
        document = orjson.loads(render.operation(op))
        known("operation " + document["type"], document)


def test_path_payments_direct_and_through_an_offer(world):
    maker, alice, bob = world.person(kin="1000"), world.person(kin="100"), world.person(kin="0")
    world.must(world.tx(alice, PathPaymentStrictSend(bob.public_key, world.kin, "5", world.kin, "5", [])))
    world.must(world.tx(alice, PathPaymentStrictReceive(bob.public_key, world.kin, "7", world.kin, "6", [])))
    world.must(world.tx(maker, ManageSellOffer(world.kin, world.xlm, "500", "0.1")))
    world.must(world.tx(alice, PathPaymentStrictReceive(bob.public_key, world.xlm, "10", world.kin, "50", [])))
    world.must(world.tx(alice, PathPaymentStrictSend(bob.public_key, world.xlm, "3", world.kin, "1", [])))
    assert world.stroops(bob) == (5 + 6 + 50 + 30) * 10**7
    history, render = world.node.history, Renderer("http://horizon")
    paths = [
        orjson.loads(render.operation(op))
        for op in history.payments.page(None, 1000, descending=False)
        if op.operation.type in (2, 13)
    ]
    for document in paths:
        known("operation " + document["type"], document)
    assert [document["source_amount"] for document in paths] == ["5.0000000", "6.0000000", "5.0000000", "3.0000000"]
    assert [document["amount"] for document in paths] == ["5.0000000", "6.0000000", "50.0000000", "30.0000000"]
