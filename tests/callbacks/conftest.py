"""A receiver that answers with whatever bytes a test wants, in whatever pieces."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from kinpay_server.callbacks.sender import HttpSender
from kinpay_server.domain.callback import Callback

Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Posted:
    """One request: on which connection it came, and its parts."""

    connection: int
    line: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """Listens on a port of its own; keeps what came."""

    answer: Answer
    port: int = 0
    scheme: str = "http"
    posted: list[Posted] = field(default_factory=list)
    connections: int = 0
    closed: asyncio.Event = field(default_factory=asyncio.Event)
    serving: "set[asyncio.Task[None]]" = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}/hook?x=1"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer what comes on one connection until either side closes it."""
        task = asyncio.current_task()
        assert task is not None
        self.serving.add(task)
        self.connections += 1
        number = self.connections
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                await self._take(number, head, reader)
                await self.answer(writer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            self.closed.set()
        except asyncio.CancelledError:
            return  # the test is over
        finally:
            writer.close()

    async def _take(self, number: int, head: bytes, reader: asyncio.StreamReader) -> None:
        line, *lines = head.decode().strip().split("\r\n")
        headers = dict(one.split(": ", 1) for one in lines)
        body = await reader.readexactly(int(headers.get("Content-Length", "0")))
        self.posted.append(Posted(number, line, headers, body))


@asynccontextmanager
async def receiving(answer: Answer | bytes, tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    """A receiver that gives this answer to everything."""
    receiver = Receiver(says(answer) if isinstance(answer, bytes) else answer, scheme="https" if tls else "http")
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0, ssl=tls)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
        for task in receiver.serving:
            task.cancel()
        await asyncio.gather(*receiver.serving, return_exceptions=True)


def says(answer: bytes) -> Answer:
    """Gives these bytes at once."""

    async def answering(writer: asyncio.StreamWriter) -> None:
        writer.write(answer)

    return answering


@asynccontextmanager
async def sending(seconds: float = 30, **access: Any) -> AsyncIterator[HttpSender]:
    """A sender that gives a receiver so many seconds; `access` are the keys and the hosts of its own."""
    sender = HttpSender(timeout=seconds, **access)
    try:
        yield sender
    finally:
        await sender.close()
        await asyncio.sleep(0)  # the connections end


def a_callback(url: str, body: bytes = b'{"a": 1}') -> Callback:
    return Callback("c-1", url, body)
