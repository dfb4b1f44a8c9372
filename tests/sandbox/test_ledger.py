"""What happens on the ledger: balances, reserves, sponsorship, result codes."""

import pytest
from stellar_sdk import (
    AccountMerge,
    AuthorizationFlag,
    BeginSponsoringFutureReserves,
    BumpSequence,
    ChangeTrust,
    CreateAccount,
    EndSponsoringFutureReserves,
    Keypair,
    ManageData,
    Payment,
    SetOptions,
    SetTrustLineFlags,
    Signer,
    TrustLineFlags,
    xdr,
)

from kinpay_server.sandbox.core.meta import entry_changes, transaction_meta


def sponsored(root, new, balance="0"):
    return [
        BeginSponsoringFutureReserves(new.public_key),
        CreateAccount(new.public_key, balance),
        EndSponsoringFutureReserves(source=new.public_key),
    ]


def test_a_payment_moves_kin_and_costs_its_fee(world):
    alice, bob = world.person(kin="10"), world.person(kin="0")
    world.must(world.tx(alice, world.pay(bob, "3"), fee=5000))
    assert (world.stroops(alice), world.stroops(bob)) == (70_000_000, 30_000_000)


def test_the_recipients_faults(world):
    alice, nobody, naked = world.person(kin="10"), Keypair.random(), world.person()
    assert world.fate(world.tx(alice, world.pay(nobody))) == ["op_no_destination"]
    assert world.fate(world.tx(alice, world.pay(naked))) == ["op_no_trust"]
    world.must(world.tx(naked, ChangeTrust(world.kin, "0.5")))
    assert world.fate(world.tx(alice, world.pay(naked))) == ["op_line_full"]


def test_the_senders_faults(world):
    alice, bob, naked = world.person(kin="1"), world.person(kin="0"), world.person()
    assert world.fate(world.tx(alice, world.pay(bob, "1.0000001"))) == ["op_underfunded"]
    assert world.fate(world.tx(naked, world.pay(bob))) == ["op_src_no_trust"]
    assert world.fate(world.tx(alice, world.pay(bob, "98.5", xlm=True))) == ["op_underfunded"]


def test_a_failed_transaction_costs_fee_and_number_and_nothing_else(world):
    alice, bob = world.person(kin="10"), world.person(kin="0")
    before, number = world.stroops(alice, kin=False), world.sequence(alice)
    tx = world.tx(alice, world.pay(bob), world.pay(Keypair.random()), world.pay(bob))
    assert world.fate(tx) == ["op_success", "op_no_destination", "op_success"]
    assert world.stroops(bob) == 0
    assert before - world.stroops(alice, kin=False) == 300
    assert world.sequence(alice) == number + 1


def test_authorization_stops_both_sides(world):
    strict, alice, bob = world.person(), world.person(), world.person()
    asset = type(world.kin)("GOLD", strict.public_key)
    world.must(world.tx(strict, SetOptions(set_flags=AuthorizationFlag(3))))
    for who in (alice, bob):
        world.must(world.tx(who, ChangeTrust(asset)))
    allow = TrustLineFlags.AUTHORIZED_FLAG
    world.must(world.tx(strict, SetTrustLineFlags(alice.public_key, asset, set_flags=allow)))
    world.must(world.tx(strict, Payment(alice.public_key, asset, "10")))
    assert world.fate(world.tx(alice, Payment(bob.public_key, asset, "1"))) == ["op_not_authorized"]
    world.must(
        world.tx(
            strict,
            SetTrustLineFlags(alice.public_key, asset, clear_flags=allow),
            SetTrustLineFlags(bob.public_key, asset, set_flags=allow),
        )
    )
    assert world.fate(world.tx(alice, Payment(bob.public_key, asset, "1"))) == ["op_src_not_authorized"]


def test_a_sponsored_channel_spends_its_last_stroop_on_fees(world):
    root, bob, channel = world.person(kin="10"), world.person(kin="0"), Keypair.random()
    world.must(world.tx(root, *sponsored(root, channel, "0.00002"), signers=[root, channel]))
    for _ in range(2):
        world.must(world.tx(channel, world.pay(bob, source=root), signers=[channel, root]))
    assert world.stroops(channel, kin=False) == 0
    short = world.tx(channel, world.pay(bob, source=root), signers=[channel, root])
    assert world.says(short) == "txINSUFFICIENT_BALANCE"
    world.must(world.bump(short, root, 200))


def test_a_sponsor_pays_two_reserves_for_an_account(world):
    root, channel = world.person(xlm="2.5"), Keypair.random()
    assert world.fate(world.tx(root, *sponsored(root, channel), signers=[root, channel])) == [
        "op_success",
        "op_success",
        "op_success",
    ]
    account = world.node.network.state.account(root.raw_public_key())
    assert account.sponsoring == 2
    other = Keypair.random()
    assert "op_low_reserve" in world.fate(world.tx(root, *sponsored(root, other), signers=[root, other]))


def test_a_sponsorship_that_nobody_ends(world):
    root, channel = world.person(), Keypair.random()
    tx = world.tx(root, *sponsored(root, channel)[:2])
    assert world.says(tx) == "PENDING"
    world.close()
    assert world.result(tx) == ("txBAD_SPONSORSHIP", [])


@pytest.mark.parametrize(("amount", "code"), [("0.9999999", "op_low_reserve"), ("99.5", "op_underfunded")])
def test_a_new_account_needs_a_reserve_and_somebody_who_has_it(world, amount, code):
    alice = world.person()
    assert world.fate(world.tx(alice, CreateAccount(Keypair.random().public_key, amount))) == [code]


def test_a_new_accounts_numbers_begin_at_its_ledger(world):
    new = world.person()
    assert world.sequence(new) == world.node.network.ledger << 32


def test_a_trustline_cannot_be_cut_below_what_it_holds(world):
    alice = world.person(kin="10")
    assert world.fate(world.tx(alice, ChangeTrust(world.kin, "9"))) == ["op_invalid_limit"]
    assert world.fate(world.tx(alice, ChangeTrust(world.kin, "0"))) == ["op_invalid_limit"]
    nobody = type(world.kin)("KIN", Keypair.random().public_key)
    assert world.fate(world.tx(alice, ChangeTrust(nobody))) == ["op_no_issuer"]


def test_merging_needs_an_empty_account(world):
    alice, bob, carol = world.person(kin="0"), world.person(), world.person()
    assert world.fate(world.tx(alice, AccountMerge(bob.public_key))) == ["op_has_sub_entries"]
    assert world.fate(world.tx(carol, AccountMerge(Keypair.random().public_key))) == ["op_no_account"]
    world.must(world.tx(carol, AccountMerge(bob.public_key)))
    assert world.node.network.state.account(carol.raw_public_key()) is None


def test_a_source_merged_away_in_the_same_ledger_is_applied_as_no_account(world):
    alice, bob, carol = world.person(), world.person(), world.person()
    merge = world.tx(bob, AccountMerge(carol.public_key, source=alice.public_key), signers=[bob, alice])
    pay = world.tx(alice, world.pay(bob, xlm=True))
    assert world.says(merge) == "PENDING"
    assert world.says(pay) == "PENDING"
    world.close()
    first, second = sorted([merge, pay], key=lambda tx: tx.hash())
    if first is merge:
        assert world.result(pay)[0] == "txNO_ACCOUNT"
    else:
        assert world.result(pay)[0] == "txSUCCESS"
    assert second is not first


def test_cosigners_and_thresholds_and_a_master_switched_off(world):
    alice, bob, second, third = world.person(), world.person(), Keypair.random(), Keypair.random()
    signer = [
        SetOptions(signer=Signer.ed25519_public_key(key.public_key, weight))
        for key, weight in ((second, 5), (third, 10))
    ]
    levels = SetOptions(master_weight=0, low_threshold=1, med_threshold=10, high_threshold=15)
    world.must(world.tx(alice, *signer, levels))
    pay = world.pay(bob, xlm=True)
    assert world.says(world.tx(alice, pay)) == "txBAD_AUTH"
    assert world.says(world.tx(alice, pay, signers=[second])) == "txFAILED", "not enough weight"
    world.must(world.tx(alice, pay, signers=[third]))
    assert world.says(world.tx(alice, SetOptions(master_weight=1), signers=[third])) == "txFAILED"
    world.must(world.tx(alice, SetOptions(master_weight=1), signers=[second, third]))


def test_a_hash_signer_and_a_preauthorized_transaction(world):
    alice, bob = world.person(), world.person()
    secret = b"open sesame"
    digest = xdr.Hash(__import__("hashlib").sha256(secret).digest())
    world.must(world.tx(alice, SetOptions(signer=Signer.sha256_hash(digest.hash, 1))))
    tx = world.tx(alice, world.pay(bob, xlm=True), signers=[])
    tx.sign_hashx(secret)
    world.must(tx)
    planned = world.tx(alice, world.pay(bob, xlm=True), seq=2, signers=[])
    world.must(world.tx(alice, SetOptions(signer=Signer.pre_auth_tx(planned.hash(), 1))))
    entries = world.node.network.state.account(alice.raw_public_key()).sub_entries
    world.must(planned)
    assert world.node.network.state.account(alice.raw_public_key()).sub_entries == entries - 1, "used up"


def test_data_and_bumped_numbers(world):
    alice = world.person()
    world.must(world.tx(alice, ManageData("note", b"hello"), ManageData("note", None)))
    assert world.fate(world.tx(alice, ManageData("note", None))) == ["op_data_name_not_found"]
    goal = world.sequence(alice) + 50
    world.must(world.tx(alice, BumpSequence(goal)))
    assert world.sequence(alice) == goal


def test_the_issuer_makes_and_burns(world):
    alice = world.person(kin="5")
    world.must(world.tx(alice, world.pay(world.node.issuer, "5")))
    assert world.stroops(alice) == 0


def test_the_fee_of_a_bump_is_the_payers_and_the_number_the_channels(world):
    root, channel, bob = world.person(kin="10"), world.person(), world.person(kin="0")
    inner = world.tx(channel, world.pay(bob, source=root), signers=[channel, root])
    before = world.stroops(root, kin=False), world.stroops(channel, kin=False)
    world.must(world.bump(inner, root, 400))
    assert before[0] - world.stroops(root, kin=False) == 200
    assert before[1] == world.stroops(channel, kin=False)


def test_meta_and_results_decode_with_the_sdk(world):
    root, channel, bob = world.person(kin="10"), Keypair.random(), world.person(kin="0")
    closed = [world.must(world.tx(root, *sponsored(root, channel, "1"), signers=[root, channel]))]
    inner = world.tx(channel, world.pay(bob, source=root), signers=[channel, root])
    closed.append(world.must(world.bump(inner, root, 400)))
    closed.append(world.must(world.tx(bob, ManageData("note", b"x"), SetOptions(home_domain="kin.example"))))
    for ledger in closed:
        xdr.LedgerHeader.from_xdr_bytes(ledger.header.to_xdr())
        for applied in ledger.transactions:
            meta = transaction_meta(applied)
            assert xdr.TransactionMeta.from_xdr_bytes(meta).to_xdr_bytes() == meta
            fees = entry_changes(applied.fee_changes)
            assert xdr.LedgerEntryChanges.from_xdr_bytes(fees).to_xdr_bytes() == fees
            result = applied.result.to_xdr()
            assert xdr.TransactionResult.from_xdr_bytes(result).to_xdr_bytes() == result
