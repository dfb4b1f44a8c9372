"""What the queue says: recorded from a real core."""

import pytest
from stellar_sdk import Keypair

FEE = 100


def test_the_same_bytes_twice_are_a_duplicate(world):
    alice, bob = world.person(kin="10"), world.person(kin="0")
    tx = world.tx(alice, world.pay(bob))
    assert world.says(tx) == "PENDING"
    assert world.says(tx) == "DUPLICATE"


def test_another_of_the_source_has_to_wait_whatever_it_bids(world):
    alice, bob = world.person(kin="10"), world.person(kin="0")
    world.submit(world.tx(alice, world.pay(bob)))
    assert world.says(world.tx(alice, world.pay(bob), seq=2)) == "TRY_AGAIN_LATER"
    assert world.says(world.tx(alice, world.pay(bob), memo="rival")) == "TRY_AGAIN_LATER"
    assert world.says(world.tx(alice, world.pay(bob), memo="rich", fee=100_000)) == "TRY_AGAIN_LATER"


def test_a_wrong_signature_is_not_looked_at_while_another_waits(world):
    alice, bob = world.person(kin="10"), world.person(kin="0")
    world.submit(world.tx(alice, world.pay(bob)))
    assert world.says(world.tx(alice, world.pay(bob), signers=[bob])) == "TRY_AGAIN_LATER"


def test_a_bump_replaces_at_ten_times_the_fee_and_is_told_what_it_takes(world):
    root, channel, bob = world.person(kin="10"), world.person(), world.person(kin="0")
    inner = world.tx(channel, world.pay(bob, source=root), signers=[channel, root])
    assert world.says(inner) == "PENDING"
    small, big = world.bump(inner, root, 1999), world.bump(inner, root, 2000)
    refusal = world.submit(small)
    assert (refusal.result.name, refusal.result.fee) == ("txINSUFFICIENT_FEE", 2000)
    assert world.says(big) == "PENDING"
    assert world.says(inner) == "DUPLICATE"
    assert world.submit(small).result.fee == 20000, "not banned: only what found no room is"
    world.close()
    assert world.result(big) == ("txFEE_BUMP_INNER_SUCCESS", ["op_success"])
    assert world.stroops(bob) == 10_000_000


def test_a_bump_of_a_rival_drops_the_one_that_waits_without_a_trace(world):
    root, channel, bob = world.person(kin="10"), world.person(), world.person(kin="0")
    waiting = world.tx(channel, world.pay(bob, source=root), signers=[channel, root], memo="one")
    rival = world.tx(channel, world.pay(bob, source=root), signers=[channel, root], memo="two")
    assert world.says(waiting) == "PENDING"
    assert world.says(world.bump(rival, root, 2000)) == "PENDING"
    world.close(3)
    assert world.node.history.transaction(waiting.hash_hex()) is None
    assert world.node.history.transaction(rival.hash_hex()) is not None


def test_an_applied_one_is_banned_for_ten_ledgers_and_then_has_a_used_number(world):
    alice, bob = world.person(kin="10"), world.person(kin="0")
    tx = world.tx(alice, world.pay(bob))
    world.must(tx)
    for _ in range(9):
        assert world.says(tx) == "TRY_AGAIN_LATER"
        world.close()
    assert world.says(tx) == "txBAD_SEQ"


def test_the_inner_one_of_an_applied_bump_has_a_used_number_at_once(world):
    root, channel, bob = world.person(kin="10"), world.person(), world.person(kin="0")
    inner = world.tx(channel, world.pay(bob, source=root), signers=[channel, root])
    bump = world.bump(inner, root, 400)
    world.must(bump)
    assert world.says(bump) == "TRY_AGAIN_LATER"
    assert world.says(inner) == "txBAD_SEQ"
    assert world.submit(world.bump(inner, root, 4000)).result.name == "txFEE_BUMP_INNER_FAILED"


def test_one_that_waits_four_ledgers_is_dropped_and_banned(worlds):
    world = worlds(max_ops=10)
    poor, bob = world.person(), world.person()
    crowd = [world.person() for _ in range(10)]
    cheap = world.tx(poor, world.pay(bob, xlm=True))
    assert world.says(cheap) == "PENDING"
    for _ in range(4):
        for one in crowd:
            assert world.says(world.tx(one, world.pay(bob, xlm=True), fee=1000)) == "PENDING"
        assert world.says(cheap) == "DUPLICATE"
        world.close()
    assert world.says(cheap) == "TRY_AGAIN_LATER"
    assert poor.raw_public_key() not in world.node.network.queue.waiting


def test_a_bump_around_a_banned_one_gets_in_and_pays_once(worlds):
    world = worlds(max_ops=10)
    poor, bob, root = world.person(), world.person(), world.person()
    crowd = [world.person() for _ in range(10)]
    cheap = world.tx(poor, world.pay(bob, xlm=True))
    world.submit(cheap)
    for _ in range(4):
        for one in crowd:
            world.submit(world.tx(one, world.pay(bob, xlm=True), fee=1000))
        world.close()
    before = world.stroops(bob, kin=False)
    assert world.says(world.bump(cheap, root, 100_000)) == "PENDING"
    world.close()
    assert world.stroops(bob, kin=False) - before == 10_000_000


def test_a_full_queue_says_what_it_takes_and_a_higher_bid_evicts_silently(worlds):
    world = worlds(max_ops=5)
    bob, late = world.person(), world.person()
    crowd = [world.person() for _ in range(10)]
    for one in crowd:
        assert world.says(world.tx(one, world.pay(bob, xlm=True), fee=1000)) == "PENDING"
    refused = world.tx(late, world.pay(bob, xlm=True), fee=1000)
    refusal = world.submit(refused)
    assert (refusal.result.name, refusal.result.fee) == ("txINSUFFICIENT_FEE", 1001)
    assert world.says(refused) == "TRY_AGAIN_LATER", "banned now"
    assert world.says(world.tx(late, world.pay(bob, xlm=True), fee=1001)) == "PENDING"
    assert len(world.node.network.queue.waiting) == 10


def test_when_a_ledger_is_full_everybody_pays_what_the_lowest_in_it_bids(worlds):
    world = worlds(max_ops=3)
    bob = world.person()
    bids = [world.tx(world.person(), world.pay(bob, xlm=True), fee=fee) for fee in (700, 50_000, 900, 800)]
    for tx in bids:
        assert world.says(tx) == "PENDING"
    closed = world.close()
    assert [applied.fee for applied in closed.transactions] == [800, 800, 800]
    assert world.node.history.transaction(bids[0].hash_hex()) is None


def test_a_bump_takes_one_more_of_a_ledgers_operations(worlds):
    world = worlds(max_ops=4)
    root, bob = world.person(), world.person()
    for channel in [world.person() for _ in range(3)]:
        inner = world.tx(channel, world.pay(bob, xlm=True))
        assert world.says(world.bump(inner, root, 200)) == "PENDING"
    assert len(world.close().transactions) == 2


def test_one_payer_cannot_promise_more_than_it_has(world):
    root, bob = world.person(xlm="1.00003"), world.person()
    inner = [world.tx(world.person(), world.pay(bob, xlm=True)) for _ in range(2)]
    assert world.says(world.bump(inner[0], root, 200)) == "PENDING"
    assert world.says(world.bump(inner[1], root, 200)) == "txINSUFFICIENT_BALANCE"


def test_a_core_that_crashed_forgets_and_takes_the_same_bytes_again(world):
    alice, bob = world.person(kin="10"), world.person(kin="0")
    tx = world.tx(alice, world.pay(bob))
    world.submit(tx)
    world.node.network.queue.forget()
    assert not world.close().transactions
    assert world.says(tx) == "PENDING"


@pytest.mark.parametrize("ahead", [0, 1])
def test_a_ledger_bound_is_exclusive(world, ahead):
    alice, bob = world.person(kin="10"), world.person(kin="0")
    newest = world.node.network.ledger

    def bounded(most):
        return world.tx(alice, world.pay(bob), shape=lambda builder: builder.set_ledger_bounds(0, most))

    assert world.says(bounded(newest + ahead)) == "txTOO_LATE"
    world.must(bounded(newest + 2))


def test_a_time_bound_must_leave_two_ledgers(world):
    alice, bob = world.person(kin="10"), world.person(kin="0")
    assert world.says(world.tx(alice, world.pay(bob), times=(0, int(world.now) + 1))) == "txTOO_LATE"
    assert world.says(world.tx(alice, world.pay(bob), times=(0, int(world.now) + 2))) == "PENDING"


def test_one_that_expires_while_it_waits_is_never_applied(worlds):
    world = worlds(max_ops=1)
    alice, carol, bob = world.person(), world.person(), world.person()
    tx = world.tx(alice, world.pay(bob, xlm=True), times=(0, int(world.now) + 2))
    assert world.says(tx) == "PENDING"
    for _ in range(3):
        world.submit(world.tx(carol, world.pay(bob, xlm=True), fee=5000))
        world.close()
    world.close(3)
    assert world.node.history.transaction(tx.hash_hex()) is None


def test_a_stranger_is_no_account(world):
    bob = world.person(kin="0")
    assert world.says(world.tx(Keypair.random(), world.pay(bob), seq=5)) == "txNO_ACCOUNT"
