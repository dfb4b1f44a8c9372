"""All that is measured rather than counted: how it is at the moment of looking, from memory and from what waits."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from kinpay_server.domain.errors import Unavailable
from kinpay_server.services.depths import DepthReader, Depths
from kinpay_server.services.failing_receivers import FailingReceivers
from kinpay_server.services.health import Health
from kinpay_server.services.ports import Clock, LedgerUnavailable, NetworkState
from kinpay_server.services.root_balances import Funds, RootBalances


@dataclass(frozen=True, slots=True)
class Lag:
    """How far a watcher is behind: milliseconds since it had read all there was, and ledgers that it has to read.

    `ledgers` is None where nobody counts them.
    """

    milliseconds: int
    ledgers: int | None


@dataclass(frozen=True, slots=True)
class Readings:
    """One look at `at` (milliseconds since 1970). `depths` is None while the database cannot be read.

    `checks` says of each whether it is well; `network` is None before Horizon has answered; `receiver_failing` is since
    how many milliseconds the receiver fails that has failed longest; `rate_limit_left` is the part of Horizon's rate
    limit that is left, None where it has none.
    """

    at: int
    depths: Depths | None
    checks: Mapping[str, bool]
    may_send: bool
    balances: Mapping[str, Funds]
    network: NetworkState | None
    lags: Mapping[str, Lag]
    receivers_failing: int
    receiver_failing: int
    rate_limit_left: float | None


class TakeReadings:
    """Looks when it is called; never fails."""

    def __init__(
        self,
        reader: DepthReader,
        *,
        asset_code: str,
        health: Health,
        balances: RootBalances,
        network: Callable[[], NetworkState],
        watchers: Mapping[str, Callable[[], tuple[int, int | None]]],
        receivers: FailingReceivers,
        rate_limit_left: Callable[[], float | None],
        clock: Clock,
    ) -> None:
        """`network` raises `LedgerUnavailable` before Horizon has answered.

        `watchers` by their names: when each had read all there was (milliseconds since 1970), and how many ledgers it
        has to read, if it counts them.
        """
        self._reader = reader
        self._asset_code = asset_code
        self._health = health
        self._balances = balances
        self._network = network
        self._watchers = watchers
        self._receivers = receivers
        self._rate_limit_left = rate_limit_left
        self._clock = clock

    async def __call__(self) -> Readings:
        """How it is now."""
        depths, now = await self._depths(), self._clock()
        since = [failure.since for failure in list(self._receivers.failures.values())]
        funds = {self._asset_code: self._balances.kin, "XLM": self._balances.xlm}
        return Readings(
            at=now,
            depths=depths,
            checks={name: check.ok for name, check in self._health.checks.items()},
            may_send=self._health.may_send,
            balances={asset: held for asset, held in funds.items() if held is not None},
            network=self._state(),
            lags={name: _lag(now, *where()) for name, where in self._watchers.items()},
            receivers_failing=len(since),
            receiver_failing=max(0, now - min(since, default=now)),
            rate_limit_left=self._rate_limit_left(),
        )

    async def _depths(self) -> Depths | None:
        try:
            return await self._reader.depths()
        except Unavailable:
            return None

    def _state(self) -> NetworkState | None:
        try:
            return self._network()
        except LedgerUnavailable:
            return None


def _lag(now: int, caught_up_at: int, ledgers: int | None) -> Lag:
    return Lag(max(0, now - caught_up_at), ledgers)
