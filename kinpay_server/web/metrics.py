"""What Prometheus reads, and the time that each request took."""

import re
from collections.abc import Sequence
from typing import Any

from tornado.web import RequestHandler

from kinpay_server.web.base import Handler
from kinpay_server.web.operations import Answer, Operation, Operations
from kinpay_server.web.services import Services

TEXT = "text/plain; version=0.0.4; charset=utf-8"
ELSEWHERE = "elsewhere"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"})
"""Others are one: who sends what does not exist must not make new series."""


class Metrics(Handler):
    """`/metrics`."""

    async def get(self) -> None:
        """Answer the text."""
        text = await self.services.metrics.text()
        self.set_header("Content-Type", TEXT)
        self.finish(text)


class Routes:
    """The name of each route in the metrics: its path, with `{}` for what varies."""

    def __init__(self, routes: Sequence[tuple[str, type[RequestHandler]]]) -> None:
        self._names: dict[type[RequestHandler], str] = {}
        for pattern, handler in routes:
            self._names.setdefault(handler, re.sub(r"\([^)]*\)", "{}", pattern).replace("\\", ""))

    def count(self, handler: RequestHandler) -> None:
        """A handler has answered."""
        services: Services = handler.settings["services"]
        request = handler.request
        method = request.method if request.method in METHODS else "other"
        route = self._names.get(type(handler), ELSEWHERE)
        services.metrics.request_answered(method or "other", route, handler.get_status(), request.request_time())


ROUTES: list[tuple[str, Any]] = [(r"/metrics", Metrics)]
OPERATIONS: Operations = {
    ("GET", "/metrics"): Operation(
        "What is measured",
        description=(
            "For Prometheus: payments by what became of them, how long they took, what waits, balances, channels, the "
            "watchers' lag, Horizon's errors. Counters begin at 0 when the service starts."
        ),
        answers={200: Answer("Prometheus' text format, version 0.0.4.", None, "text/plain")},
    ),
}
