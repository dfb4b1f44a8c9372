"""A Horizon that hangs does not keep the service from being there."""

import asyncio

import pytest

from kinpay_server.services.first_look import first_look
from kinpay_server.services.network_view import CHECK, WrongNetwork
from tests.services.conftest import World


@pytest.mark.gen_test
async def test_a_horizon_that_never_answers_is_not_waited_for(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(world.ledger, "network", asyncio.Event().wait)
    await first_look(world.view, seconds=0.01)
    assert not world.health.checks[CHECK].ok


@pytest.mark.gen_test
async def test_another_network_stops_the_start(world: World) -> None:
    world.ledger.passphrase = "another one"
    with pytest.raises(WrongNetwork):
        await first_look(world.view)
