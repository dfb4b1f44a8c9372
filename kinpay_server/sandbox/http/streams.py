"""Server-sent events as Horizon sends them: hello, records, byebye."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import orjson
from aiohttp import web

from ..faults import Faults
from .clock import Clock
from .lists import Listing
from .parameters import Page
from .request import Ask
from .submit import cut

LOOK_SECONDS = 5.0
"""How often a stream looks for news."""
LIFE_SECONDS = 55.0

HELLO = b'retry: 1000\nevent: open\ndata: "hello"\n\n'
BYEBYE = b'retry: 10\nevent: close\ndata: "byebye"\n\n'


async def stream(ask: Ask, listing: Listing, clock: Clock, faults: Faults) -> web.StreamResponse:
    """Sends up to `limit` records, looking for new ones until the stream's life is over."""
    page = listing.page
    found = listing.fetch(page)
    response = await _opened(ask)
    end = time.monotonic() + LIFE_SECONDS
    left = page.limit
    silent = faults.strikes("stream_silent", ask.path.encode())
    while True:
        for token, document in found:
            if faults.strikes("stream_cut", ask.path.encode()):
                cut(ask)
                return response
            if not silent:
                await response.write(b"id: " + token.encode() + b"\ndata: " + _line(document) + b"\n\n")
            page = Page(token, page.limit, page.descending)
        left -= len(found)
        if left <= 0 or not await _news(clock, end):
            break
        found = listing.fetch(Page(page.cursor, left, page.descending))
    await response.write(BYEBYE)
    await response.write_eof()
    return response


async def stream_one(ask: Ask, render: Callable[[], tuple[object, Any]], clock: Clock) -> web.StreamResponse:
    """A single document, again whenever the version before it has changed; its events have no id."""
    version, document = render()
    response = await _opened(ask)
    await response.write(b"data: " + orjson.dumps(document) + b"\n\n")
    end = time.monotonic() + LIFE_SECONDS
    while await _news(clock, end):
        newer, document = render()
        if newer != version:
            version = newer
            await response.write(b"data: " + orjson.dumps(document) + b"\n\n")
    await response.write(BYEBYE)
    await response.write_eof()
    return response


async def _opened(ask: Ask) -> web.StreamResponse:
    response = web.StreamResponse(
        headers={
            "Access-Control-Allow-Origin": "*",
            "Cache-Control": "no-cache",
            "Content-Type": "text/event-stream; charset=utf-8",
            "Vary": "Origin",
        }
    )
    await response.prepare(ask.request)
    await response.write(HELLO)
    return response


async def _news(clock: Clock, end: float) -> bool:
    """Waits for the next look -> whether the stream still lives."""
    left = end - time.monotonic()
    if left <= 0:
        return False
    try:
        if clock.fast:
            await asyncio.wait_for(clock.ingested.wait(), left)
        else:
            await asyncio.sleep(min(LOOK_SECONDS, left))
    except TimeoutError:
        return False
    return time.monotonic() < end


def _line(document: bytes) -> bytes:
    return orjson.dumps(orjson.loads(document)) if b"\n" in document else document
