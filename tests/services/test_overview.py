"""The look at everything is taken once for all who ask at the same time."""

import asyncio
from unittest.mock import Mock

import pytest

from kinpay_server.services.activity import Activity
from kinpay_server.services.failing_receivers import FailingReceivers
from kinpay_server.services.health import Health
from kinpay_server.services.outstanding import Outstanding
from kinpay_server.services.overview import FRESH, ShowOverview
from kinpay_server.services.ports import LedgerUnavailable, NetworkState
from kinpay_server.services.root_balances import RootBalances
from tests.services.test_standing import NOTHING


class Looks:
    """An `OutstandingReader` that counts, a clock, and a Horizon that has not answered yet."""

    def __init__(self) -> None:
        self.now = 1_700_000_000_000
        self.count = 0
        self.state: NetworkState | None = None
        self.health = Health(self.clock)
        self.show = ShowOverview(
            self,
            health=self.health,
            activity=Activity(self.clock, Mock()),
            receivers=FailingReceivers(self.clock),
            balances=RootBalances(self.clock),
            network=self.network,
            clock=self.clock,
        )

    def clock(self) -> int:
        return self.now

    def network(self) -> NetworkState:
        if self.state is None:
            raise LedgerUnavailable("not yet")
        return self.state

    async def outstanding(self) -> Outstanding:
        self.count += 1
        await asyncio.sleep(0)
        return NOTHING


@pytest.mark.gen_test
async def test_many_pages_cost_one_look() -> None:
    looks = Looks()
    await asyncio.gather(*(looks.show() for _ in range(10)))
    assert looks.count == 1
    looks.now += FRESH - 1
    await looks.show()
    assert looks.count == 1
    looks.now += 1
    assert (await looks.show()).at == looks.now
    assert looks.count == 2


@pytest.mark.gen_test
async def test_a_clock_that_is_set_back_keeps_nothing_old_on_the_page() -> None:
    looks = Looks()
    await looks.show()
    looks.now -= 3_600_000
    assert (await looks.show()).at == looks.now


@pytest.mark.gen_test
async def test_what_is_not_known_yet_is_none() -> None:
    looks = Looks()
    overview = await looks.show()
    assert overview.network is overview.watcher is overview.kin is None
    looks.state = NetworkState("A Network", 100, 1, 101, 1_700_000_000)
    looks.health.good("watcher", "nobody watches anything")
    looks.now += FRESH
    overview = await looks.show()
    assert (overview.network, overview.watcher) == (looks.state, "nobody watches anything")
