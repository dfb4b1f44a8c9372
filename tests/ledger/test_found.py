"""What an envelope that history shows has done, as the SDK builds such envelopes."""

from base64 import b64decode, b64encode

import pytest
from stellar_sdk import Account, Asset, Keypair, MuxedAccount, TransactionBuilder

from kinpay_server.domain.outcome import LedgerPayment
from kinpay_server.ledger.found import acts_for, creates, leaps, payments_of_envelope, takes_number

PASSPHRASE = "Test SDF Network ; September 2015"
CHANNEL, ROOT, OTHER = Keypair.random(), Keypair.random(), Keypair.random()
KIN = Asset("KIN", Keypair.random().public_key)
LEDGER = 7
NUMBER = 500


def builder(source: Keypair = CHANNEL) -> TransactionBuilder:
    """A transaction that has no operations yet."""
    return TransactionBuilder(Account(source.public_key, NUMBER - 10), PASSPHRASE, base_fee=100).set_timeout(60)


def envelope(building: TransactionBuilder, *, bumped: bool = False) -> str:
    """As history gives it."""
    transaction = building.build()
    transaction.sign(CHANNEL)
    if bumped:
        bump = TransactionBuilder.build_fee_bump_transaction(ROOT, 1000, transaction, PASSPHRASE)
        bump.sign(ROOT)
        return bump.to_xdr()
    return transaction.to_xdr()


def takes(text: str, account: Keypair = CHANNEL) -> bool:
    return takes_number(text, PASSPHRASE, account.public_key, NUMBER, LEDGER)


@pytest.mark.parametrize("bumped", [False, True])
def test_only_payments_of_the_asset_count_and_those_in_bumps_too(bumped: bool) -> None:
    building = builder().append_payment_op(OTHER.public_key, KIN, "1.5", source=ROOT.public_key)
    building.append_payment_op(OTHER.public_key, Asset.native(), "2").append_payment_op(OTHER.public_key, KIN, "3")
    found = payments_of_envelope(envelope(building, bumped=bumped), PASSPHRASE, KIN)
    assert [(one.sender, one.amount) for one in found] == [
        (ROOT.public_key, 15_000_000),
        (CHANNEL.public_key, 30_000_000),
    ]


def test_the_same_code_by_another_issuer_is_another_asset() -> None:
    building = builder().append_payment_op(OTHER.public_key, Asset("KIN", OTHER.public_key), "1")
    assert payments_of_envelope(envelope(building), PASSPHRASE, KIN) == []


def test_muxed_accounts_are_the_accounts_that_they_belong_to() -> None:
    sender, recipient = MuxedAccount(ROOT.public_key, 7), MuxedAccount(OTHER.public_key, 8)
    building = builder().append_payment_op(recipient, KIN, "0.0000001", source=sender)
    assert payments_of_envelope(envelope(building), PASSPHRASE, KIN) == [
        LedgerPayment(ROOT.public_key, OTHER.public_key, 1)
    ]


@pytest.mark.parametrize("bumped", [False, True])
def test_a_merge_takes_every_number_of_the_account_that_it_merges(bumped: bool) -> None:
    assert takes(envelope(builder().append_account_merge_op(ROOT.public_key), bumped=bumped))
    by_another = builder(OTHER).append_account_merge_op(ROOT.public_key, source=CHANNEL.public_key)
    assert takes(envelope(by_another, bumped=bumped))
    assert not takes(envelope(by_another, bumped=bumped), OTHER)


@pytest.mark.parametrize(("after_its_first", "taken"), [(0, True), (1, False)])
def test_a_merge_takes_no_number_of_the_account_that_is_made_anew_afterwards(after_its_first: int, taken: bool) -> None:
    merge = envelope(builder().append_account_merge_op(ROOT.public_key))
    number = (LEDGER << 32) + after_its_first
    assert takes_number(merge, PASSPHRASE, CHANNEL.public_key, number, LEDGER) is taken


@pytest.mark.parametrize(("raised_to", "taken"), [(NUMBER - 1, False), (NUMBER, True), (NUMBER + 1, True)])
def test_a_bump_of_the_sequence_takes_the_numbers_up_to_its_own(raised_to: int, taken: bool) -> None:
    assert takes(envelope(builder().append_bump_sequence_op(raised_to))) is taken
    by_another = builder(OTHER).append_bump_sequence_op(raised_to, source=CHANNEL.public_key)
    assert takes(envelope(by_another)) is taken


@pytest.mark.parametrize("bumped", [False, True])
def test_who_acts_is_told_by_the_operations(bumped: bool) -> None:
    building = builder().append_payment_op(OTHER.public_key, KIN, "1", source=ROOT.public_key)
    text = envelope(building, bumped=bumped)
    assert acts_for(text, PASSPHRASE, ROOT.public_key)
    assert not acts_for(text, PASSPHRASE, CHANNEL.public_key)
    assert not acts_for(envelope(builder().append_account_merge_op(ROOT.public_key)), PASSPHRASE, ROOT.public_key)


def test_the_one_that_creates_an_account_is_known() -> None:
    building = builder(OTHER).append_create_account_op(ROOT.public_key, "1")
    text = envelope(building.append_create_account_op(CHANNEL.public_key, "1"), bumped=True)
    assert creates(text, PASSPHRASE, CHANNEL.public_key)
    assert not creates(text, PASSPHRASE, OTHER.public_key)


@pytest.mark.parametrize(("least", "leapt"), [(None, False), (NUMBER - 1, True), (NUMBER, False), (NUMBER + 1, False)])
def test_a_number_is_left_out_where_the_least_one_is_below_it(least: int | None, leapt: bool) -> None:
    building = builder().append_payment_op(OTHER.public_key, KIN, "1")
    if least is not None:
        building.set_min_sequence_number(least)
    assert leaps(envelope(building, bumped=True), PASSPHRASE, NUMBER) is leapt


def test_payments_take_no_number_from_others() -> None:
    paid = builder(OTHER).append_payment_op(CHANNEL.public_key, Asset.native(), "1", source=ROOT.public_key)
    assert not takes(envelope(paid))


def test_an_envelope_that_is_cut_off_anywhere_is_no_envelope() -> None:
    text = envelope(builder().append_payment_op(OTHER.public_key, KIN, "1.5"))
    whole = b64decode(text)
    assert [one.amount for one in payments_of_envelope(text, PASSPHRASE, KIN)] == [15_000_000]
    for length in range(len(whole)):
        with pytest.raises(ValueError):  # noqa: PT011 - whatever it says
            payments_of_envelope(b64encode(whole[:length]).decode(), PASSPHRASE, KIN)
