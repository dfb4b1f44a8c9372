"""Channels whose number somebody has raised to the last but one (BumpSequence does that)."""

import pytest

from kinpay_server.domain.attempt import LEDGERS_VALID
from kinpay_server.domain.channel import LAST_SEQUENCE
from tests.services.conftest import World
from tests.services.fake_ledger import account


async def take_up(world: World) -> None:
    """Start up with one channel that has one number left."""
    await world.begin()
    address = world.signer.channel_address(0)
    world.ledger.accounts[address] = account(address, sequence=LAST_SEQUENCE - 1)
    world.ledger.sequences[address] = LAST_SEQUENCE - 1
    await world.open_channels.adopt()


@pytest.mark.gen_test
async def test_a_channel_that_has_used_its_last_number_is_retired(world: World) -> None:
    """Nothing could be signed with it, and what waits would be given to it again and again."""
    await take_up(world)
    await world.post("p")
    await world.submit()
    world.ledger.close()
    await world.watch()
    assert await world.status("p") == "succeeded"
    assert await world.channels.channel_counts() == {"retired": 1}


@pytest.mark.gen_test
async def test_a_channel_whose_last_number_was_signed_for_in_vain_is_retired(world: World) -> None:
    await take_up(world)
    world.ledger.takes = lambda attempt: False
    await world.post()
    await world.submit()
    world.pass_ledgers(LEDGERS_VALID)
    world.pass_time()
    await world.ask()
    assert await world.open_attempts() == []
    assert await world.channels.channel_counts() == {"retired": 1}
