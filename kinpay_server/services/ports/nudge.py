"""What wakes the jobs."""

from typing import Protocol


class Nudge(Protocol):
    """Wakes the jobs. Losing a nudge loses nothing: the row is the truth and the sweep finds it."""

    def submit_payments(self) -> None:
        """There may be payments to submit."""

    def create_wallets(self) -> None:
        """There may be wallets to create."""

    def fund_channels(self) -> None:
        """There may be channels to open, or to top up."""

    def deliver_callbacks(self) -> None:
        """There are callbacks to deliver."""
