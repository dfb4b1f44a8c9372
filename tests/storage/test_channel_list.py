"""Channels that an operator asks for."""

import pytest

from kinpay_server.services.refusals import Refused
from kinpay_server.storage.channel_list import ChannelList
from tests.storage.conftest import NOW, Stores


def address(index: int) -> str:
    return f"channel-{index}"


@pytest.mark.gen_test
async def test_they_get_the_next_indexes_within_the_most_there_may_be(stores: Stores) -> None:
    planned = ChannelList(stores.database)
    assert await planned.plan(2, 3, address, NOW) == [0, 1]
    with pytest.raises(Refused, match=r"there are 2 channels already, and .* is 3: raise it to 4 for 2 more"):
        await planned.plan(2, 3, address, NOW)
    assert await planned.plan(1, 3, address, NOW) == [2]


@pytest.mark.gen_test
async def test_a_retired_one_makes_room_for_another_until_indexes_end(stores: Stores) -> None:
    await stores.adopt(2)
    planned = ChannelList(stores.database)
    assert await planned.retire(0, NOW)
    assert await planned.plan(1, 2, address, NOW) == [2]
    assert await planned.retire(1, NOW)
    assert await planned.plan(1, 2, address, NOW) == [3]
    stores.change("UPDATE channels SET state = 'retired'")
    assert await planned.plan(1, 2, address, NOW) == [4]
    stores.change('UPDATE channels SET "index" = 65535 WHERE "index" = 4')
    with pytest.raises(Refused, match=r"indexes end with 65535: .* another salt or"):
        await planned.plan(1, 2, address, NOW)


@pytest.mark.gen_test
async def test_only_a_free_one_that_is_not_being_funded_is_retired(stores: Stores) -> None:
    await stores.adopt(2)
    planned = ChannelList(stores.database)
    stores.change("UPDATE channels SET funded_by = 'a hash' WHERE \"index\" = 0")
    stores.change("UPDATE channels SET state = 'lent' WHERE \"index\" = 1")
    assert [await planned.retire(index, NOW) for index in (0, 1, 2)] == [False, False, False]
