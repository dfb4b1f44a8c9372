"""Deliver callbacks: many at once, a receiver that is slow or dead never in the way of the others.

The row is written with the change that it tells of, and marked only after the receiver has answered: at least once,
never lost. A receiver has so many under way at most; while it does, its other callbacks wait in the database.
"""

import asyncio
from collections import Counter

import structlog

from kinpay_server.domain.callback import next_try
from kinpay_server.domain.errors import Unavailable
from kinpay_server.services.ports import CallbackStore, Clock, DueCallback, Sender

AT_ONCE = 500
AT_ONCE_EACH = 100
GATHER_SECONDS = 0.01
"""What comes within such a moment is read in one go."""

LOOK_SECONDS = 0.5
UNRECORDED_SECONDS = 5.0

log = structlog.get_logger(__name__)


class DeliverCallbacks:
    """Runs for the life of the process; `wake` tells it that there may be something to deliver."""

    def __init__(self, store: CallbackStore, sender: Sender, clock: Clock) -> None:
        self._store = store
        self._sender = sender
        self._clock = clock
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self._of_receiver: Counter[str] = Counter()
        self._awake = asyncio.Event()
        self._more = False
        """More is due than may be under way, so that each one that ends makes room."""

    def wake(self) -> None:
        """There may be something to deliver."""
        self._awake.set()

    async def run(self) -> None:
        """Deliver what is due, for ever. Ends by being cancelled; what is under way then is tried again later."""
        try:
            while True:
                self._awake.clear()
                await self._start_due()
                await self._sleep()
        finally:
            for task in self._under_way.values():
                task.cancel()

    async def _start_due(self) -> None:
        """Start all that is due and that its receiver has room for; those of a full receiver do not hide the others."""
        self._more = True
        while room := AT_ONCE - len(self._under_way):
            due = await self._due(room)
            for one in due:
                if self._of_receiver[one.receiver] < AT_ONCE_EACH:
                    self._start(one)
            if len(due) < room:
                self._more = any(count >= AT_ONCE_EACH for count in self._of_receiver.values())
                return

    async def _due(self, room: int) -> list[DueCallback]:
        full = [receiver for receiver, count in self._of_receiver.items() if count >= AT_ONCE_EACH]
        try:
            return await self._store.due_callbacks(self._clock(), busy=full, skip=list(self._under_way), limit=room)
        except Unavailable as error:
            log.error("callbacks cannot be read", error=str(error))
            return []

    def _start(self, due: DueCallback) -> None:
        self._of_receiver[due.receiver] += 1
        task = asyncio.create_task(self._deliver(due))
        self._under_way[due.callback.id] = task
        task.add_done_callback(lambda _: self._finished(due))

    def _finished(self, due: DueCallback) -> None:
        del self._under_way[due.callback.id]
        self._of_receiver[due.receiver] -= 1
        self._of_receiver += Counter()  # forgets receivers that have none under way
        if self._more:
            self.wake()

    async def _deliver(self, due: DueCallback) -> None:
        callback = due.callback
        delivery = await self._sender.send(callback)
        now = self._clock()
        again_at = None if delivery.delivered else next_try(delivery, callback.tries + 1, now)
        try:
            await self._store.record_delivery(callback, delivery, again_at, now)
        except Unavailable as error:
            log.error("delivery not recorded, will be repeated", callback=callback.id, error=str(error))
            await asyncio.sleep(UNRECORDED_SECONDS)
            return
        if not delivery.delivered:
            log.info(
                "not delivered", callback=callback.id, status=delivery.status, error=delivery.error, again=again_at
            )

    async def _sleep(self) -> None:
        """Until something happens, or it is time to look for tries that have become due."""
        await asyncio.sleep(GATHER_SECONDS)
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                await self._awake.wait()
        except TimeoutError:
            return
