"""The text of `GET /metrics`."""

from collections.abc import Awaitable, Callable, Iterator

from prometheus_client import Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector

from kinpay_server.metrics.counters import Counters
from kinpay_server.metrics.gauges import gauges
from kinpay_server.services.readings import Readings


class Exposition:
    """Counters as they stand, and a look at everything else."""

    def __init__(self, counters: Counters, readings: Callable[[], Awaitable[Readings]]) -> None:
        self._counters = counters
        self._readings = readings

    async def text(self) -> bytes:
        """All of it, in Prometheus' text format, version 0.0.4."""
        return generate_latest(_All(self._counters, await self._readings()))

    def request_answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """The API has answered a request."""
        self._counters.request_answered(method, route, status, seconds)


class _All(Collector):
    """One scrape."""

    def __init__(self, counters: Counters, readings: Readings) -> None:
        self._counters = counters
        self._readings = readings

    def collect(self) -> Iterator[Metric]:
        """What was counted, then what was read."""
        yield from self._counters.registry.collect()
        yield from gauges(self._readings)
