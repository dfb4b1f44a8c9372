"""Count what is under way anew: what has ended without this process knowing must not keep other payments waiting.

That happens when a settlement is written and its confirmation is lost, or when somebody else writes it.
"""

import structlog

from kinpay_server.domain.attempt import OPEN_STATES
from kinpay_server.services.ports import SettlementStore
from kinpay_server.services.pressure import Pressure

AT_ONCE = 500

log = structlog.get_logger(__name__)


class CountUnderWay:
    """Compares `Pressure` with the database."""

    def __init__(self, store: SettlementStore, *, pressure: Pressure) -> None:
        self._store = store
        self._pressure = pressure

    async def __call__(self) -> None:
        """Forget what has ended. What is sent meanwhile is not looked at."""
        counted = sorted(self._pressure.under_way)
        for start in range(0, len(counted), AT_ONCE):
            attempts = await self._store.attempts_by_hash(counted[start : start + AT_ONCE])
            ended = [one for one, attempt in attempts.items() if attempt.state not in OPEN_STATES]
            self._pressure.forget(ended)
            if ended:
                log.debug("ended without being counted", attempts=len(ended))
