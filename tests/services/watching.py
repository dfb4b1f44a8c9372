"""A service that watches payments, on a real database and a ledger that is a fake."""

import json
from typing import Any

from kinpay_server.domain.watch import PaymentWatch, Service
from kinpay_server.services.health import Health
from kinpay_server.services.network_view import NetworkView
from kinpay_server.services.put_service import PutService
from kinpay_server.services.put_watch import PutWatch
from kinpay_server.services.read_accounts import ReadAccounts
from kinpay_server.services.read_network import ReadNetwork
from kinpay_server.services.request_pace import Limit, RequestPace
from kinpay_server.services.tell_payments import TellPayments
from kinpay_server.services.watch_payments import WatchPayments
from kinpay_server.services.watched_addresses import WatchedAddresses
from kinpay_server.storage.database import Database
from kinpay_server.storage.services import ServicesStore
from kinpay_server.storage.watched_payments import WatchedPayments
from tests.services.fake_payments import GENESIS, SECONDS, FakePayments

HOUR = 3_600_000


class Nudge:
    """`Nudge` that counts."""

    def __init__(self) -> None:
        self.delivered = 0

    def deliver_callbacks(self) -> None:
        self.delivered += 1


class Watching:
    """All parts, wired as `wiring` does; `restart` begins anew with what is on disk. Time is the ledger's, in ms."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.ledger = FakePayments()
        self.ahead = 0
        self.limit: Limit | None = None
        self.start()

    def start(self) -> None:
        self.database = Database(self._url)
        self.nudge = Nudge()
        self.health = Health(self.clock)
        self.store = WatchedPayments(self.database)
        self.services = ServicesStore(self.database)
        shared: dict[str, Any] = {"health": self.health, "clock": self.clock}
        self.view = NetworkView(self.ledger, passphrase="network", max_bid=1, **shared)
        pace, watched = RequestPace(lambda: self.limit), WatchedAddresses(self.store, self.clock)
        tell = TellPayments(self.store, self.nudge, self.clock)
        self.watch = WatchPayments(
            self.store,
            self.ledger,
            watched,
            network=ReadNetwork(self.ledger, watched, tell, pace),
            accounts=ReadAccounts(self.ledger, watched, tell, pace),
            pace=pace,
            view=self.view,
            interval=1.0,
            **shared,
        )
        self._put_service = PutService(self.services, view=self.view, clock=self.clock)
        self._put_watch = PutWatch(self.services, expiry=HOUR, view=self.view, clock=self.clock)

    def restart(self) -> None:
        """Be killed and born again."""
        self.database.close()
        self.start()

    def clock(self) -> int:
        return (GENESIS + SECONDS * self.ledger.ledger) * 1000 + self.ahead

    async def poll(self) -> None:
        """Look at the network, as the sweep does, and poll."""
        await self.view.refresh()
        await self.watch()

    async def put(self, service_id: str, *addresses: str) -> None:
        await self.view.refresh()
        await self._put_service(Service(service_id, f"http://{service_id}.example/", addresses))

    async def put_watch(self, service_id: str, address: str, payment_id: str) -> None:
        await self.view.refresh()
        await self._put_watch(PaymentWatch(service_id, address, payment_id))

    async def told(self, service_id: str) -> list[str]:
        """The transactions that a service is told of, in the order in which they were written."""

        def read(connection: Any) -> list[bytes]:
            sql = "SELECT body FROM callbacks WHERE url = ? ORDER BY rowid"
            return [body for (body,) in connection.exec_driver_sql(sql, (f"http://{service_id}.example/",))]

        return [json.loads(body)["value"]["transaction_id"] for body in await self.database.read(read)]

    @property
    def says(self) -> str:
        """What `/status` says of the watcher."""
        return self.health.checks["watcher"].message
