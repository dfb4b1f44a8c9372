import pytest
from sqlalchemy.exc import IntegrityError

from kinpay_server.domain.attempt import Attempt, Purpose
from kinpay_server.domain.channel import Channel, ChannelState
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
async def test_an_opening_is_written_down_with_the_channels_that_it_opens(stores: Stores) -> None:
    await stores.channels.plan_channels(5, address, NOW)
    by_root, more = opens("root", 7), opens("root", 8)
    await stores.channels.record_openings([by_root, more], [(0, 1), (3,)])
    assert await stores.channels.indexes_opened_by(by_root.hash) == [0, 1]
    assert await stores.channels.indexes_opened_by(more.hash) == [3]
    assert await stores.channels.planned_channels() == [2, 4]


@pytest.mark.gen_test
async def test_of_an_opening_that_is_refused_nothing_is_written(stores: Stores) -> None:
    await stores.channels.plan_channels(2, address, NOW)
    await stores.channels.record_openings([opens("root", 7)], [(0,)])
    with pytest.raises(IntegrityError):
        await stores.channels.record_openings([opens("root", 8), opens("root", 7)], [(1,), (1,)])
    assert await stores.channels.planned_channels() == [1]
    assert stores.value("SELECT count(*) FROM attempts") == 1


@pytest.mark.gen_test
async def test_the_numbers_of_a_source_are_known_for_ever(stores: Stores) -> None:
    assert await stores.channels.numbers_of("root") == (False, 0)
    await stores.channels.record_openings([opens("root", 7)], [()])
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
