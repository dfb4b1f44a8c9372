"""What the service has done in the last minutes, counted in memory as it happens: no look at it reads the database."""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from threading import Lock

from kinpay_server.domain.callback import SECOND
from kinpay_server.domain.payment import PaymentStatus
from kinpay_server.services.latencies import Latencies
from kinpay_server.services.ports import Clock, Meter, Settlement

SPAN = 5 * SECOND
"""Milliseconds that one moment lasts."""

MOMENTS = 120
REMEMBERED = 50_000
"""Payments, and callbacks, whose time of posting is kept until their end comes; of older ones no latency is known."""


@dataclass(slots=True)
class Moment:
    """Payments accepted, landed and failed for good within `SPAN` from `start` on (milliseconds since 1970)."""

    start: int
    accepted: int = 0
    landed: int = 0
    failed: int = 0
    to_ledger: Latencies = field(default_factory=Latencies)
    """From the post until its payment was seen on the ledger."""

    to_callback: Latencies = field(default_factory=Latencies)
    """From the post until its callback was answered."""


class Activity:
    """Counts for as long as the process lives; may be told and asked from any thread.

    Only here is known how long things took, so `meter` is told of that from here.
    """

    def __init__(self, clock: Clock, meter: Meter) -> None:
        self._clock = clock
        self._meter = meter
        self._lock = Lock()
        self._moments: dict[int, Moment] = {}
        self._posted = _Times()
        self._to_be_told = _Times()

    def accepted(self, payment_id: str) -> None:
        """A payment has been recorded that was not known before."""
        self._meter.payment_accepted()
        with self._lock:
            self._now().accepted += 1
            self._posted[payment_id] = self._clock()

    def settled(self, settlements: Iterable[Settlement]) -> None:
        """These have been written."""
        with self._lock:
            for one in settlements:
                self._settled(one)

    def delivered(self, callback_id: str) -> None:
        """The receiver has taken the callback."""
        with self._lock:
            posted = self._to_be_told.pop(callback_id, None)
            if posted is not None:
                took = self._clock() - posted
                self._now().to_callback.add(took)
                self._meter.payment_told(max(0, took) / SECOND)

    def moments(self) -> list[Moment]:
        """The last `MOMENTS` of them, the oldest first, the one that has only begun included; empty ones too."""
        with self._lock:
            newest = self._clock() // SPAN
            return [self._moments.get(number) or Moment(number * SPAN) for number in _before(newest)]

    def _settled(self, settlement: Settlement) -> None:
        after = settlement.payment
        if after is None or after.status not in (PaymentStatus.SUCCEEDED, PaymentStatus.FAILED):
            return
        moment, posted = self._now(), self._posted.pop(after.id, None)
        took = None if posted is None else self._clock() - posted
        self._meter.payment_ended(after.status, None if took is None else max(0, took) / SECOND)
        if after.status is PaymentStatus.FAILED:
            moment.failed += 1
        else:
            moment.landed += 1
            if took is not None:
                moment.to_ledger.add(took)
        if settlement.callback is not None and posted is not None:
            self._to_be_told[settlement.callback.id] = posted

    def _now(self) -> Moment:
        number = self._clock() // SPAN
        if number not in self._moments:
            self._moments = {one: self._moments[one] for one in _before(number) if one in self._moments}
            self._moments[number] = Moment(number * SPAN)
        return self._moments[number]


class _Times(OrderedDict[str, int]):
    """Milliseconds since 1970 by id; the oldest are forgotten."""

    def __setitem__(self, key: str, value: int) -> None:
        super().__setitem__(key, value)
        if len(self) > REMEMBERED:
            self.popitem(last=False)


def _before(newest: int) -> range:
    return range(newest - MOMENTS + 1, newest + 1)
