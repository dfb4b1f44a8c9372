"""What goes wrong in every round, or with every request, does not fill the log: a few lines a minute of each kind.

Only warnings and errors are counted, and none that names a payment, a wallet or a callback: such a line tells of a
change of its state, which is told once and never left out.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from structlog import DropEvent
from structlog.types import EventDict, WrappedLogger

MOST = 5
SECONDS = 60.0
KINDS = 500
"""Of so many kinds of lines is known how often they came; then all are forgotten."""

NEVER_LEFT_OUT = frozenset({"payment_id", "wallet_address", "callback_id"})
DISTINCT = ("check", "receiver", "job")
"""Fields whose values make lines of different kinds of what says the same."""

_LIMITED = frozenset({"warning", "error", "critical"})


@dataclass(slots=True)
class _Count:
    since: float
    lines: int = 0
    left_out: int = 0


class LogLimit:
    """`MOST` lines of one kind within `SECONDS`; the next one after that says how many were left out.

    A processor of structlog's, and a filter of the standard library's handlers. `clock` is in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._counts: dict[object, _Count] = {}

    def __call__(self, _logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        """Raises `DropEvent` for what is left out."""
        if event["level"] not in _LIMITED or not NEVER_LEFT_OUT.isdisjoint(event):
            return event
        left_out = self._left_out((event["logger"], event["event"], *(event.get(name) for name in DISTINCT)))
        if left_out is None:
            raise DropEvent
        return {**event, "left_out": left_out} if left_out else event

    def filter(self, record: logging.LogRecord) -> bool:
        """False for what is left out; its kind is its format."""
        if record.levelno < logging.WARNING:
            return True
        left_out = self._left_out((record.name, str(record.msg)))
        if left_out:
            record.left_out = left_out
        return left_out is not None

    def _left_out(self, kind: Any) -> int | None:
        """How many were left out before this one; None when this one is."""
        now = self._clock()
        count = self._counts.get(kind)
        if count is None or now - count.since >= SECONDS:
            before = count.left_out if count else 0
            self._keep(kind, _Count(now, lines=1))
            return before
        count.lines += 1
        if count.lines > MOST:
            count.left_out += 1
            return None
        return 0

    def _keep(self, kind: Any, count: _Count) -> None:
        if len(self._counts) >= KINDS:
            self._counts.clear()
        self._counts[kind] = count
