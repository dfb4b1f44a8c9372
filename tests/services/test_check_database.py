"""A database that takes nothing is told, and payments go on once it does."""

import pytest

from kinpay_server.domain.errors import Unavailable
from kinpay_server.services.check_database import DATABASE, CheckDatabase
from tests.services.conftest import World


@pytest.mark.gen_test
async def test_a_database_that_cannot_be_written_is_said_until_it_can(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(_now: int) -> None:
        raise Unavailable("the database cannot take it now")

    await world.begin()
    check = CheckDatabase(world.settlements, health=world.health, clock=lambda: world.time)
    with monkeypatch.context() as full:
        full.setattr(world.settlements, "beat", refuse)
        with pytest.raises(Unavailable):
            await check()
    assert "cannot be written" in world.health.checks[DATABASE].message
    assert not world.health.may_send
    await check()
    assert world.health.may_send
    assert await world.settlements.last_beat() == world.time
