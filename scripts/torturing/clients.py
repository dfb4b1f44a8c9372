"""Clients that do not give up, and that post some payments more than once, also at the same moment."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import aiohttp

AT_ONCE = 8
GIVES_UP_AFTER = 3.0
TWICE = 0.2

Body = dict[str, object]


@dataclass
class Clients:
    """Post all bodies to `url`, which moves when the service is born again."""

    bodies: Sequence[Body]
    luck: random.Random
    per_second: float
    url: str = ""
    accepted: int = 0
    statuses: Counter[int] = field(default_factory=Counter)

    async def run(self) -> None:
        """Until each of them is accepted."""
        timeout = aiohttp.ClientTimeout(total=GIVES_UP_AFTER)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            bodies = iter(self.bodies)
            await asyncio.gather(*(self._work(session, bodies) for _ in range(AT_ONCE)))

    async def _work(self, session: aiohttp.ClientSession, bodies: Iterator[Body]) -> None:
        for body in bodies:
            times = 2 if self.luck.random() < TWICE else 1
            await asyncio.gather(*(self._post_until_accepted(session, body) for _ in range(times)))
            self.accepted += 1
            await asyncio.sleep(AT_ONCE / self.per_second)

    async def _post_until_accepted(self, session: aiohttp.ClientSession, body: Body) -> None:
        for _ in itertools.count():
            if await self._post(session, body) in (202, 409):
                return
            await asyncio.sleep(0.1)

    async def _post(self, session: aiohttp.ClientSession, body: Body) -> int:
        """The status; 0 without an answer. A repeat of what has been paid meanwhile is 409."""
        status = 0
        try:
            async with session.post(f"{self.url}/payments", json=body) as answer:
                status = answer.status
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError):
            pass
        self.statuses[status] += 1
        return status
