"""The root account is looked at; payments wait while it cannot pay."""

import pytest

from kinpay_server.services.check_root import ROOT
from tests.services.conftest import World
from tests.services.fake_ledger import account


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"kin_balance": None}, "no trustline"),
        ({"kin_authorized": False}, "frozen"),
        ({"kin_balance": 0}, "has 0 KIN and the next payment needs 5"),
        ({"xlm_spendable": 0}, "no XLM"),
        ({"signs_payments": False}, "may not sign"),
    ],
)
@pytest.mark.gen_test
async def test_payments_wait_while_root_cannot_pay_and_go_on_when_it_can(
    world: World, changes: dict[str, object], said: str
) -> None:
    await world.begin(channels=1)
    payment = await world.post(amount=50_000_000)
    root = world.signer.root_address
    world.ledger.accounts[root] = account(root, **changes)
    await world.check_root()
    await world.submit()
    assert world.ledger.submitted == []
    assert said in world.health.checks[ROOT].message
    world.ledger.accounts[root] = account(root)
    await world.check_root()
    await world.submit()
    assert await world.status(payment.id) == "submitted"


@pytest.mark.gen_test
async def test_a_payment_larger_than_what_root_has_waits_alone(world: World) -> None:
    await world.begin(channels=3)
    large, small = await world.post(amount=50_000_000), await world.post(amount=49_999_999)
    root = world.signer.root_address
    world.ledger.accounts[root] = account(root, kin_balance=49_999_999)
    await world.check_root()
    await world.submit()
    assert [await world.status(p.id) for p in (large, small)] == ["accepted", "submitted"]
    assert "has 4.9999999 KIN and the next payment needs 5" in world.health.checks[ROOT].message
    world.ledger.accounts[root] = account(root)
    await world.check_root()
    await world.submit()
    assert await world.status(large.id) == "submitted"


@pytest.mark.gen_test
async def test_a_root_account_that_does_not_exist_is_said(world: World) -> None:
    await world.begin()
    world.ledger.accounts.clear()
    await world.check_root()
    assert "does not exist" in world.health.checks[ROOT].message
    assert not world.health.may_send


@pytest.mark.gen_test
async def test_a_silent_horizon_changes_nothing(world: World) -> None:
    await world.begin()
    world.ledger.down = True
    await world.check_root()
    assert world.health.checks[ROOT].ok
