"""The service as `bootstrap` builds it, on the simulated disk, wire, clock and jobs."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from random import Random
from typing import Any

from kinpay_server import bootstrap
from kinpay_server.config import Settings, load
from kinpay_server.domain.callback import Callback, Delivery
from kinpay_server.domain.payment import NewPayment
from kinpay_server.domain.wallet import NewWallet
from kinpay_server.domain.watch import Service
from kinpay_server.jobs.queue import _Kind
from kinpay_server.ledger.client import HorizonLedger
from kinpay_server.ledger.submitter import Submitter
from kinpay_server.services.accept_payment import AcceptPayment
from kinpay_server.services.accept_wallet import AcceptWallet
from kinpay_server.services.health import Health
from kinpay_server.services.ports import Witness
from kinpay_server.services.put_service import PutService
from kinpay_server.storage.payments import Payments
from kinpay_server.storage.services import ServicesStore
from kinpay_server.storage.wallets import Wallets
from tests.simulation.chain import PASSPHRASE, SALT, Chain, signer
from tests.simulation.disk import MemoryDatabase
from tests.simulation.life import Life
from tests.simulation.plan import Plan
from tests.simulation.wire import Connection, Wire

LONGEST_NUDGE = 0.05

Posted = NewPayment | NewWallet | Service


def settings_of(plan: Plan, chain: Chain) -> Settings:
    """A configuration; where it names files and hosts, the simulation has its own."""
    told = {
        "STELLAR_HORIZON_URL": "http://127.0.0.1:1",
        "STELLAR_NETWORK": PASSPHRASE,
        "STELLAR_KIN_ISSUER_ADDRESS": chain.issuer.public_key,
        "STELLAR_BASE_SEED": chain.node.derived("root of kinpay").secret,
        "CHANNEL_SALT": SALT,
        "MAX_CHANNELS": str(plan.max_channels),
        "KINPAY_STELLAR_MAX_BASE_FEE": str(plan.max_base_fee),
        "KINPAY_STELLAR_CHANNEL_XLM": f"{plan.channel_xlm / 10**7:.7f}",
    }
    return load(None, told)


def ledger_of(settings: Settings, wire: Wire, life: Life) -> HorizonLedger:
    """What a process sees of the ledger."""
    stellar = settings.stellar
    ledger = HorizonLedger(
        stellar.horizon_url,
        passphrase=PASSPHRASE,
        asset_code="KIN",
        asset_issuer=stellar.kin_issuer_address,
        signer=signer(),
    )
    connection: Any = Connection(wire, life)
    ledger._connection, ledger._submitter = connection, Submitter(connection, signer())
    return ledger


class LivingService(bootstrap.Service):
    """`Service` in one life. `receiver` stands in for the HTTP client of callbacks."""

    def __init__(self, settings: Settings, life: Life, wire: Wire, receiver: "Receiver") -> None:
        super().__init__(settings)
        self._life = life
        self._wire = wire
        self._receiver = receiver
        self._luck = Random(f"service {wire.plan.seed} {life.number}")
        self.accept_payment: AcceptPayment | None = None
        self.accept_wallet: AcceptWallet | None = None
        self.put_service: PutService | None = None

    @property
    def health(self) -> Health:
        """What it says of itself."""
        return self._health

    @property
    def ended(self) -> "asyncio.Future[None]":
        """Done when the process would end by itself."""
        return self._failed

    async def begin(self) -> None:
        """As `_start` does it."""
        wire = self._wire
        database: Any = MemoryDatabase(
            self._life,
            self._luck,
            slow=wire.plan.slow_disk,
            full=lambda: wire.strikes(wire.plan.disk_full),
        )
        ledger = ledger_of(self._settings, wire, self._life)
        use_cases = self._use_cases(database, ledger, signer())
        await use_cases.view.refresh()
        self._start_jobs(use_cases)
        self.accept_payment = AcceptPayment(Payments(database), self._nudge)
        self.accept_wallet = AcceptWallet(Wallets(database), self._nudge)
        self.put_service = PutService(ServicesStore(database), view=use_cases.view, clock=use_cases.clock)
        self._spawn(self._run(use_cases))
        self._spawn(use_cases.deliver.run())
        if wire.plan.watching:
            self._every(self._settings.watcher.poll_interval, self._guarded(use_cases.watch_payments))

    def take(self, posted: Posted) -> "asyncio.Task[Any] | None":
        """Start to answer a post; None as long as nobody listens."""
        if not self._life.alive or self.accept_payment is None or self.accept_wallet is None:
            return None
        if isinstance(posted, Service):
            return None if self.put_service is None else self._life.spawn(self.put_service(posted))
        if isinstance(posted, NewWallet):
            return self._life.spawn(self.accept_wallet(posted))
        return self._life.spawn(self.accept_payment(posted))

    def _every(self, seconds: float, work: Callable[[], Awaitable[None] | None]) -> None:
        """As Tornado's `PeriodicCallback`."""

        async def rounds() -> None:
            while True:
                await asyncio.sleep(seconds)
                running = work()
                if inspect.isawaitable(running):
                    await running

        self._life.spawn(rounds())

    def _open_witness(self) -> Witness:
        return self._wire.witness

    def _open_sender(self) -> Any:
        return self._receiver.of(self._life)


class Jobs:
    """`JobQueue` without threads: a job starts some moments after its nudge, or never, when the nudge is lost."""

    def __init__(self, life: Life, wire: Wire) -> None:
        self._life = life
        self._wire = wire
        self._luck = Random(f"jobs {wire.plan.seed} {life.number}")
        self._kinds: list[_Kind] = []

    def job(self, name: str, work: Callable[[], Awaitable[None]]) -> Callable[[], None]:
        """See `JobQueue.job`."""
        kind = _Kind(name, work)
        self._kinds.append(kind)

        def nudge() -> None:
            if kind.queued or not self._life.alive:
                return
            kind.queued = True
            if self._wire.strikes(self._wire.plan.nudge_lost):
                self._wire.trace("nudge lost", name)
                return
            self._life.later(self._luck.random() * LONGEST_NUDGE, lambda: self._run(kind))

        return nudge

    def start(self) -> None:
        """Nothing to start."""

    def check(self) -> None:
        """See `JobQueue.check`."""
        for kind in self._kinds:
            kind.queued = False

    async def stop(self) -> None:
        """Nothing to stop."""

    def _run(self, kind: _Kind) -> None:
        self._life.spawn(kind.run())


class Receiver:
    """Who gets callbacks."""

    def of(self, life: Life) -> "SenderOf":
        """The sender of one life."""
        return SenderOf(self, life)

    async def take(self, callback: Callback) -> Delivery:
        """One request that has left the service."""
        raise NotImplementedError


class SenderOf:
    """`Sender`."""

    def __init__(self, receiver: Receiver, life: Life) -> None:
        self._receiver = receiver
        self._life = life

    async def send(self, callback: Callback) -> Delivery:
        """See the port."""
        await self._life.point("before callback", callback.id)
        delivery = await self._receiver.take(callback)
        await self._life.point("after callback", callback.id)
        return delivery

    async def close(self) -> None:
        """Nothing to close."""
