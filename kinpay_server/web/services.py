"""What the API needs of the rest: one socket for each use case."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from kinpay_server.domain.payment import NewPayment, Payment, PaymentStatus
from kinpay_server.domain.wallet import NewWallet
from kinpay_server.domain.watch import PaymentWatch, Service
from kinpay_server.services.ports import Clock
from kinpay_server.services.show_wallet import WalletBalances
from kinpay_server.services.show_wallet_payments import WalletPayments
from kinpay_server.web.page_services import PageServices


class StatusReport(Protocol):
    """How the service is."""

    @property
    def healthy(self) -> bool:
        """True while the service can do its work."""

    def as_value(self) -> dict[str, Any]:
        """`{app_name, status, start_time, build, checks}` as `GET /status` shows it (the contract, section 1)."""


class PaymentPages(Protocol):
    """Looks up a page of payments."""

    async def __call__(
        self, *, status: PaymentStatus | None, app_id: str | None, before: tuple[int, str] | None, limit: int
    ) -> list[Payment]:
        """At most `limit` payments, newest first, from after `before`, which is (created_at, id)."""


class WalletPaymentPages(Protocol):
    """Looks up a page of a wallet's payments: `services.show_wallet_payments`."""

    async def __call__(self, address: str, *, after: int | None, limit: int, newest_first: bool) -> WalletPayments:
        """At most `limit` payments after a position."""


class Metrics(Protocol):
    """What is measured of the service."""

    async def text(self) -> bytes:
        """All of it, as Prometheus reads it."""

    def request_answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """A request was answered."""


@dataclass(frozen=True, slots=True)
class Services:
    """The use cases behind the routes.

    `accept_payment` records a post durably and returns the payment as the answer shows it, or raises a domain error;
    `accept_wallet` records a wallet to be created, `wallet` shows what the ledger has of one; `payment` and `payments`
    look payments up; `put_service` to `watchers` keep services and what they watch, two of them with None for a service
    that is not there and three with the time; `public_config` is all that `GET /config` shows; `page` is for the status
    page; `clock` is in milliseconds since 1970.
    """

    accept_payment: Callable[[NewPayment], Awaitable[Payment]]
    accept_wallet: Callable[[NewWallet], Awaitable[None]]
    wallet: Callable[[str], Awaitable[WalletBalances]]
    wallet_payments: WalletPaymentPages
    payment: Callable[[str], Awaitable[Payment | None]]
    payments: PaymentPages
    put_service: Callable[[Service], Awaitable[None]]
    service: Callable[[str], Awaitable[Service | None]]
    all_services: Callable[[], Awaitable[list[Service]]]
    delete_service: Callable[[str, int], Awaitable[Service | None]]
    put_watch: Callable[[PaymentWatch], Awaitable[None]]
    delete_watch: Callable[[PaymentWatch, int], Awaitable[None]]
    watchers: Callable[[int], Awaitable[dict[str, list[tuple[str, str]]]]]
    status: Callable[[], StatusReport]
    public_config: Mapping[str, str]
    page: PageServices
    metrics: Metrics
    clock: Clock
