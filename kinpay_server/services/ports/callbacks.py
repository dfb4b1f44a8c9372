"""Where callbacks wait, and what posts them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from kinpay_server.domain.callback import Callback, Delivery


@dataclass(frozen=True, slots=True)
class DueCallback:
    """A callback whose time has come, and its receiver."""

    callback: Callback
    receiver: str


@dataclass(frozen=True, slots=True)
class WantedCallbacks:
    """Up to `limit` callbacks of one receiver, without those (by id) that are under way."""

    receiver: str
    limit: int
    under_way: tuple[str, ...] = ()


class CallbackStore(Protocol):
    """What delivering reads and writes."""

    async def receivers_due(self, now: int) -> list[str]:
        """The receivers that callbacks are due for, the one that is due longest first.

        Costs a few steps for each receiver, however many callbacks wait for it.
        """

    async def due_callbacks(self, now: int, wanted: Sequence[WantedCallbacks]) -> list[DueCallback]:
        """Callbacks that are due, for each receiver in the order of their times and, of one time, as written."""

    async def record_delivery(self, callback: Callback, delivery: Delivery, next_try: int | None, now: int) -> None:
        """Write the result of a try: delivered, or waiting until `next_try`, or dead when that is None."""

    async def callback_counts(self) -> dict[str, int]:
        """How many callbacks are waiting and dead."""


class Sender(Protocol):
    """Posts one callback."""

    async def send(self, callback: Callback) -> Delivery:
        """One try; never raises for what the receiver or the network does. Redirects are not followed."""
