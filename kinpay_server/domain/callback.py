"""A callback: what is told to a client's URL, and when it is tried again."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE

RETRY_DELAYS = (
    *(1 * SECOND, 5 * SECOND, 15 * SECOND, 30 * SECOND),
    *(1 * MINUTE, 5 * MINUTE, 30 * MINUTE),
    *(1 * HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, 16 * HOUR, 20 * HOUR, 20 * HOUR),
)
"""Milliseconds from a failed try to the next one: about three days in all (the contract, section 2)."""

LIFETIME = 72 * HOUR
"""A callback that has waited so long is dead, however seldom it could be tried: its receiver took nothing, or asked
for patience again and again.
"""

JITTER = 0.1
GONE = 410


class CallbackState(StrEnum):
    """Where a callback stands."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"
    WITHDRAWN = "withdrawn"


TRANSITIONS: Mapping[CallbackState, frozenset[CallbackState]] = {
    CallbackState.WAITING: frozenset(CallbackState),
    # Back to waiting when an operator sends it again.
    CallbackState.DELIVERED: frozenset({CallbackState.WAITING}),
    CallbackState.DEAD: frozenset({CallbackState.WAITING, CallbackState.WITHDRAWN}),
    # Not true any more, so never sent again; a try that was under way at that moment may have delivered it.
    CallbackState.WITHDRAWN: frozenset({CallbackState.WITHDRAWN, CallbackState.DELIVERED}),
}

POSTED_AGAIN = "it was posted again before this was delivered"
PAID_AFTER_ALL = "the ledger shows it as paid"
"""Why a `fail` is withdrawn: what it tells is not final any more."""


@dataclass(frozen=True, slots=True)
class Event:
    """What is told: `object`, `action`, `state` and `value` of the contract's table."""

    object: str
    action: str
    state: str
    value: Mapping[str, Any]

    def body(self) -> dict[str, Any]:
        """The JSON object that is posted."""
        return {"object": self.object, "state": self.state, "action": self.action, "value": self.value}


@dataclass(frozen=True, slots=True)
class Callback:
    """One event for one URL. `body` is JSON as it is posted; `tries` counts the ones that are over.

    `payment_id` is None when it tells of something else than a payment of ours.
    """

    id: str
    url: str
    body: bytes
    tries: int = 0
    payment_id: str | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """The result of one try: the HTTP status, None with an `error` when there was no answer at all.

    `retry_after` is what the receiver asked for, in milliseconds; `final` says that no other try can end otherwise.
    """

    status: int | None
    error: str | None = None
    retry_after: int | None = None
    final: bool = False

    @property
    def delivered(self) -> bool:
        """True for any 2xx."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def over(self) -> bool:
        """True when it was not delivered and never will be: the receiver says that it is gone, or it is `final`."""
        return self.final or self.status == GONE


def next_try(delivery: Delivery, tries: int, now: int, *, give_up_at: int) -> int | None:
    """When to try again after `tries` failed tries (this one included), in milliseconds; None: it is dead.

    410, or what is final, ends it at once, and so does any failure after `give_up_at`. `Retry-After` is honoured when
    it asks for more patience than the plan, up to a day.
    """
    if delivery.over or tries > len(RETRY_DELAYS) or now >= give_up_at:
        return None
    delay = round(RETRY_DELAYS[tries - 1] * random.uniform(1 - JITTER, 1 + JITTER))  # noqa: S311 - spreads load, no secret
    return now + max(delay, min(delivery.retry_after or 0, 24 * HOUR))


def receiver_of(url: str) -> str:
    """The receiver that a URL belongs to (scheme, host and port): what may be slow or dead on its own."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
