"""What core refuses before the ledger, with the codes and fees that were recorded."""

import pytest
from stellar_sdk import ChangeTrust, CreateAccount, Keypair, TransactionBuilder, TransactionEnvelope


@pytest.fixture
def pair(world):
    return world.person(kin="100"), world.person(kin="0")


@pytest.mark.parametrize("seq", [0, -4, 2])
def test_a_number_that_is_not_next(world, pair, seq):
    alice, bob = pair
    assert world.says(world.tx(alice, world.pay(bob), seq=seq)) == "txBAD_SEQ"


def test_signatures_missing_foreign_or_too_many(world, pair):
    alice, bob = pair
    assert world.says(world.tx(alice, world.pay(bob), signers=[])) == "txBAD_AUTH"
    assert world.says(world.tx(alice, world.pay(bob), signers=[bob])) == "txBAD_AUTH"
    assert world.says(world.tx(alice, world.pay(bob), signers=[alice, bob])) == "txBAD_AUTH_EXTRA"
    twice = world.tx(alice, world.pay(bob))
    twice.signatures *= 2
    assert world.says(twice) == "txBAD_AUTH_EXTRA"


def test_signed_for_another_network(world, pair):
    alice, bob = pair
    tx = world.tx(alice, world.pay(bob), signers=[])
    foreign = TransactionEnvelope(tx.transaction, "Some Other Network ; 2026")
    foreign.sign(alice)
    tx.signatures = foreign.signatures
    assert world.says(tx) == "txBAD_AUTH"


def test_an_operation_whose_source_has_not_signed(world, pair):
    alice, bob = pair
    answer = world.submit(world.tx(alice, world.pay(bob), world.pay(alice, source=bob)))
    assert answer.result.name == "txFAILED"
    assert len(answer.result.operations) == 2


def test_an_operation_whose_source_does_not_exist_fails_in_the_ledger(world, pair):
    alice, bob = pair
    ghost = Keypair.random()
    assert world.fate(world.tx(alice, world.pay(bob, source=ghost), signers=[alice, ghost])) == ["op_no_source_account"]


def test_less_than_the_least_fee(world, pair):
    alice, bob = pair
    answer = world.submit(world.tx(alice, world.pay(bob), world.pay(bob), fee=50))
    assert (answer.result.name, answer.result.fee) == ("txINSUFFICIENT_FEE", 200)


def test_a_bid_that_the_source_could_not_pay(world):
    carol, bob = world.person(xlm="1.5"), world.person()
    tx = world.tx(carol, world.pay(bob, "0.1", xlm=True), fee=5_000_001)
    assert world.says(tx) == "txINSUFFICIENT_BALANCE"


def test_bounds_of_time_and_ledger(world, pair):
    alice, bob = pair
    now = int(world.now)
    assert world.says(world.tx(alice, world.pay(bob), times=(0, now - 60))) == "txTOO_LATE"
    assert world.says(world.tx(alice, world.pay(bob), times=(now + 60, 0))) == "txTOO_EARLY"

    def later(builder):
        builder.set_ledger_bounds(world.node.network.ledger + 100, 0)

    assert world.says(world.tx(alice, world.pay(bob), shape=later)) == "txTOO_EARLY"


def test_no_operation(world, pair):
    tx = world.tx(pair[0], world.pay(pair[1]), signers=[])
    tx.transaction.operations.clear()
    tx.sign(pair[0])
    assert world.says(tx) == "txMISSING_OPERATION"


def test_operations_that_never_can_succeed(world, pair):
    alice, bob = pair
    own = ChangeTrust(type(world.kin)("KIN", alice.public_key))
    for op in (world.pay(bob, "0"), CreateAccount(alice.public_key, "5"), own):
        answer = world.submit(world.tx(alice, op))
        assert answer.result.name == "txFAILED"


def test_a_bump_that_bids_less_for_an_operation_than_what_is_inside(world, pair):
    alice, bob = pair
    inner = world.tx(alice, world.pay(bob), fee=1000)
    for fee in (1000, 1999):
        answer = world.submit(world.bump(inner, bob, fee))
        assert (answer.result.name, answer.result.fee) == ("txINSUFFICIENT_FEE", 2000)
    world.must(world.bump(inner, bob, 2000))


def test_a_bump_around_what_is_refused_says_so_inside(world, pair):
    alice, bob = pair
    answer = world.submit(world.bump(world.tx(alice, world.pay(bob), seq=3), bob, 400))
    assert answer.result.name == "txFEE_BUMP_INNER_FAILED"
    assert (answer.result.fee, answer.result.inner.name, answer.result.inner.fee) == (200, "txBAD_SEQ", 0)


def test_preconditions_of_sequence_numbers(world, pair):
    alice, bob = pair

    def gap(builder: TransactionBuilder) -> None:
        builder.set_min_sequence_number(world.sequence(alice))

    world.must(world.tx(alice, world.pay(bob), seq=5, shape=gap))

    def aged(builder: TransactionBuilder) -> None:
        builder.set_min_sequence_age(3)

    tx = world.tx(alice, world.pay(bob), shape=aged)
    assert world.says(tx) == "txBAD_MIN_SEQ_AGE_OR_GAP"
    world.close(3)
    world.must(tx)
