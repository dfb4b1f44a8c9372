"""The composition root: builds everything from `Settings`, starts it in order and stops it in order."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack
from importlib.metadata import version
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError
from tornado.httpserver import HTTPServer
from tornado.ioloop import PeriodicCallback

from kinpay_server.callbacks.sender import HttpSender
from kinpay_server.config import Settings
from kinpay_server.domain.channel import ChannelState
from kinpay_server.jobs.nudge import JobNudge
from kinpay_server.jobs.queue import JobQueue
from kinpay_server.ledger.client import HorizonLedger
from kinpay_server.ledger.signer import StellarSigner
from kinpay_server.metrics.counters import Counters
from kinpay_server.services.first_look import first_look
from kinpay_server.services.health import Health
from kinpay_server.services.network_view import WrongNetwork
from kinpay_server.services.pace import Pace
from kinpay_server.services.ports import LedgerUnavailable, Witness
from kinpay_server.services.watch_payments import OFTEN
from kinpay_server.storage.database import CannotOpen, Database
from kinpay_server.storage.lock import ProcessLock
from kinpay_server.storage.migrate import upgrade
from kinpay_server.storage.mixtures import refuse_mixtures
from kinpay_server.web.application import make_application
from kinpay_server.web.server import serve
from kinpay_server.wiring import UseCases
from kinpay_server.wiring_api import api_services

SWEEP_SECONDS = 5.0
WATCHER = "root watcher"

log = structlog.get_logger(__name__)


def now() -> int:
    """The wall clock in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


class Service:
    """The whole service in one process: `await Service.start(settings)`, then `await service.stopped()`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._exit = AsyncExitStack()
        self._health = Health(now)
        self._nudge = JobNudge()
        self._counters = Counters(version=version("kinpay"), commit=os.environ.get("BUILD_COMMIT", ""))
        self._failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.port = 0

    @classmethod
    async def start(cls, settings: Settings) -> "Service":
        """Start everything; on return the API answers.

        Raises `CannotOpen`, `DatabaseInUse`, `DatabaseTooNew`, `Refused` (`storage.mixtures`), `WrongNetwork` (when
        Horizon answers soon), `CannotListen`, `InvalidSeed`. An unreachable Horizon stops nothing: payments are
        accepted and wait.
        """
        service = cls(settings)
        try:
            await service._start()
        except BaseException:
            await service.stop()
            raise
        return service

    async def failed(self) -> None:
        """Wait for ever, or until the service cannot go on. Raises `WrongNetwork`."""
        await self._failed

    async def stop(self) -> None:
        """Stop in the order opposite to the start: no new posts, jobs come to an end, what is decided is written."""
        await self._exit.aclose()

    async def _start(self) -> None:
        try:
            database = self._open_database()
        except (OSError, SQLAlchemyError) as error:
            raise CannotOpen(f"the database {self._settings.storage.url} cannot be opened: {error}") from None
        ledger, signer = await self._open_ledger()
        use_cases = self._use_cases(database, ledger, signer)
        await first_look(use_cases.view)
        self._start_jobs(use_cases)
        server, self.port = self._serve(use_cases)
        self._exit.push_async_callback(_stop_serving, server)
        self._spawn(self._run(use_cases))
        self._spawn(use_cases.deliver.run())
        self._every(self._settings.watcher.poll_interval / OFTEN, self._guarded(use_cases.watch_payments))

    def _open_database(self) -> Database:
        url = self._settings.storage.url
        self._lock = ProcessLock(self._database_file())
        self._exit.callback(self._lock.release)
        refuse_mixtures(self._database_file())
        upgrade(url)
        database = Database(url)
        self._exit.callback(database.close)
        return database

    def _database_file(self) -> Path:
        return Path(make_url(self._settings.storage.url).database or "")

    async def _open_ledger(self) -> tuple[HorizonLedger, StellarSigner]:
        stellar = self._settings.stellar
        code, issuer, passphrase = stellar.kin_token_name, stellar.kin_issuer_address, stellar.network
        signer = StellarSigner(
            stellar.base_seed,
            channel_salt=stellar.channel_salt,
            passphrase=passphrase,
            asset_code=code,
            asset_issuer=issuer,
        )
        ledger = HorizonLedger(
            stellar.horizon_url,
            passphrase=passphrase,
            asset_code=code,
            asset_issuer=issuer,
            signer=signer,
            meter=self._counters,
        )
        await self._exit.enter_async_context(ledger)
        return ledger, signer

    def _use_cases(self, database: Database, ledger: HorizonLedger, signer: StellarSigner) -> UseCases:
        return UseCases(
            self._settings,
            database,
            ledger,
            signer,
            self._open_sender(),
            self._health,
            self._nudge,
            self._open_witness(),
            self._counters,
            now,
        )

    def _open_witness(self) -> Witness:
        return self._lock

    def _open_sender(self) -> HttpSender:
        options = self._settings.callbacks
        sender = HttpSender(
            timeout=options.timeout, signing_keys=options.signing_secret, allowed_hosts=options.allowed_hosts
        )
        self._exit.push_async_callback(sender.close)
        return sender

    def _start_jobs(self, use_cases: UseCases) -> None:
        file = self._database_file()
        jobs = JobQueue(file.with_name(file.name + ".jobs"))
        self._nudge.submit_payments = jobs.job("submit_payments", use_cases.submit)
        self._nudge.create_wallets = jobs.job("create_wallets", use_cases.submit_wallets)
        self._nudge.fund_channels = jobs.job("fund_channels", _in_turn(use_cases.open_channels, use_cases.top_up))
        self._nudge.deliver_callbacks = use_cases.deliver.wake
        jobs.start()
        self._exit.push_async_callback(jobs.stop)
        self._every(SWEEP_SECONDS, jobs.check)

    def _serve(self, use_cases: UseCases) -> tuple[HTTPServer, int]:
        server, settings = self._settings.server, self._settings
        application = make_application(
            api_services(use_cases),
            api_tokens=settings.security.api_tokens,
            allowed_hosts=settings.callbacks.allowed_hosts,
        )
        return serve(application, server.host, server.port)

    async def _run(self, use_cases: UseCases) -> None:
        """Start up, then follow the ledger and sweep, until the service is stopped."""
        await use_cases.start_up()
        self._every(self._settings.watcher.poll_interval, self._watching(use_cases))
        self._every(SWEEP_SECONDS, self._sweeping(use_cases))

    def _watching(self, use_cases: UseCases) -> Callable[[], Awaitable[None]]:
        pace = Pace(round(self._settings.watcher.poll_interval * 1000))

        async def poll() -> None:
            counts = await use_cases.channels.channel_counts()
            busy = any(counts.get(state) for state in (ChannelState.LENT, ChannelState.OPENING))
            if not pace.may_look(now(), busy=busy, left=use_cases.rate_limit_left()):
                return
            try:
                await use_cases.watch()
            except LedgerUnavailable as error:
                self._health.bad(WATCHER, f"the ledger cannot be read: {error}", blocking=False)
            except Exception as error:
                self._health.bad(WATCHER, f"what the ledger shows cannot be settled: {error}", blocking=False)
                raise
            else:
                self._health.good(WATCHER)

        return self._guarded(poll)

    def _sweeping(self, use_cases: UseCases) -> Callable[[], Awaitable[None]]:
        async def sweep() -> None:
            await use_cases.view.refresh()
            await use_cases.check_database()
            await use_cases.check_root()
            await use_cases.held()
            await use_cases.ask()
            await use_cases.count_under_way()
            await use_cases.watch.remember(use_cases.view.state)
            self._nudge.submit_payments()
            self._nudge.create_wallets()
            self._nudge.fund_channels()

        return self._guarded(sweep)

    def _guarded(self, work: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
        """What goes wrong in one round is logged, and the next round comes; another network ends the service."""

        async def guarded() -> None:
            try:
                await work()
            except WrongNetwork as error:
                self._fail(error)
            except Exception:
                log.exception("a round failed; the next one comes")

        return guarded

    def _every(self, seconds: float, work: Callable[[], Awaitable[None] | None]) -> None:
        periodic = SteadyCallback(work, seconds * 1000)
        periodic.start()
        self._exit.callback(periodic.stop)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        task.add_done_callback(self._ended)
        self._exit.push_async_callback(_cancel, task)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self._fail(error)

    def _fail(self, error: BaseException) -> None:
        if not self._failed.done():
            self._failed.set_exception(error)


class SteadyCallback(PeriodicCallback):
    """Tornado's, one round after the other, with the pause counted from the end of a round.

    Tornado plans by the wall clock, and would stand still for an hour when the host's is set back by one; a delay from
    now is turned into the loop's own, monotonic time.
    """

    def _schedule_next(self) -> None:
        if self._running:
            self._timeout = self.io_loop.call_later(self.callback_time / 1000, self._run)


def _in_turn(*jobs: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
    async def all_of_them() -> None:
        for job in jobs:
            await job()

    return all_of_them


async def _stop_serving(server: HTTPServer) -> None:
    server.stop()
    await server.close_all_connections()


async def _cancel(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
