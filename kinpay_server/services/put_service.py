"""Put a service: from now on it is told of the payments at its addresses."""

import structlog

from kinpay_server.domain.watch import Service, end_of_ledger
from kinpay_server.services.network_view import NetworkView
from kinpay_server.services.ports import Clock, LedgerUnavailable, ServiceStore

log = structlog.get_logger(__name__)


class PutService:
    """The use case behind `PUT /services/{service_id}`."""

    def __init__(self, store: ServiceStore, *, view: NetworkView, clock: Clock) -> None:
        self._store = store
        self._view = view
        self._clock = clock

    async def __call__(self, service: Service) -> None:
        """Return once it is on disk. Addresses that are new to it are watched from here on. Raises `Unavailable`."""
        await self._store.put_service(service, since=position_now(self._view), now=self._clock())
        log.info("service put", service_id=service.id, addresses=len(service.wallet_addresses))


def position_now(view: NetworkView) -> int:
    """After all that has happened on the ledger, as far as is known; 0 when Horizon has not answered yet."""
    try:
        return end_of_ledger(view.state.latest_ledger)
    except LedgerUnavailable:
        return 0
