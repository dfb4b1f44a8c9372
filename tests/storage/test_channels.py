import pytest
from sqlalchemy.exc import IntegrityError

from kinpay_server.domain.attempt import Attempt, Purpose
from kinpay_server.domain.channel import Channel, ChannelState
from kinpay_server.services.ports import Funding
from tests.storage.conftest import NOW, Stores, a_channel, a_success


def address(index: int) -> str:
    return f"channel-{index}"


def opens(source: str, sequence: int, channel: int | None = None) -> Attempt:
    return Attempt(
        Purpose.OPEN_CHANNELS, None, channel, source, sequence, f"{source} {sequence}", "AAAA", 300, 130, NOW
    )


@pytest.mark.gen_test
async def test_planned_channels_get_the_next_indexes(stores: Stores) -> None:
    await stores.channels.plan_channels(2, address, NOW)
    await stores.channels.plan_channels(1, address, NOW)
    assert await stores.channels.planned_channels() == [0, 1, 2]
    assert stores.rows('SELECT address, state FROM channels ORDER BY "index"') == [
        (address(index), "opening") for index in range(3)
    ]


@pytest.mark.gen_test
async def test_plans_of_one_batch_get_indexes_of_their_own(stores: Stores) -> None:
    await stores.together(*(stores.channels.plan_channels(2, address, NOW) for _ in range(3)))
    assert await stores.channels.planned_channels() == list(range(6))


@pytest.mark.gen_test
async def test_a_plan_goes_on_after_the_highest_channel_that_was_found(stores: Stores) -> None:
    await stores.channels.adopt_channels([a_channel(4)], NOW)
    await stores.channels.plan_channels(1, address, NOW)
    assert await stores.channels.planned_channels() == [5]


@pytest.mark.gen_test
async def test_channels_that_exist_are_adopted_as_they_are(stores: Stores) -> None:
    found = a_channel(3, balance=12, sequence=77)
    await stores.channels.adopt_channels([found], NOW)
    assert await stores.channels.lend_channels(1, NOW) == [
        Channel(3, "channel-3", 77, 77, 12, ChannelState.LENT),
    ]


@pytest.mark.gen_test
async def test_channels_that_are_known_are_not_adopted_again(stores: Stores) -> None:
    """Their numbers may be behind what was signed, and they may be lent."""
    await stores.submit("p-1")
    await stores.channels.plan_channels(1, address, NOW)
    before = stores.dump()
    await stores.channels.adopt_channels([a_channel(0, sequence=5), a_channel(1)], NOW + 1)
    assert stores.dump() == before


@pytest.mark.gen_test
async def test_an_address_belongs_to_one_channel(stores: Stores) -> None:
    await stores.channels.adopt_channels([a_channel(0)], NOW)
    with pytest.raises(IntegrityError, match=r"channels\.address"):
        await stores.channels.adopt_channels([Channel(1, "channel-0", 0, 0, 0)], NOW)


@pytest.mark.gen_test
async def test_the_channels_with_most_xlm_are_lent_first(stores: Stores) -> None:
    await stores.channels.adopt_channels([a_channel(0, 5), a_channel(1, 9), a_channel(2, 7)], NOW)
    assert [channel.index for channel in await stores.channels.lend_channels(2, NOW)] == [1, 2]
    assert stores.state_of(0, 1, 2) == ["free", "lent", "lent"]
    assert [channel.index for channel in await stores.channels.lend_channels(2, NOW)] == [0]


@pytest.mark.gen_test
async def test_lending_none_lends_none(stores: Stores) -> None:
    await stores.adopt(1)
    assert await stores.channels.lend_channels(0, NOW) == []
    assert stores.state_of(0) == ["free"]


@pytest.mark.gen_test
async def test_two_that_borrow_in_one_batch_get_different_channels(stores: Stores) -> None:
    await stores.adopt(3)
    lent = await stores.together(*(stores.channels.lend_channels(2, NOW) for _ in range(2)))
    assert sorted(channel.index for batch in lent for channel in batch) == [0, 1, 2]


@pytest.mark.gen_test
async def test_lent_channels_come_back_when_nothing_was_signed_with_them(stores: Stores) -> None:
    await stores.adopt(3)
    await stores.channels.lend_channels(3, NOW)
    await stores.channels.return_channels([0, 2], NOW)
    assert stores.state_of(0, 1, 2) == ["free", "lent", "free"]


@pytest.mark.gen_test
async def test_a_channel_that_carries_an_open_attempt_does_not_come_back(stores: Stores) -> None:
    [attempt] = await stores.submit("p-1")
    assert attempt.channel == 0
    await stores.channels.return_channels([0], NOW)
    assert stores.state_of(0) == ["lent"]


@pytest.mark.gen_test
async def test_a_channel_that_is_retired_does_not_come_back(stores: Stores) -> None:
    await stores.adopt(1)
    stores.change("UPDATE channels SET state = 'retired'")
    await stores.channels.return_channels([0], NOW)
    assert stores.state_of(0) == ["retired"]


@pytest.mark.gen_test
async def test_a_funding_is_written_down_with_the_channels_that_it_funds(stores: Stores) -> None:
    await stores.channels.plan_channels(5, address, NOW)
    by_root, more = opens("root", 7), opens("root", 8)
    await stores.channels.record_fundings([Funding(by_root, {0: 10, 1: 20}), Funding(more, {3: 30})])
    assert await stores.channels.indexes_funded_by(by_root.hash) == [0, 1]
    assert await stores.channels.indexes_funded_by(more.hash) == [3]
    assert await stores.channels.planned_channels() == [2, 4]
    assert stores.rows('SELECT funding FROM channels ORDER BY "index"') == [(10,), (20,), (0,), (30,), (0,)]


@pytest.mark.gen_test
async def test_a_channel_is_funded_by_one_attempt_at_a_time(stores: Stores) -> None:
    await stores.channels.plan_channels(2, address, NOW)
    await stores.channels.record_fundings([Funding(opens("root", 7), {0: 10})])
    before = stores.dump()
    with pytest.raises(RuntimeError, match="funded already"):
        await stores.channels.record_fundings([Funding(opens("root", 8), {0: 10, 1: 10})])
    assert stores.dump() == before


@pytest.mark.gen_test
async def test_of_fundings_that_are_refused_nothing_is_written(stores: Stores) -> None:
    await stores.channels.plan_channels(2, address, NOW)
    await stores.channels.record_fundings([Funding(opens("root", 7), {0: 10})])
    before = stores.dump()
    with pytest.raises(IntegrityError):
        await stores.channels.record_fundings([Funding(opens("root", 8), {1: 10}), Funding(opens("root", 7), {1: 10})])
    assert stores.dump() == before


@pytest.mark.gen_test
async def test_the_poorest_channels_that_nobody_tops_up_are_short(stores: Stores) -> None:
    balances = (5, 9, 2, 3, 1, 4)
    await stores.channels.adopt_channels([a_channel(index, balance) for index, balance in enumerate(balances)], NOW)
    await stores.channels.record_fundings([Funding(opens("root", 7), {3: 10})])
    stores.change("UPDATE channels SET state = 'retired' WHERE \"index\" = 4")
    stores.change("UPDATE channels SET state = 'lent' WHERE \"index\" = 5")
    assert [channel.index for channel in await stores.channels.short_channels(9, 10)] == [2, 5, 0]
    assert [channel.index for channel in await stores.channels.short_channels(9, 2)] == [2, 5]
    assert await stores.channels.short_channels(2, 10) == []


@pytest.mark.gen_test
async def test_free_channels_are_listed_as_they_are(stores: Stores) -> None:
    await stores.adopt(3)
    stores.change("UPDATE channels SET state = 'lent' WHERE \"index\" = 1")
    assert await stores.channels.free_channels() == [a_channel(0), a_channel(2)]


@pytest.mark.gen_test
async def test_the_ledgers_numbers_are_taken_for_free_channels_and_never_go_back(stores: Stores) -> None:
    await stores.adopt(3)
    stores.change("UPDATE channels SET state = 'lent' WHERE \"index\" = 1")
    ledger = [a_channel(0, 7, sequence=200), a_channel(1, 7, sequence=200), a_channel(2, 7, sequence=99)]
    await stores.channels.note_ledger(ledger, NOW)
    assert stores.rows('SELECT sequence, balance FROM channels ORDER BY "index"') == [
        (200, 7),
        (100, 5_000_000),
        (100, 5_000_000),
    ]
    await stores.channels.note_ledger([], NOW)


@pytest.mark.gen_test
async def test_the_ledgers_number_does_not_undo_what_was_signed(stores: Stores) -> None:
    await stores.adopt(1)
    stores.change("UPDATE channels SET signed = 105")
    await stores.channels.note_ledger([a_channel(0, sequence=101)], NOW)
    [channel] = await stores.channels.lend_channels(1, NOW)
    assert (channel.next_sequence, channel.min_sequence) == (106, 101)


@pytest.mark.gen_test
async def test_the_numbers_of_a_source_are_known_for_ever(stores: Stores) -> None:
    await stores.channels.plan_channels(1, address, NOW)
    assert await stores.channels.numbers_of("root") == (False, 0)
    await stores.channels.record_fundings([Funding(opens("root", 7), {0: 10})])
    assert await stores.channels.numbers_of("root") == (True, 7)
    assert await stores.channels.numbers_of("other") == (False, 0)
    stores.change("UPDATE attempts SET state = 'expired'")
    assert await stores.channels.numbers_of("root") == (False, 7)


@pytest.mark.gen_test
async def test_channels_are_counted_by_their_state(stores: Stores) -> None:
    assert await stores.channels.channel_counts() == {}
    sent, paid = await stores.submit("p-1", "p-2")
    await stores.settlements.settle([a_success(paid)], cursor=None, now=NOW)
    await stores.channels.plan_channels(2, address, NOW)
    assert await stores.channels.channel_counts() == {"opening": 2, "lent": 1, "free": 1}
    assert stores.state_of(sent.channel or 0) == ["lent"]
