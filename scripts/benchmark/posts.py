"""Posts payments over connections that stay open, with bodies made beforehand, so that the bench itself is cheap."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import urlsplit

TICK = 0.001


@dataclass
class Posted:
    """What the POSTs did: when the first started and the last ended (epoch), seconds each, answers by status."""

    started: float = 0.0
    ended: float = 0.0
    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)


def request(url: str, payment: dict[str, object]) -> bytes:
    """The bytes of one POST /payments."""
    body = json.dumps(payment, separators=(",", ":")).encode()
    head = f"POST /payments HTTP/1.1\r\nHost: {urlsplit(url).netloc}\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


async def post_all(url: str, requests: Sequence[bytes], *, connections: int, rate: float | None) -> Posted:
    """Posts all: flat out over that many connections, or `rate` a second, each at its time whatever the others do.

    With a rate, a POST's seconds count from when it was due, so waiting for a free connection counts too.
    """
    poster = _Poster(len(requests))
    parts = urlsplit(url)
    loop = asyncio.get_running_loop()
    for _ in range(connections):
        await loop.create_connection(lambda: _Connection(poster), parts.hostname or "", parts.port or 80)
    poster.posted.started = time.time()
    if rate is None:
        poster.add(requests)
    else:
        await _at_rate(poster, requests, rate)
    await poster.done
    poster.posted.ended = time.time()
    poster.close()
    return poster.posted


async def _at_rate(poster: _Poster, requests: Sequence[bytes], rate: float) -> None:
    start, sent = time.perf_counter(), 0
    while sent < len(requests):
        due = min(len(requests), int((time.perf_counter() - start) * rate) + 1)
        for number in range(sent, due):
            poster.add([requests[number]], due=start + number / rate)
        sent = due
        await asyncio.sleep(max(TICK, start + sent / rate - time.perf_counter()))


class _Poster:
    """Hands requests to free connections; requests wait in order when there is none."""

    def __init__(self, count: int) -> None:
        self.posted = Posted()
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._left = count
        self._waiting: deque[tuple[bytes, float | None]] = deque()
        self._free: list[_Connection] = []
        self._all: list[_Connection] = []

    def joined(self, connection: _Connection) -> None:
        self._all.append(connection)
        self._free.append(connection)

    def add(self, requests: Sequence[bytes], due: float | None = None) -> None:
        self._waiting.extend((one, due) for one in requests)
        while self._waiting and self._free:
            self._free.pop().send(*self._waiting.popleft())

    def answered(self, connection: _Connection, status: int, seconds: float) -> None:
        self.posted.statuses[status] += 1
        self.posted.seconds.append(seconds)
        self._left -= 1
        if self._waiting:
            connection.send(*self._waiting.popleft())
        else:
            self._free.append(connection)
        if self._left == 0:
            self.done.set_result(None)

    def lost(self) -> None:
        if not self.done.done():
            self.done.set_exception(ConnectionError("the service closed a connection"))

    def close(self) -> None:
        for connection in self._all:
            connection.transport.close()


class _Connection(asyncio.Protocol):
    def __init__(self, poster: _Poster) -> None:
        self._poster = poster
        self._buffer = b""
        self._since = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self._poster.joined(self)

    def connection_lost(self, _error: Exception | None) -> None:
        self._poster.lost()

    def send(self, data: bytes, due: float | None) -> None:
        self._since = due or time.perf_counter()
        self.transport.write(data)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        length = int(self._buffer[:end].lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0] or 0)
        if len(self._buffer) >= end + 4 + length:
            status, self._buffer = int(self._buffer[9:12]), b""
            self._poster.answered(self, status, time.perf_counter() - self._since)
