"""No payment out of root may be missing in history when it counts as read."""

import asyncio
from dataclasses import replace

import pytest

from kinpay_server.domain.outcome import LedgerTransaction
from kinpay_server.services import read_history
from kinpay_server.services.ports import AccountState, NetworkState
from kinpay_server.services.read_history import LAG
from kinpay_server.services.watch_ledger import PAGE
from tests.services.conftest import World


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """No long waits between two looks."""
    monkeypatch.setattr(read_history, "AGAIN_SECONDS", 0.001)


def listed(world: World, number: int, ledger: int | None = None) -> LedgerTransaction:
    """A transaction of root, in the newest ledger if none is named."""
    ledger = ledger or world.ledger.ledger
    token = str((ledger << 32) + number)
    return LedgerTransaction((f"hash-{token}",), ledger, "2026-11-25T00:00:00Z", 100, "G", None, None, token)


def changes_kin(world: World, ledger: int | None) -> None:
    """The ledger that changed root's balance last."""
    root = world.signer.root_address
    world.ledger.accounts[root] = replace(world.ledger.accounts[root], kin_changed=ledger)


async def is_waited_for(world: World, ledger: int) -> "asyncio.Task[None]":
    """Reading up to `ledger`, which does not come to an end at present."""
    reading = asyncio.create_task(world.read_history(ledger, "start"))
    await world.is_waited_for(reading)
    return reading


@pytest.mark.gen_test
async def test_a_list_from_a_replica_that_lags_is_not_all_of_history(world: World) -> None:
    await world.begin()
    world.pass_ledgers(5)
    world.ledger.history.append(listed(world, 1))
    changes_kin(world, world.ledger.ledger)
    world.ledger.list_lag = 3
    reading = await is_waited_for(world, world.ledger.ledger)
    world.ledger.list_lag = 0
    await reading
    assert world.watch.read_until == world.ledger.ledger


@pytest.mark.gen_test
async def test_a_snapshot_of_root_that_is_behind_tells_nothing_of_later_ledgers(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.begin()
    world.pass_ledgers(1)
    world.ledger.history.append(listed(world, 1))
    changes_kin(world, world.ledger.ledger)
    behind = await world.ledger.account(world.signer.root_address)
    world.pass_ledgers(4)

    async def by_a_replica_that_lags(address: str) -> AccountState | None:
        return behind

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(world.ledger, "account", by_a_replica_that_lags)
        reading = await is_waited_for(world, world.ledger.ledger)
    await reading


@pytest.mark.gen_test
async def test_what_was_paid_in_later_ledgers_is_not_waited_for(world: World) -> None:
    await world.begin()
    until = world.ledger.ledger + 1
    world.pass_ledgers(3)
    world.ledger.history.append(listed(world, 1, until))
    changes_kin(world, world.ledger.ledger)
    await world.read_history(until, "start")


@pytest.mark.gen_test
async def test_a_restart_soon_after_the_last_payment_knows_that_it_was_read(world: World) -> None:
    await world.begin()
    world.ledger.history.append(listed(world, 1))
    await world.watch()
    changes_kin(world, world.ledger.ledger)
    world.watch.read_until, world.watch._once_more = 0, True
    world.pass_ledgers(2)
    await world.read_history(world.ledger.ledger, "start")


@pytest.mark.gen_test
async def test_a_full_page_does_not_tell_that_nothing_comes_after_it(world: World) -> None:
    await world.begin()
    world.pass_ledgers(1)
    world.ledger.history.extend(listed(world, number) for number in range(1, PAGE + 1))
    changes_kin(world, world.ledger.ledger)
    pages: list[list[LedgerTransaction]] = []
    honest = world.ledger.transactions_of

    async def lags_after_the_first(address: str, cursor: str, limit: int) -> list[LedgerTransaction]:
        pages.append(await honest(address, cursor, limit) if len(pages) != 1 else [])
        return pages[-1]

    world.ledger.transactions_of = lags_after_the_first  # type: ignore[method-assign]
    await world.watch()
    assert world.watch.read_until < world.ledger.ledger
    await world.read_history(world.ledger.ledger, "start")
    assert [len(page) for page in pages] == [PAGE, 0, 1]


@pytest.mark.parametrize("changed", [101, None])
@pytest.mark.gen_test
async def test_a_change_that_the_list_does_not_hold_is_waited_for_until_no_replica_can_lag_so_far(
    world: World, changed: int | None
) -> None:
    """Somebody took an offer of root's; or root is the issuer, and has no balance that changes."""
    await world.begin()
    world.pass_ledgers(1)
    changes_kin(world, changed)
    reading = await is_waited_for(world, 101)
    world.pass_ledgers(LAG - 1)
    await world.is_waited_for(reading)
    world.pass_ledgers(1)
    await reading


@pytest.mark.gen_test
async def test_without_a_root_account_there_is_nothing_to_read(world: World) -> None:
    del world.ledger.accounts[world.signer.root_address]
    await world.begin()
    assert not world.health.checks["root account"].ok


@pytest.mark.gen_test
async def test_the_newest_ledger_is_that_of_the_replica_which_is_furthest(world: World) -> None:
    await world.begin()
    cores = [90, 103, 95, 91]

    async def one_of_them() -> NetworkState:
        return NetworkState(world.ledger.passphrase, 90, 1, cores.pop(), 1_700_000_000)

    world.ledger.network = one_of_them  # type: ignore[method-assign]
    assert await world.read_history.newest_ledger() == 103
