"""The transaction that creates a wallet."""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st
from stellar_sdk import Account, Keypair, TransactionBuilder

from kinpay_server.ledger.envelopes import network_id, sign_envelope
from kinpay_server.ledger.keys import AccountKey
from kinpay_server.ledger.transactions import pack_preconditions
from kinpay_server.ledger.wallets import WalletTemplate
from kinpay_server.services.ports import Bounds

PASSPHRASE = "Test SDF Network ; September 2015"
ROOT = Keypair.from_raw_ed25519_seed(b"r" * 32)
seeds = st.binary(min_size=32, max_size=32)


@settings(deadline=None)
@given(
    channel_seed=seeds,
    wallet_seed=seeds,
    fee=st.integers(1, 2**32 - 1),
    sequence=st.integers(1, 2**63 - 1),
    balance=st.integers(1, 2**63 - 1),
    app_id=st.text("abc", min_size=1, max_size=26),
)
def test_a_wallet_is_byte_for_byte_what_the_builder_of_the_sdk_makes(
    channel_seed: bytes, wallet_seed: bytes, fee: int, sequence: int, balance: int, app_id: str
) -> None:
    channel = Keypair.from_raw_ed25519_seed(channel_seed)
    address = Keypair.from_raw_ed25519_seed(wallet_seed).public_key
    expected = (
        TransactionBuilder(Account(channel.public_key, sequence - 1), PASSPHRASE, base_fee=fee, v1=True)
        .add_time_bounds(0, 1000)
        .set_ledger_bounds(0, 77)
        .add_text_memo(f"1-{app_id}")
        .append_create_account_op(address, Decimal(balance).scaleb(-7), source=ROOT.public_key)
        .build()
    )
    expected.sign(channel)
    expected.sign(ROOT)
    packed = WalletTemplate(AccountKey(ROOT)).fill(
        AccountKey(channel),
        fee=fee,
        sequence=sequence,
        preconditions=pack_preconditions(Bounds(77, 1000), None),
        memo=f"1-{app_id}",
        address=address,
        starting_balance=balance,
    )
    signed = sign_envelope(network_id(PASSPHRASE), packed, (AccountKey(channel), AccountKey(ROOT)))
    assert signed.envelope == expected.to_xdr()
    assert signed.hash == expected.hash_hex()
