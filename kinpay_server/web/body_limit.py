"""The limit of 64 KiB for a body, answered as every error is.

Tornado's own limit ends a connection with a bare 400, and closing while a client still writes can cost it the answer.
"""

import re
import sys
from collections.abc import Awaitable

from tornado.http1connection import HTTP1Connection
from tornado.httputil import HTTPConnection, HTTPHeaders, HTTPMessageDelegate, RequestStartLine, ResponseStartLine

from kinpay_server.domain.errors import BodyTooLarge
from kinpay_server.web import raw_answer, request_id

MAX_BODY = 64 * 1024
MAX_DISCARDED = 1024 * 1024

_NUMBER = re.compile("0*([0-9]+)")


class LimitedBody(HTTPMessageDelegate):
    """Passes a request on to the routes, but for bodies that are too large.

    Such a body is answered with 413 at once, then read and thrown away, so that the connection can be used again; after
    1 MiB, or when the client waits for leave to send (`Expect: 100-continue`), the connection is closed.
    """

    def __init__(self, routes: HTTPMessageDelegate, connection: HTTPConnection) -> None:
        self._routes = routes
        self._connection = connection
        self._received = 0
        self._refused = False

    def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> Awaitable[None] | None:
        """Refuse a body that is declared too large."""
        self._request_id = headers.get(request_id.HEADER)
        if isinstance(self._connection, HTTP1Connection):
            self._connection.set_max_body_size(sys.maxsize)
        if not _too_large(headers.get("Content-Length")):
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
        if self._received <= MAX_BODY:
            return self._routes.data_received(chunk)
        self._routes.on_connection_close()
        self._refuse()
        return None

    def finish(self) -> None:
        """The request is complete."""
        if self._refused:
            self._connection.finish()
        else:
            self._routes.finish()

    def on_connection_close(self) -> None:
        """The client has gone before the request was complete."""
        if not self._refused:
            self._routes.on_connection_close()

    def _refuse(self) -> None:
        """Write the answer."""
        self._refused = True
        error = BodyTooLarge(f"the body must be at most {MAX_BODY} bytes")
        self._connection.write_headers(*raw_answer.parts(error, self._request_id))


def _too_large(content_length: str | None) -> bool:
    """True for a length over the limit; what is no number is for Tornado to refuse."""
    number = _NUMBER.fullmatch(content_length or "")
    return number is not None and (len(number[1]) > 9 or int(number[1]) > MAX_BODY)
