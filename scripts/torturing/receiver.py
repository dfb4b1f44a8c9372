"""A receiver of callbacks that is slow and fails now and then, until it is told to be well."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

FAILURES = (500, 503, 429, 302, 0)


@dataclass
class Receiver:
    """What was told, of callbacks that were answered with 200: each state by payment, and each transaction."""

    luck: random.Random
    url: str = ""
    well: bool = False
    succeeded: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    transactions: set[tuple[str, str]] = field(default_factory=set)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer one callback."""
        body = await request.read()
        if not self.well:
            await asyncio.sleep(self.luck.uniform(0, 0.5))
            if self.luck.random() < 0.2:
                return self._refuse(request, self.luck.choice(FAILURES))
        self._keep(json.loads(body))
        return web.Response()

    def _refuse(self, request: web.Request, status: int) -> web.StreamResponse:
        if status == 0 and request.transport is not None:
            request.transport.abort()
        return web.Response(status=status or 500)

    def _keep(self, told: dict[str, Any]) -> None:
        value = told["value"]
        if told["state"] == "success":
            self.succeeded[value["id"]] += 1
            self.transactions.add((value["id"], value["transaction_id"]))
        else:
            self.failed[value["id"]] += 1


@asynccontextmanager
async def receiving(seed: int) -> AsyncIterator[Receiver]:
    """A receiver on a free port, until the block ends."""
    receiver = Receiver(random.Random(seed))  # noqa: S311 - bad luck, no secret
    application = web.Application()
    application.router.add_post("/callback", receiver.answer)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        receiver.url = f"http://127.0.0.1:{port}/callback"
        yield receiver
    finally:
        await runner.cleanup()
