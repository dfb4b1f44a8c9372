"""Where callbacks wait, and what posts them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from kinpay_server.domain.callback import Callback, Delivery


@dataclass(frozen=True, slots=True)
class DueCallback:
    """A callback whose time has come, and its receiver; one that fails after `give_up_at` is dead.

    Of those that share a lane the next is sent when the one before has been.
    """

    callback: Callback
    receiver: str
    give_up_at: int
    lanes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class WantedCallbacks:
    """Up to `limit` callbacks of one receiver, without those (by id) that are under way, and those of `payments`.

    Without those, too, that have no other lanes than `busy` ones.
    """

    receiver: str
    limit: int
    under_way: tuple[str, ...] = ()
    busy: tuple[int, ...] = ()
    payments: tuple[str, ...] = ()


class CallbackStore(Protocol):
    """What delivering reads and writes."""

    async def receivers_due(self, now: int) -> list[str]:
        """The receivers that callbacks are due for, the one that is due longest first.

        Costs a few steps for each receiver, however many callbacks wait for it.
        """

    async def due_callbacks(self, now: int, wanted: Sequence[WantedCallbacks]) -> list[DueCallback]:
        """Callbacks that are due, for each receiver in the order of their times and, of one time, as written."""

    async def record_delivery(self, callback: Callback, delivery: Delivery, next_try: int | None, now: int) -> None:
        """Write the result of a try: delivered, or waiting until `next_try`, or dead when that is None.

        What failed has no lanes any more: it keeps nothing waiting. What was withdrawn meanwhile stays so, unless it
        was delivered.
        """

    async def give_up(self, receiver: str, limit: int, now: int) -> int:
        """Have those die that are due for a receiver and were to be given up, at most `limit`; how many it were.

        Costs a step for each that is due for it.
        """


class Sender(Protocol):
    """Posts one callback."""

    async def send(self, callback: Callback) -> Delivery:
        """One try; never raises for what the receiver or the network does. Redirects are not followed."""
