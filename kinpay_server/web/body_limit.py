"""The limit of 64 KiB for a body, answered as every error is; a service with many addresses may be larger.

Tornado's own limit ends a connection with a bare 400, and closing while a client still writes can cost it the answer.
"""

import asyncio
import re
import sys
from collections.abc import Awaitable

from tornado.http1connection import HTTP1Connection
from tornado.httputil import HTTPConnection, HTTPHeaders, HTTPMessageDelegate, RequestStartLine, ResponseStartLine

from kinpay_server.domain.errors import BodyTooLarge
from kinpay_server.web import raw_answer, request_id

MAX_BODY = 64 * 1024
MAX_SERVICE = 704 * 1024
"""For `PUT /services/{id}`: 10,000 addresses, 72 bytes for each."""

MAX_DISCARDED = 1024 * 1024
BODY_SECONDS = 60.0

SERVICE_PATH = r"/services/([^/]+)"

_LENGTH = re.compile("[0-9]{1,18}")


class LimitedBody(HTTPMessageDelegate):
    """Passes a request on to the routes, but for bodies that are too large.

    Such a body is answered with 413 at once, then read and thrown away, so that the connection can be used again; after
    1 MiB, or when the client waits for leave to send (`Expect: 100-continue`), the connection is closed. It is closed
    too when a body does not arrive within a minute (Tornado's own timeout does the same for ten times the CPU).
    """

    def __init__(self, routes: HTTPMessageDelegate, connection: HTTPConnection) -> None:
        self._routes = routes
        self._connection = connection
        self._most = MAX_BODY
        self._received = 0
        self._refused = False
        self._patience: asyncio.TimerHandle | None = None

    def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> Awaitable[None] | None:
        """Refuse a body that is declared too large."""
        self._request_id = headers.get(request_id.HEADER)
        self._most = _limit(start_line)
        if isinstance(self._connection, HTTP1Connection) and _has_body(headers):
            self._connection.set_max_body_size(sys.maxsize)
            self._patience = asyncio.get_running_loop().call_later(BODY_SECONDS, self._connection.close)
        if not _too_large(headers.get("Content-Length"), self._most):
            return self._routes.headers_received(start_line, headers)
        self._refuse()
        if "Expect" in headers:
            self._connection.finish()
        return None

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        """Refuse a body that grows too large."""
        self._received += len(chunk)
        if self._refused:
            if self._received > MAX_DISCARDED:
                self._connection.finish()
            return None
        if self._received <= self._most:
            return self._routes.data_received(chunk)
        self._routes.on_connection_close()
        self._refuse()
        return None

    def finish(self) -> None:
        """The request is complete."""
        self._wait_no_longer()
        if self._refused:
            self._connection.finish()
        else:
            self._routes.finish()

    def on_connection_close(self) -> None:
        """The client has gone, or the connection was closed, before the request was complete."""
        self._wait_no_longer()
        if not self._refused:
            self._routes.on_connection_close()

    def _wait_no_longer(self) -> None:
        if self._patience is not None:
            self._patience.cancel()

    def _refuse(self) -> None:
        """Write the answer."""
        self._refused = True
        error = BodyTooLarge(f"the body must be at most {self._most} bytes")
        self._connection.write_headers(*raw_answer.parts(error, self._request_id))


def _limit(start_line: RequestStartLine | ResponseStartLine) -> int:
    """How many bytes the body may have."""
    if not isinstance(start_line, RequestStartLine) or start_line.method != "PUT":
        return MAX_BODY
    return MAX_SERVICE if re.fullmatch(SERVICE_PATH, start_line.path.partition("?")[0]) else MAX_BODY


def _too_large(content_length: str | None, most: int) -> bool:
    """True for a length over the limit; what is no sensible number is for Tornado to refuse."""
    return content_length is not None and bool(_LENGTH.fullmatch(content_length)) and int(content_length) > most


def _has_body(headers: HTTPHeaders) -> bool:
    return "Content-Length" in headers or "Transfer-Encoding" in headers
