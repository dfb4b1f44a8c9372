"""Watch one payment at an address, for some time."""

import structlog

from kinpay_server.domain.watch import PaymentWatch
from kinpay_server.services.network_view import NetworkView
from kinpay_server.services.ports import Clock, ServiceStore
from kinpay_server.services.put_service import position_now

log = structlog.get_logger(__name__)


class PutWatch:
    """The use case behind `PUT /services/{sid}/watchers/{address}/payments/{payment_id}`.

    A watch lasts for `expiry` milliseconds; a new PUT starts them anew.
    """

    def __init__(self, store: ServiceStore, *, expiry: int, view: NetworkView, clock: Clock) -> None:
        self._store = store
        self._expiry = expiry
        self._view = view
        self._clock = clock

    async def __call__(self, watch: PaymentWatch) -> None:
        """Return once it is on disk. Raises `ServiceNotFound`, `Unavailable`."""
        now = self._clock()
        await self._store.put_watch(watch, since=position_now(self._view), expires_at=now + self._expiry, now=now)
        log.info("watch put", service_id=watch.service_id, address=watch.address, payment_id=watch.payment_id)
