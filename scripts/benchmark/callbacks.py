"""Receives callbacks in a process of its own: answers 200 at once, keeps the bytes, reads them only when asked."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import cast

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


@dataclass(frozen=True)
class Callback:
    """One callback: when it came (seconds of the epoch), of which payment, and what it told."""

    came: float
    payment_id: str
    state: str
    transaction_id: str | None


class Receivers:
    """The bench's side of the process: asks how many callbacks came, and fetches them."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self.urls: list[str] = pipe.recv()

    def count(self) -> int:
        """How many came since the last `take`."""
        self._pipe.send("count")
        number: int = self._pipe.recv()
        return number

    def take(self) -> list[Callback]:
        """All that came since the last `take`, in order."""
        self._pipe.send("take")
        return [_read(came, body) for came, body in self._pipe.recv()]


@contextmanager
def receivers(number: int) -> Iterator[Receivers]:
    """As many servers, each on a port of its own, until the block ends."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(there, number), daemon=True)
    process.start()
    try:
        yield Receivers(here)
    finally:
        process.terminate()
        process.join()


def _read(came: float, body: bytes) -> Callback:
    told = json.loads(body)
    return Callback(came, told["value"]["id"], told["state"], told["value"].get("transaction_id"))


class _Receiver(asyncio.Protocol):
    def __init__(self, kept: list[tuple[float, bytes]]) -> None:
        self._kept = kept
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end].lower()
            length = int(head.partition(b"content-length:")[2].split(b"\r\n", 1)[0] or 0)
            if len(self._buffer) < end + 4 + length:
                return
            self._kept.append((time.time(), self._buffer[end + 4 : end + 4 + length]))
            self._buffer = self._buffer[end + 4 + length :]
            self._transport.write(ANSWER)


def _serve(pipe: Connection, number: int) -> None:
    asyncio.run(_receive(pipe, number))


async def _receive(pipe: Connection, number: int) -> None:
    kept: list[tuple[float, bytes]] = []
    loop = asyncio.get_running_loop()
    servers = [await loop.create_server(lambda: _Receiver(kept), "127.0.0.1", 0) for _ in range(number)]
    pipe.send([f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/callback" for server in servers])
    loop.add_reader(pipe.fileno(), _obey, pipe, kept)
    await asyncio.Event().wait()


def _obey(pipe: Connection, kept: list[tuple[float, bytes]]) -> None:
    if pipe.recv() == "count":
        pipe.send(len(kept))
        return
    pipe.send(kept)
    kept.clear()
