"""Give up callbacks that have waited for three days (the contract, section 2) for a receiver that takes nothing.

To one that fails only a probe now and then is sent, so most of what waits for it is never tried and would wait for
ever. Looking for it costs a step for each that is due, so it is done seldom.
"""

import structlog

from kinpay_server.domain.callback import MINUTE
from kinpay_server.services.ports import CallbackStore, Clock
from kinpay_server.services.receivers import Receivers

EVERY = 10 * MINUTE
AT_ONCE = 1000
"""The rest at the next look."""

log = structlog.get_logger(__name__)


class GiveUp:
    """Called at each look with the receivers that something is due for. Raises `Unavailable`."""

    def __init__(self, store: CallbackStore, receivers: Receivers, clock: Clock) -> None:
        self._store = store
        self._receivers = receivers
        self._clock = clock

    async def __call__(self, ready: list[str]) -> None:
        """Of those that fail only, and while nothing is under way to them: a try is not overtaken."""
        for name in self._receivers.failing(ready):
            receiver, now = self._receivers[name], self._clock()
            if receiver.checked_at is not None and 0 <= now - receiver.checked_at < EVERY:
                continue
            died = await self._store.give_up(name, AT_ONCE, now)
            if died < AT_ONCE:
                receiver.checked_at = now
            if died:
                log.warning("callbacks are given up: their receiver took nothing", receiver=name, callbacks=died)
