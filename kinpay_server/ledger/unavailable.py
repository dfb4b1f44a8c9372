"""Why a read has no answer."""

from kinpay_server.ledger.connection import HttpAnswer
from kinpay_server.services.ports import LedgerUnavailable


class HorizonUnavailable(LedgerUnavailable):
    """`LedgerUnavailable` with what Horizon said of when to come back: `retry_after` in seconds, None if nothing."""

    def __init__(self, reason: str, *, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


def unavailable(path: str, answer: HttpAnswer) -> HorizonUnavailable:
    """For an answer that is not what was asked for."""
    return HorizonUnavailable(f"Horizon answered {path} with status {answer.status}", retry_after=_retry_after(answer))


def _retry_after(answer: HttpAnswer) -> float | None:
    """The seconds of the header; None when it is missing, a date or no number."""
    try:
        return max(0.0, float(answer.headers["Retry-After"]))
    except (KeyError, ValueError):
        return None
