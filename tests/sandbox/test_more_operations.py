"""Operations that a payment service seldom needs: they work, and every document about them can be made."""

import orjson
import pytest
from stellar_sdk import (
    AllowTrust,
    Asset,
    AuthorizationFlag,
    BeginSponsoringFutureReserves,
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
    Payment,
    RevokeSponsorship,
    SetOptions,
    Signer,
    TrustLineEntryFlag,
    xdr,
)

from kinpay_server.sandbox.core.meta import transaction_meta
from kinpay_server.sandbox.horizon.account_view import account
from kinpay_server.sandbox.horizon.effects import effects_of
from kinpay_server.sandbox.horizon.market_views import asset, offer, order_book
from kinpay_server.sandbox.horizon.rendering import Renderer


@pytest.fixture(autouse=True)
def everything_can_be_shown(world):
    yield
    history, render = world.node.history, Renderer("http://horizon")
    for tx in history.transactions.page(None, 1000, descending=False):
        assert xdr.TransactionMeta.from_xdr_bytes(transaction_meta(tx.applied))
        assert xdr.TransactionResult.from_xdr(tx.result_xdr).to_xdr() == tx.result_xdr
    for op in history.operations.page(None, 1000, descending=False):
        assert orjson.loads(render.operation(op, joined=True))["id"]
        assert all(orjson.dumps(effect.document("http://horizon")) for effect in effects_of(op))
    for found in history.snapshot.offers.values():
        assert orjson.dumps(offer(found, history, "http://horizon"))
    for found in history.snapshot.by_asset:
        assert orjson.dumps(asset(found, history))
    for entry in history.snapshot.entries.values():
        if type(entry).__name__ == "Account":
            assert orjson.dumps(account(entry, history, "http://horizon"))


def balance_id(world):
    record = world.node.history.transactions.page(None, 1, descending=True)[0]
    result = record.parts()[0].result.tr.create_claimable_balance_result
    return result.balance_id.to_xdr_bytes().hex()


def test_a_claimable_balance_goes_to_its_claimant_in_time(world):
    alice, bob = world.person(kin="10"), world.person(kin="0")
    before = ClaimPredicate.predicate_before_relative_time(5)
    make = CreateClaimableBalance(world.kin, "4", [Claimant(bob.public_key, before), Claimant(alice.public_key)])
    world.must(world.tx(alice, make))
    number = balance_id(world)
    assert world.node.network.state.account(alice.raw_public_key()).sponsoring == 2
    world.must(world.tx(bob, ClaimClaimableBalance(number)))
    assert (world.stroops(alice), world.stroops(bob)) == (60_000_000, 40_000_000)
    assert world.node.network.state.account(alice.raw_public_key()).sponsoring == 0
    assert world.fate(world.tx(alice, ClaimClaimableBalance(number))) == ["op_does_not_exist"]
    world.must(world.tx(alice, make))
    number = balance_id(world)
    world.close(6)
    assert world.fate(world.tx(bob, ClaimClaimableBalance(number))) == ["op_cannot_claim"]


def test_an_issuer_claws_back(world):
    issuer, alice = world.person(), world.person()
    gold = Asset("GOLD", issuer.public_key)
    world.must(world.tx(issuer, SetOptions(set_flags=AuthorizationFlag(10))))
    world.must(world.tx(alice, ChangeTrust(gold)))
    world.must(world.tx(issuer, Payment(alice.public_key, gold, "5")))
    world.must(world.tx(issuer, Clawback(gold, alice.public_key, "2")))
    assert world.fate(world.tx(issuer, Clawback(gold, alice.public_key, "4"))) == ["op_underfunded"]
    world.must(world.tx(alice, CreateClaimableBalance(gold, "3", [Claimant(issuer.public_key)])))
    world.must(world.tx(issuer, ClawbackClaimableBalance(balance_id(world))))
    assert not world.node.history.snapshot.claimable


@pytest.mark.filterwarnings("ignore:Use `stellar_sdk:DeprecationWarning")
def test_an_issuer_allows_and_revokes(world):
    strict, alice = world.person(), world.person()
    gold = Asset("GOLD", strict.public_key)
    world.must(world.tx(strict, SetOptions(set_flags=AuthorizationFlag(3))))
    world.must(world.tx(alice, ChangeTrust(gold)))
    for flag in (1, 2, 0):
        world.must(world.tx(strict, AllowTrust(alice.public_key, "GOLD", TrustLineEntryFlag(flag))))
    assert world.fate(world.tx(strict, AllowTrust(world.node.issuer.public_key, "GOLD", True))) == ["op_no_trust"]


def test_who_pays_a_reserve_can_change(world):
    root, other, channel = world.person(), world.person(), Keypair.random()
    world.must(
        world.tx(
            root,
            BeginSponsoringFutureReserves(channel.public_key),
            CreateAccount(channel.public_key, "5"),
            ManageData("note", b"x", source=channel.public_key),
            SetOptions(signer=Signer.ed25519_public_key(other.public_key, 1), source=channel.public_key),
            EndSponsoringFutureReserves(source=channel.public_key),
            signers=[root, channel],
        )
    )
    assert world.node.network.state.account(root.raw_public_key()).sponsoring == 4
    world.must(
        world.tx(
            root,
            BeginSponsoringFutureReserves(root.public_key, source=other.public_key),
            RevokeSponsorship.revoke_account_sponsorship(channel.public_key),
            EndSponsoringFutureReserves(),
            signers=[root, other],
        )
    )
    assert world.node.network.state.account(other.raw_public_key()).sponsoring == 2
    world.must(world.tx(root, RevokeSponsorship.revoke_data_sponsorship(channel.public_key, "note")))
    signer = Signer.ed25519_public_key(other.public_key, 1).signer_key
    world.must(world.tx(root, RevokeSponsorship.revoke_signer_sponsorship(channel.public_key, signer)))
    account = world.node.network.state.account(channel.raw_public_key())
    assert (account.sponsored, account.sub_entries) == (2, 2)
    stranger = RevokeSponsorship.revoke_account_sponsorship(channel.public_key)
    assert world.fate(world.tx(root, stranger)) == ["op_not_sponsor"]


def test_offers_stand_are_taken_in_order_and_go(world):
    maker, second, taker = (world.person(xlm="1000", kin="1000") for _ in range(3))
    world.must(world.tx(maker, ManageSellOffer(world.kin, world.xlm, "100", "0.2")))
    world.must(world.tx(second, ManageSellOffer(world.kin, world.xlm, "100", "0.1")))
    world.must(world.tx(taker, ManageBuyOffer(world.xlm, world.kin, "150", "0.2")))
    assert world.stroops(taker) == 1150 * 10**7
    history = world.node.history
    (left,) = history.snapshot.offers.values()
    assert (left.seller, left.amount) == (maker.raw_public_key(), 50 * 10**7)
    book = order_book(history, world.node.asset, type(world.node.asset)("", b""), 20)
    assert [level["amount"] for level in book["asks"]] == ["50.0000000"]
    assert world.fate(world.tx(maker, ManageBuyOffer(world.xlm, world.kin, "10", "0.2"))) == ["op_cross_self"]
    change = ManageSellOffer(world.kin, world.xlm, "70", "0.3", left.offer_id)
    world.must(world.tx(maker, change))
    world.must(world.tx(maker, ManageSellOffer(world.kin, world.xlm, "0", "0.3", left.offer_id)))
    account = world.node.network.state.account(maker.raw_public_key())
    assert (account.sub_entries, account.buying, account.selling) == (1, 0, 0)
    assert world.fate(world.tx(maker, change)) == ["op_offer_not_found"]


def test_a_passive_offer_does_not_take_one_of_the_same_price(world):
    maker, other = (world.person(xlm="1000", kin="1000") for _ in range(2))
    world.must(world.tx(maker, ManageSellOffer(world.kin, world.xlm, "100", "0.5")))
    world.must(world.tx(other, CreatePassiveSellOffer(world.xlm, world.kin, "10", "2")))
    assert len(world.node.history.snapshot.offers) == 2


def test_liabilities_are_not_for_spending(world):
    maker, bob = world.person(kin="100"), world.person(kin="0")
    world.must(world.tx(maker, ManageSellOffer(world.kin, world.xlm, "60", "1")))
    assert world.fate(world.tx(maker, world.pay(bob, "41"))) == ["op_underfunded"]
    world.must(world.tx(maker, world.pay(bob, "40")))
    assert world.fate(world.tx(maker, ChangeTrust(world.kin, "0"))) == ["op_invalid_limit"]


def test_a_path_leads_over_two_markets(world):
    maker, alice, bob = world.person(xlm="900", kin="900"), world.person(), world.person()
    gold = Asset("GOLD", maker.public_key)
    world.must(world.tx(bob, ChangeTrust(gold)))
    world.must(world.tx(maker, ManageSellOffer(world.kin, world.xlm, "500", "0.1")))
    world.must(world.tx(maker, ManageSellOffer(gold, world.kin, "50", "10")))
    world.must(world.tx(alice, PathPaymentStrictReceive(bob.public_key, world.xlm, "10", gold, "3", [world.kin])))
    record = world.node.history.payments.page(None, 1, descending=True)[0]
    assert orjson.loads(Renderer("http://horizon").operation(record))["source_amount"] == "3.0000000"


def test_what_there_is_no_rule_for_is_not_supported(world):
    answer = world.submit(world.tx(world.person(), Inflation()))
    assert (answer.result.name, answer.result.operations) == ("txFAILED", (b"\xff\xff\xff\xfd",))
