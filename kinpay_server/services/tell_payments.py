"""Tell of watched payments: callbacks and the position up to which all is told, in one commit."""

from collections.abc import Sequence

from kinpay_server.domain.watch import SeenPayment
from kinpay_server.services.ports import Clock, Nudge, WatchStore

POSITION_EVERY = 10_000
"""Milliseconds. Where there is nothing to tell, the position is stored that seldom: reading again does no harm."""


class TellPayments:
    """Used by whoever reads a list."""

    def __init__(self, store: WatchStore, nudge: Nudge, clock: Clock) -> None:
        self._store = store
        self._nudge = nudge
        self._clock = clock
        self._stored_at = 0

    async def __call__(self, payments: Sequence[SeenPayment], position: int) -> None:
        """All up to `position` has been read; these of it, in order, may concern somebody.

        Raises `Unavailable`, having written nothing.
        """
        now = self._clock()
        if not payments and 0 <= now - self._stored_at < POSITION_EVERY:
            return
        written = await self._store.tell(payments, position=position, now=now)
        self._stored_at = now
        if written:
            self._nudge.deliver_callbacks()
