"""A receiver of callbacks that answers as it likes."""

import json
import queue
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from kinpay_server.demo.http import Receiver


class Moody(Receiver):
    """Keeps what it answers with 200. While `bad`, it answers late, and two times of five not with 200."""

    bad = True

    def answer(self, body: bytes, luck: random.Random) -> int:
        """The status to answer with; 0 for no answer at all."""
        if self.bad:
            time.sleep(luck.uniform(0, 1))
            status = luck.choices((200, 500, 429, 302, 0), (6, 1, 1, 1, 1))[0]
            if status != 200:
                return status
        self.callbacks.put(json.loads(body))
        return 200


class Refusing(Moody):
    """While `bad`, it takes nothing."""

    def answer(self, body: bytes, luck: random.Random) -> int:
        """500, or as a receiver that is well."""
        return 500 if self.bad else super().answer(body, luck)


@contextmanager
def moody_receiver(seed: int, kind: type[Moody] = Moody) -> Iterator[Moody]:
    """Such a receiver on a free port of this machine, until the block ends."""
    kept = kind(callbacks=queue.SimpleQueue())
    luck = random.Random(seed)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status = kept.answer(body, luck)
            if not status:
                self.close_connection = True
                return
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Says nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

        def handle_error(self, request: Any, client_address: Any) -> None:
            """A sender that was killed is no error of the receiver's."""

    server = Server(("127.0.0.1", 0), Handler)
    kept.url = f"http://127.0.0.1:{server.server_port}/callback"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield kept
    finally:
        server.shutdown()
        server.server_close()
