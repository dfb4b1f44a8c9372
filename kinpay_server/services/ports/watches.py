"""Where services and their watches are kept. Each method of a store is one durable transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from kinpay_server.domain.watch import PaymentWatch, SeenPayment, Service


class ServiceStore(Protocol):
    """Where services and their watches are kept."""

    async def put_service(self, service: Service, *, since: int, now: int) -> None:
        """Record or replace it. Addresses that are new to it are told of payments after the position `since`.

        `since` 0 means that the newest ledger is not known: see `WatchMarks.position`.
        """

    async def service(self, service_id: str) -> Service | None:
        """The service with that id."""

    async def services(self) -> list[Service]:
        """All services, by id."""

    async def delete_service(self, service_id: str, now: int) -> Service | None:
        """Take it away with all its watches; returns what it was, None when there was none."""

    async def put_watch(self, watch: PaymentWatch, *, since: int, expires_at: int, now: int) -> None:
        """Record it, or let it last until `expires_at`. Raises `ServiceNotFound`."""

    async def delete_watch(self, watch: PaymentWatch, now: int) -> None:
        """Take it away; one that is not there is fine. Raises `ServiceNotFound`."""

    async def watchers(self, now: int) -> dict[str, list[tuple[str, str]]]:
        """By address the (service id, callback) of each service that watches there at present, in order."""


@dataclass(frozen=True, slots=True)
class WatchMarks:
    """How far watching has come. `added` and `removed` grow with each change of the watches.

    `position` is where everything before has been told: None while nobody watches. It is 0 when the newest ledger was
    not known as the first watch was put; `positioned_at` says when that was.
    """

    added: int
    removed: int
    position: int | None
    positioned_at: int


class WatchStore(Protocol):
    """What watching payments reads and writes."""

    async def watch_marks(self) -> WatchMarks:
        """All of it, in one read."""

    async def addresses_watched(self, after: int) -> set[str]:
        """Addresses of the watches that were put after `added` was so much; of all for 0."""

    async def tell(self, payments: Sequence[SeenPayment], *, position: int, now: int) -> int:
        """Write a callback for each service that watches a payment, and `position`, in one commit; how many were new.

        Who watches is decided in that same commit, so a watch that was deleted is never told of anything again.
        A payment that a service was told of before is left out. The position never goes back.
        """

    async def forget_expired(self, before: int, now: int) -> None:
        """Delete temporary watches that ended before that time."""
