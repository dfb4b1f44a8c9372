"""The `Nudge` of the services, on the job queue."""

from collections.abc import Callable


class JobNudge:
    """Wakes jobs; the functions are set once everything is built, since jobs and services need each other."""

    def __init__(self) -> None:
        self.submit_payments: Callable[[], None] = _nothing
        self.create_wallets: Callable[[], None] = _nothing
        self.fund_channels: Callable[[], None] = _nothing
        self.deliver_callbacks: Callable[[], None] = _nothing


def _nothing() -> None:
    """Before everything is built there is nothing to wake."""
