"""The app's HTTP: a call to a server, and a receiver of callbacks."""

from __future__ import annotations

import json
import queue
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from kinpay_server.demo.programs import DemoError


def call(url: str, body: object = None, *, method: str | None = None, **query: str) -> Any:
    """The JSON that answers a GET, or a POST of `body`, or `method`; raises DemoError for any answer but 2xx."""
    full = f"{url}?{urllib.parse.urlencode(query)}" if query else url
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(full, data, {"Content-Type": "application/json"}, method=method)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            return json.loads(answer.read(), parse_float=Decimal)
    except urllib.error.HTTPError as error:
        raise DemoError(f"{full} answered {error.code}: {error.read().decode(errors='replace')}") from None
    except (OSError, ValueError) as error:
        raise DemoError(f"{full} cannot be used: {error}") from None


@dataclass
class Receiver:
    """Answers 200 to each callback, and keeps it."""

    url: str = ""
    callbacks: queue.SimpleQueue[dict[str, Any]] = field(default_factory=queue.SimpleQueue)


@contextmanager
def receiver() -> Iterator[Receiver]:
    """A receiver on a free port of this machine, until the block ends."""
    kept = Receiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()
            kept.callbacks.put(json.loads(body, parse_float=Decimal))

        def log_message(self, format: str, *args: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    kept.url = f"http://127.0.0.1:{server.server_port}/callback"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield kept
    finally:
        server.shutdown()
        server.server_close()
