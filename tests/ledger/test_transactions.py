from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stellar_sdk import Account, Asset, Keypair, TransactionBuilder

from kinpay_server.ledger.envelopes import network_id, sign_envelope
from kinpay_server.ledger.keys import AccountKey
from kinpay_server.ledger.transactions import PaymentTemplate, pack_account, pack_preconditions, pack_text_memo
from kinpay_server.services.ports import Bounds

PASSPHRASE = "Test SDF Network ; September 2015"
ROOT = Keypair.from_raw_ed25519_seed(b"r" * 32)
ISSUER = Keypair.from_raw_ed25519_seed(b"i" * 32).public_key
CODES = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

seeds = st.binary(min_size=32, max_size=32)
memos = st.text(st.characters(exclude_categories=["Cs"]), max_size=28).filter(lambda text: len(text.encode()) <= 28)


@settings(deadline=None)
@given(
    channel_seed=seeds,
    recipient_seed=seeds,
    code=st.text(CODES, min_size=1, max_size=12),
    fee=st.integers(1, 2**32 - 1),
    sequence=st.integers(1, 2**63 - 1),
    min_sequence=st.none() | st.integers(0, 2**62),
    amount=st.integers(1, 2**63 - 1),
    max_time=st.integers(1, 2**63 - 1),
    max_ledger=st.integers(1, 2**32 - 1),
    memo=memos,
)
def test_a_payment_is_byte_for_byte_what_the_builder_of_the_sdk_makes(
    channel_seed: bytes,
    recipient_seed: bytes,
    code: str,
    fee: int,
    sequence: int,
    min_sequence: int | None,
    amount: int,
    max_time: int,
    max_ledger: int,
    memo: str,
):
    channel = Keypair.from_raw_ed25519_seed(channel_seed)
    recipient = Keypair.from_raw_ed25519_seed(recipient_seed).public_key
    asset = Asset(code, ISSUER)

    builder = (
        TransactionBuilder(Account(channel.public_key, sequence - 1), PASSPHRASE, base_fee=fee, v1=True)
        .add_time_bounds(0, max_time)
        .set_ledger_bounds(0, max_ledger)
        .add_text_memo(memo)
        .append_payment_op(recipient, asset, Decimal(amount).scaleb(-7), source=ROOT.public_key)
    )
    if min_sequence is not None:
        builder.set_min_sequence_number(min_sequence)
    expected = builder.build()
    expected.sign(channel)
    expected.sign(ROOT)

    transaction = PaymentTemplate(AccountKey(ROOT), asset).fill(
        AccountKey(channel),
        fee=fee,
        sequence=sequence,
        preconditions=pack_preconditions(Bounds(max_ledger, max_time), min_sequence),
        memo=memo,
        destination=recipient,
        amount=amount,
    )
    made = sign_envelope(network_id(PASSPHRASE), transaction, [AccountKey(channel), AccountKey(ROOT)])
    assert (made.envelope, made.hash) == (expected.to_xdr(), expected.hash_hex())


@pytest.mark.parametrize("text", ["1-abcd-" + "x" * 22, "ü" * 15])
def test_a_memo_of_more_than_28_bytes_is_refused(text: str):
    with pytest.raises(ValueError, match="holds 28 bytes"):
        pack_text_memo(text)


@pytest.mark.parametrize(
    "address",
    [
        "GDQP2KPQGKIHYJGXNUIYOMHARUARCA7DJT5FO2FFOOKY3B2WSQHG4W38",
        "MA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUAAAAAAAAAAAACJUQ",
        "",
    ],
)
def test_money_never_goes_to_an_address_that_is_no_account_id(address: str):
    with pytest.raises(ValueError, match="not an account id"):
        pack_account(address)
