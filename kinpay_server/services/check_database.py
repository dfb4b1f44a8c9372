"""Check the database: can it be written? While it cannot, posts are refused and nothing is sent."""

from kinpay_server.domain.errors import Unavailable
from kinpay_server.services.health import Health
from kinpay_server.services.ports import Clock, SettlementStore

DATABASE = "database"


class CheckDatabase:
    """Notes that the service is at work, which is a write like any other."""

    def __init__(self, store: SettlementStore, *, health: Health, clock: Clock) -> None:
        self._store = store
        self._health = health
        self._clock = clock

    async def __call__(self) -> None:
        """Report it. Raises `Unavailable`: what else writes has no use then."""
        try:
            await self._store.beat(self._clock())
        except Unavailable:
            self._health.bad(
                DATABASE,
                "it cannot be written, so posts are refused: is its disk full, or does another program hold it locked?",
            )
            raise
        self._health.good(DATABASE)
