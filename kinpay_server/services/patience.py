"""Patience after a failure that concerns all channels: each try to give them XLM costs its fee."""

from kinpay_server.services.health import Health
from kinpay_server.services.ports import Clock
from kinpay_server.services.settle_fundings import CHANNELS

PATIENCE = 60_000
"""The next try comes so many milliseconds later."""


class Patience:
    """Of one job that funds channels."""

    def __init__(self, *, health: Health, clock: Clock) -> None:
        self._health = health
        self._clock = clock
        self._tried_at = 0

    def tries(self) -> None:
        """It tries now."""
        self._tried_at = self._clock()

    @property
    def must_wait(self) -> bool:
        """True for a while after it has tried, if channels cannot be funded."""
        check = self._health.checks.get(CHANNELS)
        return check is not None and not check.ok and 0 <= self._clock() - self._tried_at < PATIENCE
