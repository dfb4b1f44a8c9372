"""Any bytes at `tx=` end in a problem, never in a traceback or a stopped ledger."""

import base64
import hashlib

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stellar_sdk import (
    AccountMerge,
    Asset,
    BeginSponsoringFutureReserves,
    BumpSequence,
    ChangeTrust,
    Claimant,
    ClaimClaimableBalance,
    ClaimPredicate,
    Clawback,
    ClawbackClaimableBalance,
    CreateAccount,
    CreateClaimableBalance,
    CreatePassiveSellOffer,
    EndSponsoringFutureReserves,
    Inflation,
    Keypair,
    ManageBuyOffer,
    ManageData,
    ManageSellOffer,
    PathPaymentStrictReceive,
    PathPaymentStrictSend,
    Payment,
    RevokeSponsorship,
    SetOptions,
    SetTrustLineFlags,
    Signer,
    TrustLineFlags,
    xdr,
)

from kinpay_server.sandbox.core.envelope import Malformed
from kinpay_server.sandbox.horizon.effects import effects_of
from kinpay_server.sandbox.horizon.rendering import Renderer

SETTINGS = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@SETTINGS
@given(raw=st.binary(max_size=300))
def test_random_bytes(still, raw):
    for path in ("/transactions", "/transactions_async"):
        text = base64.b64encode(raw).decode()
        reply = requests.post(still.horizon_url + path, data={"tx": text}, timeout=30)
        assert reply.status_code == 400
        assert reply.json()["type"].endswith("transaction_malformed")


@SETTINGS
@given(data=st.data())
def test_real_envelopes_with_changed_bytes(world, data):
    alice, bob = world.node.friendbot, world.node.issuer
    inner = world.tx(alice, world.pay(bob), world.pay(bob, xlm=True), memo="1-test-1")
    raw = bytearray(base64.b64decode(data.draw(st.sampled_from([inner, world.bump(inner, bob, 1000)])).to_xdr()))
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(raw)))
    for text in (bytes(raw), bytes(raw[:cut])):
        try:
            answer = world.node.submit(base64.b64encode(text).decode(), world.now)
        except Malformed:
            continue
        if answer.result is not None:
            assert answer.result.to_xdr()
    world.close()


def menagerie(world, source):
    """One operation of each kind."""
    me, other, gold = source.public_key, world.node.issuer.public_key, Asset("GOLD", source.public_key)
    relative = ClaimPredicate.predicate_before_relative_time(9)
    unless = ClaimPredicate.predicate_not(ClaimPredicate.predicate_unconditional())
    both = ClaimPredicate.predicate_and(relative, unless)
    return [
        CreateAccount(Keypair.random().public_key, "5"),
        Payment(other, world.xlm, "1"),
        Payment(other, world.kin, "1"),
        PathPaymentStrictReceive(other, world.xlm, "3", world.kin, "1", [gold]),
        PathPaymentStrictSend(other, world.kin, "3", world.xlm, "1", [gold]),
        ManageSellOffer(world.xlm, world.kin, "3", "0.7"),
        ManageBuyOffer(world.kin, world.xlm, "3", "0.7"),
        CreatePassiveSellOffer(world.xlm, world.kin, "2", "1.3"),
        SetOptions(home_domain="kin.example", signer=Signer.ed25519_public_key(other, 1), med_threshold=1),
        ChangeTrust(world.kin, "50"),
        SetTrustLineFlags(other, gold, set_flags=TrustLineFlags(1)),
        ManageData("name", b"value"),
        BumpSequence(world.sequence(source) + 3),
        CreateClaimableBalance(world.xlm, "2", [Claimant(other, both)]),
        ClaimClaimableBalance("00000000" + "ab" * 32),
        BeginSponsoringFutureReserves(other),
        EndSponsoringFutureReserves(),
        RevokeSponsorship.revoke_account_sponsorship(me),
        Clawback(gold, other, "1"),
        ClawbackClaimableBalance("00000000" + "cd" * 32),
        AccountMerge(other),
        Inflation(),
    ]


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_well_signed_transactions_whose_operations_are_broken(crowd, data):
    world, alice = crowd
    ops = [op.to_xdr_object().to_xdr_bytes() for op in data.draw(st.permutations(menagerie(world, alice)))[:3]]
    raw = bytearray(data.draw(st.sampled_from(ops)))
    for _ in range(data.draw(st.integers(0, 3))):
        raw[data.draw(st.integers(4, len(raw) - 1))] = data.draw(st.sampled_from([0, 1, 2, 3, 127, 128, 255]))
    tx = world.tx(alice, world.pay(alice, xlm=True), fee=500, signers=[]).to_xdr_object()
    try:
        broken = xdr.Operation.from_xdr_bytes(bytes(raw))
        tx.v1.tx.operations = [broken, *(xdr.Operation.from_xdr_bytes(op) for op in ops[1:])]
    except Exception:
        return
    tagged = xdr.EnvelopeType.ENVELOPE_TYPE_TX.to_xdr_bytes() + tx.v1.tx.to_xdr_bytes()
    digest = hashlib.sha256(world.node.network.network_id + tagged).digest()
    tx.v1.signatures.append(alice.sign_decorated(digest).to_xdr_object())
    answer = world.node.submit(tx.to_xdr(), world.now)
    world.close()
    assert answer.envelope.hash == digest
    record = world.node.history.transaction(digest.hex())
    if record is not None:
        assert record.applied.result.name in ("txSUCCESS", "txFAILED", "txBAD_SPONSORSHIP")
        assert xdr.TransactionResult.from_xdr(record.result_xdr).to_xdr() == record.result_xdr
        assert xdr.TransactionMeta.from_xdr(record.meta_xdr).to_xdr() == record.meta_xdr
        render = Renderer("http://horizon")
        assert all(render.operation(op, joined=True) for op in record.parts())
        for op in record.parts():
            assert all(effect.document("http://horizon") for effect in effects_of(op))
    if world.sequence(alice) > 1 << 60 or world.node.network.state.account(alice.raw_public_key()) is None:
        crowd[1] = world.person(kin="50")


@pytest.fixture
def crowd(world):
    """A network and somebody who is replaced when it is merged away."""
    return [world, world.person(kin="50")]


def test_forms_that_hold_no_transaction(still):
    url = still.horizon_url + "/transactions"
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for body in (b"", b"tx=", b"a=b", b"\xff\xfe", b"tx=" + b"A" * 300_000):
        reply = requests.post(url, data=body, headers=form, timeout=30)
        assert (reply.status_code, reply.json()["title"]) == (400, "Transaction Malformed")
    for kind, status in (("application/json", 415), ("text/plain", 415), ("a/b/c; d", 500)):
        assert requests.post(url, data=b"tx=AAAA", headers={"Content-Type": kind}, timeout=30).status_code == status


def test_text_that_is_no_utf8_and_forms_in_parts(still):
    url = still.horizon_url + "/transactions"
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for body in (b"tx=%ff%fe", b"tx=\xff"):
        reply = requests.post(url, data=body, headers=form, timeout=30)
        assert (reply.status_code, reply.json()["extras"]["reason"]) == (400, "invalid value")
    gift = still.node.gift(Keypair.random().public_key)
    reply = requests.post(url + "_async", files={"tx": (None, gift)}, timeout=30)
    assert reply.json()["tx_status"] == "PENDING"
    broken = {"Content-Type": "multipart/form-data; boundary=x"}
    assert requests.post(url, data=b"--y", headers=broken, timeout=30).status_code == 400


def test_a_balance_that_may_be_claimed_in_the_farthest_future_can_be_shown(world):
    last = ClaimPredicate.predicate_before_absolute_time(2**63 - 1)
    alice = world.person()
    world.must(world.tx(alice, CreateClaimableBalance(world.xlm, "2", [Claimant(alice.public_key, last)])))
    record = world.node.history.operations.page(None, 1, descending=True)[0]
    assert b'"+292277026596-12-04T15:30:07Z"' in Renderer("http://horizon").operation(record)
