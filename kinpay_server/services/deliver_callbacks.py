"""Deliver callbacks: many at once, a receiver that is slow or dead never in the way of the others.

The row is written with the change that it tells of, and marked only after the receiver has answered: at least once,
never lost. How many a receiver has under way is for its circuit to say (`domain.circuit`); its other callbacks wait in
the database, where they cost nothing: each look asks which receivers have something due, not what all of it is.
A receiver gets its callbacks in the order in which they became due, those of one lane one after another
(`services.callback_chains`); what failed is due again later, and in nobody's way.
"""

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import groupby
from typing import Any

import structlog

from kinpay_server.domain.callback import SECOND, Delivery, next_try
from kinpay_server.domain.errors import Unavailable
from kinpay_server.services.callback_chains import Chain
from kinpay_server.services.give_up import GiveUp
from kinpay_server.services.ports import CallbackStore, Clock, DueCallback, Sender
from kinpay_server.services.receivers import Receivers

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
        self._receivers = Receivers(clock)
        self._give_up = GiveUp(store, self._receivers, clock)
        self._under_way = set[asyncio.Task[None]]()
        self._awake = asyncio.Event()
        self._more = False
        """More is due than may be under way, so that each one that ends makes room."""

    def wake(self) -> None:
        """There may be something to deliver."""
        self._awake.set()

    async def run(self) -> None:
        """Deliver what is due, for ever. Ends by being cancelled; what is under way then is tried again later."""
        clock = asyncio.get_running_loop().time
        try:
            while True:
                self._awake.clear()
                began = clock()
                await self._start_due()
                await self._sleep(clock() - began)
        finally:
            for task in self._under_way:
                task.cancel()

    async def _start_due(self) -> None:
        """Start what is due, as much of it as its receivers have room for."""
        try:
            ready = await self._store.receivers_due(self._clock())
            await self._give_up(ready)
            wanted = self._receivers.wanted(ready, len(self._under_way))
            due = await self._store.due_callbacks(self._clock(), wanted) if wanted else []
        except Unavailable as error:
            log.error("callbacks cannot be read", error=str(error))
            return
        self._more = any(self._receivers[name].circuit.closed for name in set(ready) - {one.receiver for one in wanted})
        self._start(due, {one.receiver: one.limit for one in wanted})

    def _start(self, due: Sequence[DueCallback], limits: Mapping[str, int]) -> None:
        """Start chains of what was read; where that was not all and room is left, look again."""
        for name, group in groupby(due, lambda one: one.receiver):
            receiver, of_one = self._receivers[name], list(group)
            chains = receiver.chains.add(of_one)
            for chain in chains:
                task = asyncio.create_task(self._deliver(chain))
                self._under_way.add(task)
                task.add_done_callback(partial(self._finished, chain))
            if len(of_one) == limits[name] and receiver.circuit.closed:
                self._more = True
                if len(chains) < len(of_one):
                    self.wake()

    def _finished(self, chain: Chain, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self._receivers[chain.receiver].chains.ended(chain)
        if self._more or chain.passed_over:
            self.wake()

    async def _deliver(self, chain: Chain) -> None:
        """Send one after another until one fails; the rest is read anew. Ends when all results are on disk."""
        recording = list[asyncio.Task[None]]()
        for due in chain.callbacks:
            delivery = await self._sender.send(due.callback)
            well = delivery.delivered or delivery.over
            self._learn(due.receiver, well=well)
            record = self._record(due, delivery)
            if not well or due is chain.callbacks[-1]:
                await record
                break
            recording.append(asyncio.create_task(record))
        if recording:
            await asyncio.wait(recording)

    async def _record(self, due: DueCallback, delivery: Delivery) -> None:
        callback, now = due.callback, self._clock()
        again_at = None
        if not delivery.delivered:
            again_at = next_try(delivery, callback.tries + 1, now, give_up_at=due.give_up_at)
        try:
            await self._store.record_delivery(callback, delivery, again_at, now)
        except Unavailable as error:
            log.error("delivery not recorded, will be repeated", callback=callback.id, error=str(error))
            await asyncio.sleep(UNRECORDED_SECONDS)
            return
        _say(due, delivery, again_at)

    def _learn(self, receiver: str, *, well: bool) -> None:
        """What an answer says of the receiver. One that is back gets what waits; one that fails is probed again."""
        now, circuit = self._clock(), self._receivers[receiver].circuit
        was_closed = circuit.closed
        if well:
            circuit.succeeded()
        else:
            circuit.failed(now)
        if circuit.closed != was_closed:
            log.warning("receiver fails" if was_closed else "receiver is back", receiver=receiver)
            self._more = self._more or circuit.closed
        if not circuit.closed:
            asyncio.get_running_loop().call_later((circuit.probe_at - now + 1) / SECOND, self.wake)

    async def _sleep(self, looked: float) -> None:
        """Until something happens, or it is time to look for tries that have become due.

        `looked` is how long the last look took: many receivers are looked at no more than half of the time.
        """
        await asyncio.sleep(max(GATHER_SECONDS, looked))
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                await self._awake.wait()
        except TimeoutError:
            return


def _say(due: DueCallback, delivery: Delivery, again_at: int | None) -> None:
    """A line for each try; not the URL, which may hold what only its owner may know."""
    callback = due.callback
    fields: dict[str, Any] = {"callback_id": callback.id, "payment_id": callback.payment_id, "receiver": due.receiver}
    fields |= {"tries": callback.tries + 1, "status": delivery.status}
    if delivery.delivered:
        log.info("callback delivered", **fields)
    elif again_at is None:
        log.warning("callback given up", **fields, error=delivery.error)
    else:
        log.info("callback not delivered", **fields, error=delivery.error, again_at=again_at)
