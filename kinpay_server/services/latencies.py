"""How long things take: counted by the size of their durations, so that many cost no more than few."""

from collections import Counter
from collections.abc import Iterable
from math import ceil, log

STEP = 1.1
"""Durations of one size differ by no more than this factor, which is how exact a quantile is."""


class Latencies:
    """Durations in milliseconds, as a histogram; what several of them hold can be added up."""

    def __init__(self) -> None:
        self._sizes: Counter[int] = Counter()

    def add(self, milliseconds: int) -> None:
        """Count one; a clock that was set back makes it 0."""
        self._sizes[round(log(max(1, milliseconds), STEP))] += 1

    @classmethod
    def together(cls, many: Iterable["Latencies"]) -> "Latencies":
        """All that these hold."""
        total = cls()
        for one in many:
            total._sizes.update(one._sizes)
        return total

    def quantile(self, part: float) -> int | None:
        """The duration that so many of them (0 to 1) do not exceed, within half a `STEP`; None when there are none."""
        left = ceil(part * self._sizes.total())
        for size in sorted(self._sizes):
            left -= self._sizes[size]
            if left <= 0:
                return round(STEP**size)
        return None
