"""How many callbacks a receiver may have under way: more and more while it takes them, hardly any while it takes none.

One that hangs or is gone must cost neither time nor places that others need, however many callbacks wait for it; and
when it is back, all of them should go out at once. So a row of failures opens the circuit: then only one try at a time
goes to that receiver, a probe, until one succeeds. Times are in milliseconds since 1970.
"""

from kinpay_server.domain.callback import HOUR, SECOND

FAILURES = 10
"""So many failures with no success between them open the circuit."""

FIRST, MOST = 10, 100
"""A receiver begins with so many under way, and gets one more with each success, up to the most."""

SHORTEST_PAUSE, LONGEST_PAUSE = SECOND // 10, 10 * SECOND
"""Between two probes passes a hundredth of the time since the circuit opened, within these limits."""


class Circuit:
    """One receiver."""

    def __init__(self) -> None:
        self._window = FIRST
        self._failures = 0
        self._failed_at = 0
        self._open_since: int | None = None
        self.probe_at = 0

    @property
    def closed(self) -> bool:
        """True while it is not known that the receiver fails."""
        return self._open_since is None

    def room(self, under_way: int, now: int) -> int:
        """How many more may be sent to it now."""
        if self.closed:
            return max(0, self._window - under_way)
        waited = now >= self.probe_at or now < self.probe_at - LONGEST_PAUSE  # the clock was set back
        return int(waited and not under_way)

    def succeeded(self) -> None:
        """It took one, or told for good that it never will: it is there."""
        self._window = min(self._window + 1, MOST)
        self._failures = 0
        self._open_since = None

    def failed(self, now: int) -> None:
        """It did not take one."""
        self._window = FIRST
        self._failures += 1
        self._failed_at = now
        if self._failures >= FAILURES:
            self._open_since = now if self._open_since is None else self._open_since
            pause = (now - self._open_since) // 100
            self.probe_at = now + max(SHORTEST_PAUSE, min(pause, LONGEST_PAUSE))

    def forgettable(self, now: int) -> bool:
        """True when nothing is lost if a new one takes its place: it has not failed lately."""
        return not self._failures or now - self._failed_at > HOUR
