"""Payments in envelopes that history shows, by whomever."""

from base64 import b64decode, b64encode

import pytest
from stellar_sdk import Account, Asset, Keypair, TransactionBuilder

from kinpay_server.ledger.found import payments_of_envelope

SOMEBODY = Keypair.random()
KIN = Asset("KIN", SOMEBODY.public_key)
NETWORK = "Test Kin Network ; 2026"


def test_an_envelope_that_is_cut_off_anywhere_is_no_envelope() -> None:
    builder = TransactionBuilder(Account(SOMEBODY.public_key, 1), NETWORK, 100)
    envelope = builder.append_payment_op(SOMEBODY.public_key, KIN, "1.5").set_timeout(60).build()
    envelope.sign(SOMEBODY)
    whole = b64decode(envelope.to_xdr())
    assert [one.amount for one in payments_of_envelope(envelope.to_xdr(), NETWORK, KIN)] == [15_000_000]
    for length in range(len(whole)):
        with pytest.raises(ValueError):  # noqa: PT011 - whatever it says
            payments_of_envelope(b64encode(whole[:length]).decode(), NETWORK, KIN)
