import asyncio
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stellar_sdk import FeeBumpTransactionEnvelope, Keypair, TransactionBuilder, TransactionEnvelope

from kinpay_server.ledger.bumps import fee_bump, operation_count
from kinpay_server.ledger.envelopes import network_id
from kinpay_server.ledger.keys import AccountKey
from kinpay_server.services.ports import Bounds, OpeningDraft

ROOT = Keypair.from_raw_ed25519_seed(b"root".ljust(32, b"."))
PASSPHRASE = "Standalone Network ; February 2017"


def bump(attempt, bid):
    return fee_bump(attempt, bid, root=AccountKey(ROOT), network=network_id(PASSPHRASE))


@settings(deadline=None)
@given(bid=st.integers(100, 2**62 - 1))
def test_a_bump_is_byte_for_byte_what_the_builder_of_the_sdk_makes(attempts, bid: int):
    [attempt] = attempts()
    inner = TransactionEnvelope.from_xdr(attempt.envelope, PASSPHRASE)
    expected = TransactionBuilder.build_fee_bump_transaction(ROOT, bid, inner, PASSPHRASE)
    expected.sign(ROOT)
    made = bump(attempt, bid)
    assert (made.envelope, made.hash) == (expected.to_xdr(), expected.hash_hex())


def test_a_bump_counts_as_one_operation_more(attempts):
    [attempt] = attempts()
    assert FeeBumpTransactionEnvelope.from_xdr(bump(attempt, 250).envelope, PASSPHRASE).transaction.fee == 500


def test_a_bump_of_an_opening_pays_for_each_of_its_operations(signer):
    opening = OpeningDraft(None, 1, None, indexes=(0, 1, 2), starting_balance=0, fee=900)
    [attempt] = asyncio.run(signer.sign_openings([opening], Bounds(10, 20), now=0))
    assert operation_count(attempt) == 9
    assert FeeBumpTransactionEnvelope.from_xdr(bump(attempt, 100).envelope, PASSPHRASE).transaction.fee == 1000


def test_the_same_bid_makes_the_same_bump_and_another_bid_another(attempts):
    [attempt] = attempts()
    assert bump(attempt, 200) == bump(attempt, 200)
    assert bump(attempt, 200).hash != bump(attempt, 201).hash != attempt.hash


def test_a_bump_holds_the_inner_envelope_unchanged(attempts):
    [attempt] = attempts()
    outer = FeeBumpTransactionEnvelope.from_xdr(bump(attempt, 200).envelope, PASSPHRASE)
    assert outer.transaction.inner_transaction_envelope.to_xdr() == attempt.envelope


def test_there_is_no_bump_of_a_bump(signer, attempts):
    [attempt] = attempts()
    opening = OpeningDraft(None, 1, None, indexes=(0,), starting_balance=0, fee=900)
    [other] = asyncio.run(signer.sign_openings([opening], Bounds(10, 20), now=0))
    with pytest.raises(ValueError, match="plain transaction"):
        operation_count(replace(other, envelope=bump(attempt, 200).envelope))
