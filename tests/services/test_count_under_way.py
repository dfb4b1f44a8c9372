"""What somebody else has settled keeps no payment waiting."""

import pytest

from kinpay_server.services.count_under_way import CountUnderWay
from kinpay_server.services.pressure import Pressure
from tests.services.conftest import World


@pytest.mark.gen_test
async def test_what_ended_without_being_counted_makes_room_again_and_what_is_open_does_not(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.begin(channels=3)
    count = CountUnderWay(world.settlements, pressure=world.pressure)
    room = world.pressure.room
    ended = await world.post()
    await world.submit()
    await count()
    assert world.pressure.room == room - 1
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(world.settle, "_pressure", Pressure(10))
        world.ledger.close()
        await world.watch()
    assert await world.status(ended.id) == "succeeded"
    assert world.pressure.room == room - 1
    await world.post()
    await world.submit()
    await count()
    assert world.pressure.room == room - 1
