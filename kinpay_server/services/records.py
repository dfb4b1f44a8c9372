"""Rows of the database as an operator sees them. Times are in milliseconds since 1970, money is in stroops."""

from dataclasses import dataclass

from kinpay_server.domain.attempt import Attempt
from kinpay_server.domain.callback import CallbackState
from kinpay_server.domain.channel import Channel


@dataclass(frozen=True, slots=True)
class AttemptRecord:
    """An attempt and its end: `successful` and `ledger` are of one that landed, `fee_charged` too."""

    attempt: Attempt
    successful: bool | None
    ended_at: int | None
    reason: str | None
    ledger: int | None
    fee_charged: int | None


@dataclass(frozen=True, slots=True)
class FoundRecord:
    """A payment on the ledger that no attempt of this database made."""

    hash: str
    recipient_address: str
    amount: int
    ledger: int
    found_at: int


@dataclass(frozen=True, slots=True)
class CallbackRecord:
    """A callback: `last_status` is the HTTP status of the last answer, `last_error` what went wrong instead.

    `reason` is why it was withdrawn.
    """

    id: str
    payment_id: str | None
    url: str
    body: bytes
    state: CallbackState
    tries: int
    next_try_at: int
    last_status: int | None
    last_error: str | None
    reason: str | None
    created_at: int
    updated_at: int

    @property
    def last_answer(self) -> str:
        """What the last try came to, for people; empty before the first."""
        if self.last_status is not None:
            return f"HTTP {self.last_status}"
        return self.last_error or ""


@dataclass(frozen=True, slots=True)
class ChannelRecord:
    """A channel and what it carries: the open attempt's payment, or its purpose, or nothing (None)."""

    channel: Channel
    carries: str | None
    updated_at: int


@dataclass(frozen=True, slots=True)
class ServiceRecord:
    """A service: how many addresses it watches, and how many single payments at present."""

    id: str
    callback: str
    addresses: int
    watches: int
    created_at: int
    updated_at: int


@dataclass(frozen=True, slots=True)
class WatchRecord:
    """A temporary watch of the payments with that id at that address."""

    address: str
    payment_id: str
    expires_at: int
