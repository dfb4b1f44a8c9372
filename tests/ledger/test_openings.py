import pytest
from stellar_sdk import Account, Keypair, TransactionBuilder, TransactionEnvelope
from stellar_sdk import xdr as stellar_xdr

from kinpay_server.ledger.envelopes import network_id, sign_envelope
from kinpay_server.ledger.keys import AccountKey
from kinpay_server.ledger.openings import opening_signers, opening_transaction
from kinpay_server.ledger.transactions import preconditions_of
from kinpay_server.services.ports import Bounds

PASSPHRASE = "Standalone Network ; February 2017"
BOUNDS = Bounds(max_ledger=130, max_time=1_800_000_000)


def key(name: str) -> AccountKey:
    return AccountKey(Keypair.from_raw_ed25519_seed(name.encode().ljust(32, b".")))


ROOT = key("root")


def opened(source: AccountKey, count: int) -> TransactionEnvelope:
    channels = [key(f"channel {index}") for index in range(count)]
    transaction = opening_transaction(
        source,
        root=ROOT,
        channels=channels,
        starting_balance=5_000_001,
        fee=300 * count,
        sequence=9,
        preconditions=preconditions_of(BOUNDS, None),
    )
    signed = sign_envelope(network_id(PASSPHRASE), transaction, opening_signers(source, ROOT, channels))
    return TransactionEnvelope.from_xdr(signed.envelope, PASSPHRASE)


def test_an_opening_is_byte_for_byte_what_the_builder_of_the_sdk_makes():
    builder = TransactionBuilder(Account(ROOT.address, 8), PASSPHRASE, base_fee=100, v1=True)
    builder.add_time_bounds(0, BOUNDS.max_time).set_ledger_bounds(0, BOUNDS.max_ledger)
    for index in range(2):
        channel = key(f"channel {index}").address
        builder.append_begin_sponsoring_future_reserves_op(channel, source=ROOT.address)
        builder.append_create_account_op(channel, "0.5000001", source=ROOT.address)
        builder.append_end_sponsoring_future_reserves_op(source=channel)
    expected = builder.build()
    for signer in (ROOT, key("channel 0"), key("channel 1")):
        expected.sign(signer.keypair)
    assert opened(ROOT, 2).to_xdr() == expected.to_xdr()


def test_an_opening_has_the_operations_of_one_that_a_real_network_took(recorded):
    sent = recorded("success/sponsored_channels", "post sponsor").transaction["envelope"]

    def kinds(envelope: str) -> list[stellar_xdr.OperationType]:
        decoded = stellar_xdr.TransactionEnvelope.from_xdr(envelope)
        return [operation.body.type for operation in decoded.v1.tx.operations]

    assert kinds(opened(ROOT, 5).to_xdr()) == kinds(sent)


def test_root_opens_19_channels_and_a_channel_18_because_20_may_sign():
    assert len(opened(ROOT, 19).signatures) == 20
    assert len(opened(key("source"), 18).signatures) == 20


@pytest.mark.parametrize(("source", "count"), [("root", 20), ("source", 19), ("root", 0)])
def test_more_channels_than_can_sign_are_refused(source: str, count: int):
    with pytest.raises(ValueError, match="cannot open"):
        opened(ROOT if source == "root" else key(source), count)


def test_everybody_whose_consent_is_needed_signs():
    envelope = opened(key("source"), 2)
    for name, signature in zip(["source", "root", "channel 0", "channel 1"], envelope.signatures, strict=True):
        key(name).keypair.verify(envelope.hash(), signature.signature)
