"""Deliver callbacks: many at once, a receiver that is slow or dead never in the way of the others.

The row is written with the change that it tells of, and marked only after the receiver has answered: at least once,
never lost. How many a receiver has under way is for its circuit to say (`domain.circuit`); its other callbacks wait in
the database, where they cost nothing: each look asks which receivers have something due, not what all of it is.
A receiver gets its callbacks in the order in which they became due; what failed is due again later.
"""

import asyncio
from collections import Counter, defaultdict

import structlog

from kinpay_server.domain.callback import SECOND, next_try
from kinpay_server.domain.circuit import Circuit
from kinpay_server.domain.errors import Unavailable
from kinpay_server.services.ports import CallbackStore, Clock, DueCallback, Sender, WantedCallbacks

AT_ONCE = 500
GATHER_SECONDS = 0.01
"""What comes within such a moment is read in one go."""

LOOK_SECONDS = 0.5
UNRECORDED_SECONDS = 5.0
MANY_CIRCUITS = 1000

log = structlog.get_logger(__name__)


class DeliverCallbacks:
    """Runs for the life of the process; `wake` tells it that there may be something to deliver."""

    def __init__(self, store: CallbackStore, sender: Sender, clock: Clock) -> None:
        self._store = store
        self._sender = sender
        self._clock = clock
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self._of_receiver: defaultdict[str, set[str]] = defaultdict(set)
        """The ids of those under way, by receiver."""

        self._circuits: dict[str, Circuit] = {}
        self._many = MANY_CIRCUITS
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
            for task in self._under_way.values():
                task.cancel()

    async def _start_due(self) -> None:
        """Start what is due, as much of it as its receivers have room for."""
        try:
            ready = await self._store.receivers_due(self._clock())
            shares = self._shares(ready)
            wanted = [
                WantedCallbacks(one, share, tuple(self._of_receiver.get(one, ()))) for one, share in shares.items()
            ]
            due = await self._store.due_callbacks(self._clock(), wanted) if wanted else []
        except Unavailable as error:
            log.error("callbacks cannot be read", error=str(error))
            return
        for one in due:
            self._start(one)
        got = Counter(one.receiver for one in due)
        self._more = any(self._circuit(one).closed and got[one] >= shares.get(one, 0) for one in ready)

    def _shares(self, ready: list[str]) -> dict[str, int]:
        """How many of each receiver to start. None gets more than half of what is left, so that something is left."""
        now, left = self._clock(), AT_ONCE - len(self._under_way)
        shares = {}
        for receiver in ready:
            room = self._circuit(receiver).room(len(self._of_receiver.get(receiver, ())), now)
            share = min(room, (left + 1) // 2)
            if share:
                shares[receiver] = share
                left -= share
        return shares

    def _circuit(self, receiver: str) -> Circuit:
        if receiver not in self._circuits:
            if len(self._circuits) >= self._many:
                self._forget()
            self._circuits[receiver] = Circuit()
        return self._circuits[receiver]

    def _forget(self) -> None:
        """Keep the circuits that something is known of."""
        now = self._clock()
        self._circuits = {
            receiver: circuit
            for receiver, circuit in self._circuits.items()
            if receiver in self._of_receiver or not circuit.forgettable(now)
        }
        self._many = max(MANY_CIRCUITS, 2 * len(self._circuits))

    def _start(self, due: DueCallback) -> None:
        self._of_receiver[due.receiver].add(due.callback.id)
        task = asyncio.create_task(self._deliver(due))
        self._under_way[due.callback.id] = task
        task.add_done_callback(lambda _: self._finished(due))

    def _finished(self, due: DueCallback) -> None:
        del self._under_way[due.callback.id]
        self._of_receiver[due.receiver].discard(due.callback.id)
        if not self._of_receiver[due.receiver]:
            del self._of_receiver[due.receiver]
        if self._more:
            self.wake()

    async def _deliver(self, due: DueCallback) -> None:
        callback = due.callback
        delivery = await self._sender.send(callback)
        now = self._clock()
        self._learn(due.receiver, well=delivery.delivered or delivery.over, now=now)
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

    def _learn(self, receiver: str, *, well: bool, now: int) -> None:
        """What an answer says of the receiver. One that is back gets what waits; one that fails is probed again."""
        circuit = self._circuit(receiver)
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
