"""Channels are opened on demand."""

from dataclasses import replace

import pytest
from stellar_sdk import Keypair

from kinpay_server.domain.attempt import Purpose
from kinpay_server.domain.channel import MOST_INDEXES, Channel
from kinpay_server.domain.outcome import Failure, Fault
from kinpay_server.services.open_channels import BY_CHANNEL, BY_ROOT
from kinpay_server.services.patience import PATIENCE
from kinpay_server.services.ports import AccountState, LedgerUnavailable
from tests.services.conftest import World
from tests.services.fake_ledger import account

EXISTS = Failure("op_already_exists", Fault.UNKNOWN, "the account exists", True, 1)
NO_XLM = Failure("op_underfunded", Fault.OURS, "root has too little XLM", True, 1)


async def land(world: World) -> None:
    """What was sent lands and is settled."""
    world.ledger.close()
    await world.watch()


@pytest.mark.gen_test
async def test_the_first_channels_are_opened_by_root_19_in_one_transaction(world: World) -> None:
    await world.begin()
    for _ in range(30):
        await world.post()
    await world.open_channels()
    (attempt,) = world.ledger.submitted
    assert attempt.source == world.signer.root_address
    assert attempt.fee == 100 * 3 * BY_ROOT
    await land(world)
    assert await world.channels.channel_counts() == {"free": 19, "opening": 11}


@pytest.mark.gen_test
async def test_a_new_channels_numbers_start_at_its_ledger(world: World) -> None:
    await world.begin()
    await world.post()
    await world.open_channels()
    await land(world)
    (channel,) = await world.channels.lend_channels(10, world.time)
    assert (channel.sequence, channel.balance) == (101 << 32, 5_000_000)


@pytest.mark.gen_test
async def test_free_channels_help_to_open_more_side_by_side(world: World) -> None:
    await world.begin(channels=2)
    for _ in range(40):
        await world.post()
    await world.open_channels()
    root, first, second = world.ledger.submitted
    assert root.source == world.signer.root_address
    assert {first.source, second.source} <= {world.signer.channel_address(i) for i in (0, 1)}
    assert first.fee == 100 * 3 * BY_CHANNEL
    await land(world)
    assert await world.channels.channel_counts() == {"free": 40}


@pytest.mark.gen_test
async def test_no_more_channels_are_opened_than_payments_wait_for_or_the_limit_allows(world: World) -> None:
    await world.begin()
    for _ in range(3):
        await world.post()
    await world.open_channels()
    await world.open_channels()
    await land(world)
    assert await world.channels.channel_counts() == {"free": 3}
    for _ in range(100):
        await world.post()
    for _ in range(5):
        await world.open_channels()
        await land(world)
    assert await world.channels.channel_counts() == {"free": 40}


@pytest.mark.gen_test
async def test_root_opens_nothing_more_while_a_transaction_of_its_is_open(world: World) -> None:
    await world.begin()
    await world.post()
    await world.open_channels()
    await world.post()
    await world.open_channels()
    assert len(world.ledger.submitted) == 1


@pytest.mark.gen_test
async def test_channels_of_the_old_service_are_found_when_they_exist_already(world: World) -> None:
    await world.begin()
    for _ in range(3):
        await world.post()
    address = world.signer.channel_address(1)
    world.ledger.accounts[address] = account(address, sequence=77, xlm_spendable=20_000_000)
    world.ledger.fails["channels"] = EXISTS
    await world.open_channels()
    await land(world)
    (found,) = await world.channels.lend_channels(10, world.time)
    assert (found.index, found.sequence, found.balance) == (1, 77, 20_000_000)
    world.ledger.fails.clear()
    await world.open_channels()
    await land(world)
    assert await world.channels.channel_counts() == {"free": 3, "lent": 1}


@pytest.mark.gen_test
async def test_without_xlm_for_reserves_it_says_so_and_tries_again_later(world: World) -> None:
    await world.begin()
    await world.post()
    world.ledger.fails["channels"] = NO_XLM
    await world.open_channels()
    await land(world)
    await world.open_channels()
    assert len(world.ledger.submitted) == 1
    assert "too little XLM" in world.health.checks["channels"].message
    world.ledger.fails.clear()
    world.pass_time(PATIENCE)
    await world.open_channels()
    await land(world)
    assert await world.channels.channel_counts() == {"free": 1}
    assert world.health.checks["channels"].ok


@pytest.mark.gen_test
async def test_after_the_clock_was_set_back_openings_do_not_wait_until_it_is_there_again(world: World) -> None:
    await world.begin()
    await world.post()
    world.ledger.fails["channels"] = NO_XLM
    await world.open_channels()
    await land(world)
    world.pass_time(-3_600_000)
    await world.open_channels()
    assert len(world.ledger.submitted) == 2


@pytest.mark.gen_test
async def test_numbers_of_channels_that_exist_already_come_from_no_replica_that_is_behind(world: World) -> None:
    await world.begin()
    await world.post()
    address = world.signer.channel_address(0)
    world.ledger.accounts[address] = account(address, sequence=77)
    world.ledger.fails["channels"] = EXISTS
    await world.open_channels()
    world.ledger.close()
    read = world.ledger.account

    async def behind(address: str) -> AccountState | None:
        found = await read(address)
        return found and replace(found, ledger=world.ledger.ledger - 1)

    world.ledger.account = behind  # type: ignore[method-assign]
    with pytest.raises(LedgerUnavailable):
        await world.watch()
    world.ledger.account = read  # type: ignore[method-assign]
    await world.watch()
    assert await world.channels.channel_counts() == {"free": 1}


@pytest.mark.gen_test
async def test_an_opening_that_expired_is_signed_anew_with_another_number(world: World) -> None:
    await world.begin()
    await world.post()
    world.ledger.takes = lambda attempt: False
    await world.open_channels()
    world.pass_ledgers(60)
    world.pass_time()
    await world.ask()
    world.ledger.takes = lambda attempt: True
    await world.open_channels()
    await land(world)
    first, second = world.ledger.submitted
    assert first.purpose is second.purpose is Purpose.OPEN_CHANNELS
    assert (first.sequence, second.sequence) == (1, 2)
    assert await world.channels.channel_counts() == {"free": 1}


@pytest.mark.gen_test
async def test_at_the_start_a_free_channels_number_is_taken_from_the_ledger(world: World) -> None:
    sponsored, own = (world.signer.channel_address(index) for index in (0, 1))
    world.ledger.accounts[sponsored] = account(sponsored, sequence=50, xlm_spendable=400)
    world.ledger.accounts[own] = account(own, sequence=60, xlm_spendable=500)
    world.ledger.unsponsored.add(own)
    await world.begin(channels=2)
    found = await world.channels.free_channels()
    assert [(c.sequence, c.next_sequence, c.balance) for c in found] == [(50, 51, 400), (60, 61, 500)]


@pytest.mark.gen_test
async def test_a_new_database_finds_channels_that_came_after_many_had_been_retired(url: str) -> None:
    world = World(url, max_channels=3)
    addresses = [world.signer.channel_address(index) for index in range(20)]
    for address in addresses[:2] + addresses[7:]:  # somebody has merged the others
        world.ledger.accounts[address] = account(address, sequence=50)
    await world.open_channels.adopt()
    assert [channel.index for channel in await world.channels.free_channels()] == [0, 1, *range(7, 20)]
    world.database.close()


@pytest.mark.gen_test
async def test_the_search_for_channels_ends_where_there_are_none_whatever_else_root_sponsors(url: str) -> None:
    world = World(url, max_channels=3)
    stranger = Keypair.random().public_key
    world.ledger.accounts[stranger] = account(stranger)
    asked = list[int]()
    derive = world.signer.channel_address
    world.signer.channel_address = lambda index: asked.append(index) or derive(index)  # type: ignore[method-assign,func-returns-value]
    assert await world.open_channels.adopt() == 0
    assert asked == list(range(6))
    world.database.close()


@pytest.mark.gen_test
async def test_planning_ends_with_the_last_index_that_a_key_can_be_derived_from(world: World) -> None:
    await world.channels.adopt_channels([Channel(MOST_INDEXES - 2, "almost", 0, 0, 0)], world.time)
    await world.channels.plan_channels(5, world.signer.channel_address, world.time)
    assert await world.channels.planned_channels() == [MOST_INDEXES - 1]
    assert await world.channels.next_index() == MOST_INDEXES
