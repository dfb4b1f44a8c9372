"""Channels get XLM for their fees before they run short."""

import pytest

from kinpay_server.domain.attempt import LEDGERS_VALID, Purpose
from kinpay_server.domain.outcome import Failure, Fault
from tests.services.conftest import World

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
