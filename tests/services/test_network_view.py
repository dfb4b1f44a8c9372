"""What is known of the network at present."""

import pytest

from kinpay_server.services import network_view
from kinpay_server.services.network_view import CHECK
from tests.services.conftest import World


@pytest.mark.parametrize(("history_lag", "who"), [(0, "the network"), (7, "Horizon's history")])
@pytest.mark.gen_test
async def test_a_history_that_stands_still_is_told_and_nothing_is_sent_until_it_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch, history_lag: int, who: str
) -> None:
    await world.begin(channels=1)
    assert world.health.may_send
    world.ledger.ledger += history_lag
    world.ledger.history_lag = history_lag
    monkeypatch.setattr(network_view, "STILL_SECONDS", 0)
    await world.view.refresh()
    assert world.health.checks[CHECK].message.startswith(f"{who} stands still at ledger")
    assert not world.health.may_send
    monkeypatch.undo()
    world.pass_ledgers(1)
    await world.view.refresh()
    assert world.health.may_send
