"""Counters and histograms, in a registry of their own: two services in one process do not count for each other.

A family's series are looked up by their labels once: that costs as much as counting.
"""

from collections.abc import Callable
from functools import cache

from prometheus_client import CollectorRegistry, Counter, Histogram, Info, ProcessCollector

from kinpay_server.domain.attempt import Purpose
from kinpay_server.domain.callback import CallbackState
from kinpay_server.domain.outcome import Verdict
from kinpay_server.domain.payment import PaymentStatus
from kinpay_server.domain.wallet import WalletStatus

SECONDS_TO_LEDGER = (0.5, 1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 60, 120, 300, 600, 1800, 3600)
"""A ledger takes five seconds; what waits for something may take an hour."""

SECONDS_TO_ANSWER = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2.5, 5, 10, 30)
"""Clients give up on a post after 0.3 s."""

ATTEMPT_ENDS = ("succeeded", "failed", "expired")
TRIES = {
    CallbackState.DELIVERED: "delivered",
    CallbackState.WAITING: "failed",
    CallbackState.DEAD: "dead",
}
HORIZON_ERRORS = ("connection", "timeout", "rate_limit", "server", "client")


class Counters:
    """Implements `Meter`, `HorizonMeter` and what `web` counts. Series that have not happened yet are there, at 0."""

    def __init__(self, *, version: str, commit: str) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        build = Info("kinpay_build", "What runs.", registry=self.registry)
        build.info({"version": version, "commit": commit})
        self._payments = self._counter("payments", "Payments by what became of them.", "status")
        self._found = self._plain("payments_found", "Payments on the ledger that this database did not make.")
        self._wallets = self._counter("wallets", "Wallets by what became of them.", "status")
        self._attempts = self._counter("attempts", "Envelopes by what became of them on the ledger.", "purpose", "end")
        self._submissions = self._counter("submissions", "Answers to submissions by what they mean.", "verdict")
        self._tries = self._counter("callback_tries", "Tries to deliver a callback, by result.", "result")
        self._errors = self._counter("horizon_errors", "Requests that Horizon did not serve, by class.", "class")
        self._to_ledger = self._timer(
            "payment_ledger_seconds", "From the post of a payment until it was seen on the ledger.", SECONDS_TO_LEDGER
        )
        self._to_callback = self._timer(
            "payment_callback_seconds", "From the post of a payment until its callback was taken.", SECONDS_TO_LEDGER
        )
        self._horizon = self._timers("horizon_request_seconds", "How long Horizon takes.", "method")
        self._http = self._timers("http_request_seconds", "How long the API takes.", "method", "route", "status")
        self._begin_at_zero()

    def payment_accepted(self) -> None:
        """See the port."""
        self._payments(PaymentStatus.ACCEPTED.value).inc()

    def payment_ended(self, status: PaymentStatus, seconds: float | None) -> None:
        """See the port. How long a failure took is no latency."""
        self._payments(status.value).inc()
        if seconds is not None and status is PaymentStatus.SUCCEEDED:
            self._to_ledger.observe(seconds)

    def payments_found(self, count: int) -> None:
        """See the port."""
        self._found.inc(count)

    def wallet_ended(self, status: WalletStatus) -> None:
        """See the port."""
        self._wallets(status.value).inc()

    def attempt_ended(self, purpose: Purpose, end: str) -> None:
        """See the port."""
        self._attempts(purpose.value, end).inc()

    def attempt_answered(self, verdict: Verdict) -> None:
        """See the port."""
        self._submissions(verdict.value).inc()

    def callback_tried(self, state: CallbackState) -> None:
        """See the port."""
        self._tries(TRIES[state]).inc()

    def callbacks_died(self, count: int) -> None:
        """See the port."""
        self._tries(TRIES[CallbackState.DEAD]).inc(count)

    def payment_told(self, seconds: float) -> None:
        """See the port."""
        self._to_callback.observe(seconds)

    def horizon_answered(self, method: str, seconds: float, status: int) -> None:
        """See the port. A 404 is an answer, and a refusal is counted by its verdict."""
        self._horizon(method).observe(seconds)
        if status == 429:
            self._errors("rate_limit").inc()
        elif status >= 500:
            self._errors("server").inc()
        elif status >= 300 and not (status == 404 or (method == "POST" and status == 400)):
            self._errors("client").inc()

    def horizon_silent(self, method: str, seconds: float, code: str) -> None:
        """See the port."""
        self._horizon(method).observe(seconds)
        self._errors("timeout" if code == "timed out" else "connection").inc()

    def request_answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """The API has answered a request."""
        self._http(method, route, str(status)).observe(seconds)

    def _begin_at_zero(self) -> None:
        """A rate needs a series from before its first event."""
        for status in (PaymentStatus.ACCEPTED, PaymentStatus.SUCCEEDED, PaymentStatus.FAILED):
            self._payments(status.value)
        for wallet_status in (WalletStatus.CREATED, WalletStatus.FAILED):
            self._wallets(wallet_status.value)
        for purpose in Purpose:
            for end in ATTEMPT_ENDS:
                self._attempts(purpose.value, end)
        for verdict in Verdict:
            self._submissions(verdict.value)
        for result in TRIES.values():
            self._tries(result)
        for error in HORIZON_ERRORS:
            self._errors(error)
        for method in ("GET", "POST"):
            self._horizon(method)

    def _counter(self, name: str, help: str, *labels: str) -> Callable[..., Counter]:
        return cache(Counter(f"kinpay_{name}", help, labels, registry=self.registry).labels)

    def _plain(self, name: str, help: str) -> Counter:
        return Counter(f"kinpay_{name}", help, registry=self.registry)

    def _timer(self, name: str, help: str, buckets: tuple[float, ...]) -> Histogram:
        return Histogram(f"kinpay_{name}", help, registry=self.registry, buckets=buckets)

    def _timers(self, name: str, help: str, *labels: str) -> Callable[..., Histogram]:
        made = Histogram(f"kinpay_{name}", help, labels, registry=self.registry, buckets=SECONDS_TO_ANSWER)
        return cache(made.labels)
