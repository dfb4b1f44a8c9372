"""What waits in the database, and what needs somebody: payments, callbacks, channels."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from kinpay_server.services.records import CallbackRecord


@dataclass(frozen=True, slots=True)
class Queue:
    """Payments that are not done, counted up to `Outstanding.most`; `oldest` is the time of the oldest accepted one."""

    accepted: int
    submitted: int
    held: int
    held_ids: tuple[str, ...]
    oldest: int | None


@dataclass(frozen=True, slots=True)
class Receiver:
    """A receiver that callbacks wait for; `next_try_at` is when the first of them is due."""

    name: str
    waiting: int
    next_try_at: int


@dataclass(frozen=True, slots=True)
class Square:
    """A channel: its state since when, and the payment, or the other purpose, that it carries."""

    index: int
    state: str
    since: int
    payment_id: str | None
    purpose: str | None


@dataclass(frozen=True, slots=True)
class Outstanding:
    """What the database shows, from one snapshot. `most` is where counts stop: more is not told apart.

    `channels` are the first of all that `channel_counts` counts by state; `dead` are the newest of `dead_count`;
    `receivers` are those with the most waiting, `more_receivers` says that there are others.
    """

    most: int
    queue: Queue
    receivers: tuple[Receiver, ...]
    more_receivers: bool
    dead: tuple[CallbackRecord, ...]
    dead_count: int
    channels: tuple[Square, ...]
    channel_counts: Mapping[str, int]


class OutstandingReader(Protocol):
    """Where it is kept."""

    async def outstanding(self) -> Outstanding:
        """What waits and what needs somebody; costs what waits, up to `Outstanding.most`, and not what was."""
