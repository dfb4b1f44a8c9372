"""What is known of the network at present: its newest ledger, and what transactions bid."""

import asyncio

from kinpay_server.domain.attempt import LEDGERS_VALID, SECONDS_VALID
from kinpay_server.services.health import Health
from kinpay_server.services.ports import Bounds, Clock, Ledger, LedgerUnavailable, NetworkFees, NetworkState

CHECK = "horizon"
WANTED_LEDGERS = 10
"""For so many ledgers the bid that a refusal asked for is bid from the start."""

LONG_AGO = -1_000

STILL_SECONDS = 60.0
"""Ledgers close every five seconds or so: without a new one for so long, nothing that is sent now could be seen."""


class WrongNetwork(Exception):
    """Horizon serves another network than the one that is configured; the text names both."""


class NetworkView:
    """Refreshed every few seconds. Until it has been, and after Horizon went silent, nothing may be sent."""

    def __init__(self, ledger: Ledger, *, passphrase: str, max_bid: int, health: Health, clock: Clock) -> None:
        self._ledger = ledger
        self._passphrase = passphrase
        self._max_bid = max_bid
        self._health = health
        self._clock = clock
        self._state: NetworkState | None = None
        self._fees = NetworkFees(0, 0)
        self._wanted = 0
        self._wanted_in = LONG_AGO
        self._filled_in = LONG_AGO
        self._newest = 0
        self._newest_since = 0.0
        health.pending(CHECK, "not asked yet")

    async def refresh(self) -> None:
        """Ask Horizon; one that is silent or stands still is reported to `Health`. Raises `WrongNetwork`."""
        try:
            state = await self._ledger.network()
            self._check_network(state)
            self._fees = await self._ledger.fees()
        except LedgerUnavailable as error:
            self._health.bad(CHECK, f"Horizon does not answer: {error}; is horizon_url right and Horizon up?")
            return
        self._state = state
        if self._goes_on(state):
            self._health.good(CHECK, f"ledger {state.latest_ledger}")
        else:
            who = "Horizon's history" if state.core_ledger > state.latest_ledger + 1 else "the network"
            self._health.bad(
                CHECK, f"{who} stands still at ledger {state.latest_ledger}: payments wait until it goes on"
            )

    def _goes_on(self, state: NetworkState) -> bool:
        """Whether a ledger has come of late. An older one comes from a replica that lags."""
        now = asyncio.get_running_loop().time()
        if state.latest_ledger > self._newest:
            self._newest, self._newest_since = state.latest_ledger, now
        return now - self._newest_since < STILL_SECONDS

    @property
    def state(self) -> NetworkState:
        """The last root document. Raises `LedgerUnavailable` before there was one."""
        if self._state is None:
            raise LedgerUnavailable("Horizon has not answered yet")
        return self._state

    @property
    def bid(self) -> int:
        """What to bid for each operation, in stroops, at most `max_base_fee`.

        What is usual; or what refusals have asked for of late, since `/fee_stats` hides that ledgers are full. While it
        is our own that fill them, what is usual is what we bid ourselves, and the base fee does as well.
        """
        usual = self._fees.base if self._is_of_late(self._filled_in) else self._fees.usual
        return self.capped(max(usual, self._wanted) if self._is_of_late(self._wanted_in) else usual)

    def refused_for(self, wanted: int) -> None:
        """A refusal says that so many stroops for each operation would do."""
        self._wanted = wanted
        self._wanted_in = self.state.latest_ledger

    def refused_by_our_own(self) -> None:
        """Nobody but ourselves would have been outbid, so what was wanted before is not wanted any more."""
        self._wanted = 0
        self._filled_in = self.state.latest_ledger

    def capped(self, bid: int) -> int:
        """A bid within `max_base_fee`."""
        return min(bid, self._max_bid)

    def bounds(self) -> Bounds:
        """Until when an envelope that is signed now is valid, by the ledger's own count and clock."""
        state = self.state
        return Bounds(state.latest_ledger + LEDGERS_VALID, state.closed_at + SECONDS_VALID)

    def _is_of_late(self, ledger: int) -> bool:
        return self.state.latest_ledger - ledger <= WANTED_LEDGERS

    def _check_network(self, state: NetworkState) -> None:
        if state.passphrase != self._passphrase:
            raise WrongNetwork(
                f"Horizon serves the network {state.passphrase!r}, but [stellar] network is {self._passphrase!r}"
            )
