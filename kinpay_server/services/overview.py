"""All that the status page shows of the service as it is now: from memory, and from what waits in the database."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from kinpay_server.services.activity import Activity, Moment
from kinpay_server.services.failing_receivers import FailingReceivers, Failure
from kinpay_server.services.health import Health
from kinpay_server.services.outstanding import Outstanding, OutstandingReader
from kinpay_server.services.ports import Clock, LedgerUnavailable, NetworkState
from kinpay_server.services.root_balances import Funds, RootBalances
from kinpay_server.services.standing import Standing, judge

FRESH = 900
"""Milliseconds for which one look serves all who ask, so that many open pages cost no more than one."""


@dataclass(frozen=True, slots=True)
class Overview:
    """One look. Times are in milliseconds since 1970; `network` is None before Horizon has answered."""

    at: int
    standing: Standing
    moments: list[Moment]
    outstanding: Outstanding
    failures: Mapping[str, Failure]
    kin: Funds | None
    xlm: Funds | None
    network: NetworkState | None
    watcher: str | None


class ShowOverview:
    """Looks at most once in `FRESH` milliseconds."""

    def __init__(
        self,
        reader: OutstandingReader,
        *,
        health: Health,
        activity: Activity,
        receivers: FailingReceivers,
        balances: RootBalances,
        network: Callable[[], NetworkState],
        clock: Clock,
    ) -> None:
        """`network` raises `LedgerUnavailable` before Horizon has answered."""
        self._reader = reader
        self._health = health
        self._activity = activity
        self._receivers = receivers
        self._balances = balances
        self._network = network
        self._clock = clock
        self._lock = asyncio.Lock()
        self._last: Overview | None = None

    async def __call__(self) -> Overview:
        """The newest look. Raises `Unavailable` when the database cannot be read."""
        async with self._lock:
            if self._last is None or not 0 <= self._clock() - self._last.at < FRESH:
                self._last = await self._look()
            return self._last

    async def _look(self) -> Overview:
        outstanding, now = await self._reader.outstanding(), self._clock()
        failures = dict(self._receivers.failures)
        watcher = self._health.checks.get("watcher")
        return Overview(
            at=now,
            standing=judge(self._health, outstanding, failures, now),
            moments=self._activity.moments(),
            outstanding=outstanding,
            failures=failures,
            kin=self._balances.kin,
            xlm=self._balances.xlm,
            network=self._state(),
            watcher=watcher.message if watcher else None,
        )

    def _state(self) -> NetworkState | None:
        try:
            return self._network()
        except LedgerUnavailable:
            return None
