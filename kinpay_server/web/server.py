"""Opening the application on a port."""

from asyncio import Future
from typing import Any

from tornado.httpserver import HTTPServer
from tornado.iostream import IOStream
from tornado.web import Application

from kinpay_server.domain.errors import InvalidRequest
from kinpay_server.web import raw_answer
from kinpay_server.web.listening import listen

_IDLE_SECONDS = 600
_BUFFER_BYTES = 1024 * 1024


_BARE_REFUSAL = b"HTTP/1.1 400 Bad Request\r\n\r\n"


class _Stream(IOStream):
    """A connection whose client gets an answer in the contract's shape, even to what is no HTTP."""

    def write(self, data: bytes | memoryview) -> "Future[None]":
        """Write; Tornado's bare refusal of what it cannot parse is made an error as all others."""
        return super().write(_refusal() if data == _BARE_REFUSAL else data)


class _Server(HTTPServer):
    """Serves on such connections."""

    def handle_stream(self, stream: IOStream, address: tuple[Any, ...]) -> None:
        """Serve a new connection."""
        super().handle_stream(_Stream(stream.socket, max_buffer_size=_BUFFER_BYTES), address)


def serve(application: Application, host: str, port: int) -> tuple[HTTPServer, int]:
    """Start to answer on the running event loop; returns the server and its port, which port 0 lets the system choose.

    Raises `listening.CannotListen`, whose text is one sentence.
    """
    sockets = listen(host, port)
    server = _Server(application, idle_connection_timeout=_IDLE_SECONDS, max_buffer_size=_BUFFER_BYTES)
    server.add_sockets(sockets)
    return server, sockets[0].getsockname()[1]


def _refusal() -> bytes:
    """The answer to what Tornado cannot parse; it closes the connection then."""
    start, headers, body = raw_answer.parts(InvalidRequest("this is not HTTP/1.1 as RFC 9112 has it"), None)
    headers["Connection"] = "close"
    lines = [
        f"HTTP/1.1 {start.code} {start.reason}",
        *(f"{name}: {value}" for name, value in headers.get_all()),
        "",
        "",
    ]
    return "\r\n".join(lines).encode() + body
