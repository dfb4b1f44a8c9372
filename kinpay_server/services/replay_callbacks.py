"""Send callbacks that were given up once more, for an operator who knows that the receiver is back."""

from typing import Protocol

import structlog

from kinpay_server.services.ports import Clock, Nudge

BATCH = 500
BATCHES = 20
"""Few enough at once that neither the posts of payments wait for the writer, nor the operator for the answer."""

log = structlog.get_logger(__name__)


class DeadCallbacks(Protocol):
    """Where they are kept."""

    async def replay_one_dead(self, callback_id: str, now: int) -> bool:
        """Dead → waiting, due now, no tries. False, with nothing changed, when it is not dead or not there."""

    async def replay_some_dead(self, limit: int, now: int) -> int:
        """The same for the oldest that died before `now`; how many those were."""


class ReplayCallbacks:
    """Only dead ones: what waits is tried by itself, and what was delivered needs nobody."""

    def __init__(self, store: DeadCallbacks, nudge: Nudge, clock: Clock) -> None:
        self._store = store
        self._nudge = nudge
        self._clock = clock

    async def one(self, callback_id: str) -> int:
        """Replay this one; 0 when it is not dead, or not there. Raises `Unavailable`."""
        count = int(await self._store.replay_one_dead(callback_id, self._clock()))
        return self._told(count, callback_id=callback_id)

    async def all(self) -> int:
        """Replay all, up to `BATCH` × `BATCHES`, the oldest first; how many. Raises `Unavailable`."""
        now, count = self._clock(), 0
        for _ in range(BATCHES):
            some = await self._store.replay_some_dead(BATCH, now)
            count += some
            if some < BATCH:
                break
        return self._told(count)

    def _told(self, count: int, **which: str) -> int:
        if count:
            log.info("dead callbacks replayed", count=count, **which)
            self._nudge.deliver_callbacks()
        return count
