"""Clients of the service that do not give up, and waiting that does."""

import threading
import time
from collections.abc import Callable, Sequence
from http.client import HTTPException
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from kinpay_server.exact_json import dumps
from tests.system.conftest import show

LONGEST = 120
"""Seconds; nothing that is waited for takes as long on any machine."""

GIVES_UP_AFTER = 5
"""Seconds that a client waits for one answer."""


def post(url: str, body: dict[str, object]) -> tuple[int, bytes]:
    """Status and body of `POST /payments`; status 0 when no answer came."""
    request = Request(f"{url}/payments", dumps(body), {"Content-Type": "application/json"})
    try:
        with urlopen(request, timeout=GIVES_UP_AFTER) as answer:
            return answer.status, answer.read()
    except HTTPError as error:
        return error.code, error.read()
    except (URLError, OSError, ValueError, HTTPException):
        return 0, b""


class PersistentClient(threading.Thread):
    """Posts each payment until it is accepted, whatever happens meanwhile; `url` moves when the service is reborn."""

    def __init__(self, bodies: Sequence[dict[str, object]], url: str = "", *, pause: float = 0.02) -> None:
        super().__init__(daemon=True)
        self.url = url
        self.refusals: list[tuple[int, bytes]] = []
        self._bodies = bodies
        self._pause = pause

    def run(self) -> None:
        for body in self._bodies:
            while not self._accepted(body):
                time.sleep(0.02)
            time.sleep(self._pause)

    def _accepted(self, body: dict[str, object]) -> bool:
        """A repeat of one that was accepted and paid before its answer arrived gets 409."""
        status, answer = post(self.url, body)
        if status not in (0, 202, 409):
            self.refusals.append((status, answer))
        return status in (202, 409)


def wait_until(done: Callable[[], object], what: Callable[[], object] = str) -> None:
    """Wait, but not for ever; `what` is shown when it takes too long."""
    deadline = time.monotonic() + LONGEST
    while not done():
        assert time.monotonic() < deadline, show(what())
        time.sleep(0.1)
