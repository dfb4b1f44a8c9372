"""The quick way to read an envelope says what the SDK's decoder says, or nothing."""

import base64
import struct

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stellar_sdk import Asset, Keypair, MuxedAccount, Payment

from kinpay_server.sandbox.core import envelope
from kinpay_server.sandbox.core.plain_payments import Unusual, read

COMPARED = [name for name in envelope.Envelope.__slots__ if name not in ("_memo", "_operations", "verified")]


def both(raw, monkeypatch):
    """(what the quick way makes of it, what the SDK's decoder makes of it)"""
    quick = envelope.from_bytes(raw, b"network")

    def never(raw):
        raise Unusual

    with monkeypatch.context() as patch:
        patch.setattr(envelope, "read", never)
        return quick, envelope.from_bytes(raw, b"network")


def assert_same(raw, monkeypatch):
    quick, slow = both(raw, monkeypatch)
    assert [getattr(quick, name) for name in COMPARED] == [getattr(slow, name) for name in COMPARED]
    assert (quick.operations, quick.memo) == (slow.operations, slow.memo)


def payments(world):
    """Envelopes of every form that it reads."""
    alice, bob = world.node.friendbot, world.node.issuer
    long = Payment(MuxedAccount(bob.public_key, 7), Asset("LONGCODE", bob.public_key), "3", alice.public_key)
    few = world.pay(bob, xlm=True)
    yield world.tx(alice, few, memo="1-test-1", times=(5, 9))
    yield world.tx(alice, few, long, world.pay(bob), signers=[alice, bob, Keypair.random()])
    yield world.tx(alice, few, shape=lambda builder: builder.set_ledger_bounds(3, 9))
    yield world.tx(alice, signers=[])


def test_each_form_that_it_reads(world, monkeypatch):
    for tx in payments(world):
        raw = base64.b64decode(tx.to_xdr())
        assert read(raw).sequence == tx.transaction.sequence
        assert_same(raw, monkeypatch)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_changed_bytes_change_nothing_about_that(world, monkeypatch, data):
    raw = bytearray(base64.b64decode(data.draw(st.sampled_from(list(payments(world)))).to_xdr()))
    for _ in range(data.draw(st.integers(1, 3))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.sampled_from([0, 1, 2, 4, 64, 127, 255]))
    cut = bytes(raw[: data.draw(st.integers(len(raw) - 80, len(raw)))])
    try:
        read(cut)
    except (Unusual, struct.error):
        return
    assert_same(cut, monkeypatch)


def test_what_is_no_plain_payment_is_left_alone(world):
    alice = world.node.friendbot
    bump = world.bump(world.tx(alice, world.pay(alice)), alice, 1000)
    for raw in (b"", b"\0\0\0\2", base64.b64decode(bump.to_xdr())):
        with pytest.raises((Unusual, struct.error)):
            read(raw)
