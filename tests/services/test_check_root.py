"""The root account is looked at; payments wait while it cannot pay."""

import pytest

from kinpay_server.domain.outcome import Failure, Fault
from kinpay_server.services.check_root import AGAIN_AFTER, ROOT
from kinpay_server.services.send_attempts import SENDING
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


UNDERFUNDED = Failure("op_underfunded", Fault.OURS, "the paying account has too little", True, 0)


async def fails_for_us(world: World) -> None:
    """A payment fails on the ledger for a fault of ours."""
    await world.begin(channels=1)
    payment = await world.post()
    world.ledger.fails[payment.id] = UNDERFUNDED
    await world.submit()
    world.ledger.close()
    await world.watch()
    assert not world.health.checks[SENDING].ok


@pytest.mark.gen_test
async def test_what_fails_though_root_seems_well_is_tried_once_a_minute_and_not_with_each_look(world: World) -> None:
    """Each try costs its fee."""
    await fails_for_us(world)
    for _ in range(AGAIN_AFTER // 5000):
        await world.check_root()
        await world.submit()
        world.pass_time(5000)
    assert len(world.ledger.submitted) == 1
    await world.check_root()
    await world.submit()
    assert len(world.ledger.submitted) == 2


@pytest.mark.gen_test
async def test_what_failed_is_tried_at_once_when_root_has_been_mended(world: World) -> None:
    await fails_for_us(world)
    root = world.signer.root_address
    world.ledger.accounts[root] = account(root, kin_balance=0)
    await world.check_root()
    world.ledger.accounts[root] = account(root)
    await world.check_root()
    await world.submit()
    assert len(world.ledger.submitted) == 2
