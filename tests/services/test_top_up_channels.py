"""Channels get XLM for their fees before they run short."""

import pytest

from kinpay_server.domain.attempt import LEDGERS_VALID, AccountEvidence, Purpose
from kinpay_server.domain.outcome import Failure, Fault
from kinpay_server.services.patience import PATIENCE
from kinpay_server.services.ports import LedgerUnavailable
from tests.services.conftest import World

NO_DESTINATION = Failure("op_no_destination", Fault.RECIPIENT, "the recipient's account does not exist", True, 0)
NO_XLM = Failure("op_underfunded", Fault.OURS, "root has too little XLM", True, 0)


@pytest.mark.gen_test
async def test_poor_channels_are_filled_up_in_one_transaction_that_a_channel_carries(world: World) -> None:
    await world.begin(channels=3, balance=900_000)
    await world.top_up()
    (attempt,) = world.ledger.submitted
    assert attempt.purpose is Purpose.TOP_UP
    assert attempt.fee == 3 * 100
    world.ledger.close()
    await world.watch()
    balances = sorted(c.balance for c in await world.channels.lend_channels(10, world.time))
    assert balances == [5_000_000 - 300, 5_000_000, 5_000_000]


@pytest.mark.gen_test
async def test_channels_with_enough_are_left_alone(world: World) -> None:
    await world.begin(channels=3, balance=1_000_000)
    await world.top_up()
    assert world.ledger.submitted == []


@pytest.mark.gen_test
async def test_a_channel_is_not_topped_up_twice_at_once(world: World) -> None:
    await world.begin(channels=3, balance=900_000)
    await world.top_up()
    await world.top_up()
    assert len(world.ledger.submitted) == 1


@pytest.mark.gen_test
async def test_a_top_up_that_expired_is_made_again(world: World) -> None:
    await world.begin(channels=1, balance=900_000)
    world.ledger.takes = lambda attempt: False
    await world.top_up()
    world.pass_ledgers(LEDGERS_VALID)
    world.pass_time()
    await world.ask()
    world.ledger.takes = lambda attempt: True
    await world.top_up()
    world.ledger.close()
    await world.watch()
    (channel,) = await world.channels.lend_channels(10, world.time)
    assert channel.balance == 5_000_000 - 100


@pytest.mark.gen_test
async def test_a_top_up_that_failed_gives_nothing_and_says_why(world: World) -> None:
    await world.begin(channels=2, balance=900_000)
    world.ledger.fails["channels"] = NO_XLM
    await world.top_up()
    world.ledger.close()
    await world.watch()
    assert "too little XLM" in world.health.checks["channels"].message
    assert world.health.may_send
    assert sorted(c.balance for c in await world.channels.lend_channels(10, world.time)) == [899_800, 900_000]


@pytest.mark.gen_test
async def test_payments_do_not_wait_for_a_top_up(world: World) -> None:
    await world.begin(channels=2, balance=50)
    await world.top_up()
    await world.post()
    await world.submit()
    assert world.ledger.submitted[-1].purpose is Purpose.PAYMENT
    assert world.ledger.submitted[-1].bump_bid == 100


@pytest.mark.gen_test
async def test_a_top_up_that_failed_is_not_paid_for_again_at_once(world: World) -> None:
    await world.begin(channels=2, balance=900_000)
    world.ledger.fails["channels"] = NO_XLM
    for _ in range(3):
        await world.top_up()
        world.ledger.close()
        await world.watch()
    assert len(world.ledger.submitted) == 1
    world.pass_time(PATIENCE)
    await world.top_up()
    assert len(world.ledger.submitted) == 2


@pytest.mark.gen_test
async def test_a_poor_channel_that_was_merged_is_retired_and_the_others_get_their_xlm(world: World) -> None:
    await world.begin(channels=4, balance=900_000)
    world.ledger.fails["channels"] = NO_DESTINATION
    await world.top_up()
    [attempt] = world.ledger.submitted
    gone = next(index for index in range(4) if world.signer.channel_address(index) != attempt.source)
    world.ledger.merged.add(world.signer.channel_address(gone))
    world.ledger.close()
    await world.watch()
    assert await world.channels.channel_counts() == {"free": 3, "retired": 1}
    assert "does not exist" in world.health.checks["channels"].message
    world.ledger.fails.clear()
    world.pass_time(PATIENCE)
    await world.top_up()
    world.ledger.close()
    await world.watch()
    assert min(c.balance for c in await world.channels.free_channels()) > 4_000_000
    assert world.health.checks["channels"].ok


@pytest.mark.gen_test
async def test_a_replica_that_is_behind_retires_no_channel(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await world.begin(channels=2, balance=900_000)
    world.ledger.fails["channels"] = NO_DESTINATION
    await world.top_up()

    async def not_there_yet(_address: str) -> AccountEvidence:
        return AccountEvidence(world.ledger.ledger - 1, None)

    monkeypatch.setattr(world.ledger, "evidence", not_there_yet)
    world.ledger.close()
    with pytest.raises(LedgerUnavailable):
        await world.watch()
    assert await world.channels.channel_counts() == {"free": 1, "lent": 1}
