"""What counts what is done, for whoever watches over the service.

May be told from any thread; never raises, never waits.
"""

from typing import Protocol

from kinpay_server.domain.attempt import Purpose
from kinpay_server.domain.callback import CallbackState
from kinpay_server.domain.outcome import Verdict
from kinpay_server.domain.payment import PaymentStatus
from kinpay_server.domain.wallet import WalletStatus


class HorizonMeter(Protocol):
    """Counts requests to Horizon."""

    def horizon_answered(self, method: str, seconds: float, status: int) -> None:
        """A whole answer came."""

    def horizon_silent(self, method: str, seconds: float, code: str) -> None:
        """None came; `code` says why (`ledger.outcomes`)."""


class Meter(Protocol):
    """Counts what is written, once it is on disk."""

    def payment_accepted(self) -> None:
        """A payment that was not known before."""

    def payment_ended(self, status: PaymentStatus, seconds: float | None) -> None:
        """It succeeded or failed, so long after its post; None where nobody knows since when."""

    def payments_found(self, count: int) -> None:
        """So many are on the ledger that no attempt of this database made."""

    def wallet_ended(self, status: WalletStatus) -> None:
        """It was created, or cannot be."""

    def attempt_ended(self, purpose: Purpose, end: str) -> None:
        """`end` is `succeeded` or `failed`, on the ledger, or `expired`."""

    def attempt_answered(self, verdict: Verdict) -> None:
        """Horizon has answered to a submission, or was not reached: that is a verdict too."""

    def callback_tried(self, state: CallbackState) -> None:
        """It is delivered, waits for another try, or is dead."""

    def callbacks_died(self, count: int) -> None:
        """So many were given up without a try: their receiver took nothing for days."""

    def payment_told(self, seconds: float) -> None:
        """The receiver took the callback of a payment so long after its post."""
