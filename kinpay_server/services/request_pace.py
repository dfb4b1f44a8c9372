"""How fast Horizon is asked for lists of payments: as fast as it answers, until its rate limit is half used up.

Then the requests are spread, the thinner the less is left, so that paying, which shares the limit, always finds room.
Reading goes on even then, once in half a minute: what is late is told late and not lost.
"""

import asyncio
from collections.abc import Callable
from typing import Protocol

PLENTY = 0.9
"""While so much of the limit is left, requests cost nobody anything."""

KEPT = 0.5
"""The part of the limit that is left to others."""

MOST_SECONDS = 30.0


class Limit(Protocol):
    """Horizon's headers: requests allowed, left, and seconds until all are again."""

    @property
    def limit(self) -> int:
        """Allowed at once."""

    @property
    def remaining(self) -> int:
        """Left."""

    @property
    def reset(self) -> int:
        """Seconds until all are left again."""


class RequestPace:
    """`turn` before each request; `limit` is what the last answer said, None when it said nothing."""

    def __init__(self, limit: Callable[[], Limit | None]) -> None:
        self._limit = limit
        self._one = asyncio.Lock()

    @property
    def scarce(self) -> bool:
        """True while requests are spread."""
        return seconds_between(self._limit()) > 0

    @property
    def plenty(self) -> bool:
        """True while looking more often than is configured takes nothing from anybody."""
        limit = self._limit()
        return limit is None or limit.remaining >= PLENTY * limit.limit

    async def turn(self) -> None:
        """Wait until the next request may be made; all who wait take turns."""
        async with self._one:
            await asyncio.sleep(seconds_between(self._limit()))


def seconds_between(limit: Limit | None) -> float:
    """How long to wait between two requests: none while half of the limit is left, else longer the less there is.

    With a quarter left twice as long as one request takes to come back, and so on.
    """
    if limit is None or limit.remaining >= KEPT * limit.limit:
        return 0.0
    comes_back = max(1, limit.reset) / (limit.limit - limit.remaining)
    return min(MOST_SECONDS, comes_back * KEPT * limit.limit / (limit.remaining + 1))
