"""Start up: nothing new is signed before the ledger has told what became of what was sent before."""

import asyncio

import structlog

from kinpay_server.services.ask_ledger import AskLedger
from kinpay_server.services.check_root import CheckRoot
from kinpay_server.services.health import Health
from kinpay_server.services.network_view import NetworkView
from kinpay_server.services.open_channels import OpenChannels
from kinpay_server.services.ports import Clock, LedgerUnavailable, Nudge, SettlementStore
from kinpay_server.services.watch_ledger import WatchLedger

START = "start"
AGAIN_SECONDS = 1.0
ALL = 100_000

log = structlog.get_logger(__name__)


class StartUp:
    """Runs once; until it is done its check keeps everything from being sent."""

    def __init__(
        self,
        store: SettlementStore,
        *,
        view: NetworkView,
        watch: WatchLedger,
        ask: AskLedger,
        channels: OpenChannels,
        check_root: CheckRoot,
        health: Health,
        nudge: Nudge,
        clock: Clock,
    ) -> None:
        self._store = store
        self._view = view
        self._watch = watch
        self._ask = ask
        self._channels = channels
        self._check_root = check_root
        self._health = health
        self._nudge = nudge
        self._clock = clock
        health.pending(START, "starting")

    async def __call__(self) -> None:
        """Go through the steps, again and again while Horizon does not answer. Raises `WrongNetwork`.

        1. Read root's history up to a ledger that closed after the start: one that stands still looks healthy and
           shows what was paid as unpaid.
        2. Ask about every attempt that is still open.
        3. Give back claims with which nothing was signed.
        4. Take up channels that exist already, and look at the root account.
        """
        while True:
            try:
                await self._steps()
                break
            except LedgerUnavailable as error:
                self._health.bad(START, f"waiting for Horizon: {error}")
                await asyncio.sleep(AGAIN_SECONDS)
                await self._view.refresh()
        self._health.good(START)
        self._nudge.submit_payments()
        self._nudge.deliver_callbacks()

    async def _steps(self) -> None:
        if await self._watch.start(self._view.state):
            await self._await_fresh_history(self._view.state.core_ledger + 1)
            await self._watch()
            asked = await self._ask(patience=0, limit=ALL)
            log.info("asked the ledger about open attempts", attempts=asked)
        released = await self._store.release_lost_claims(self._clock())
        adopted = await self._channels.adopt()
        log.info("ready to send", released_claims=released, sponsored_channels=adopted)
        await self._check_root()

    async def _await_fresh_history(self, ledger: int) -> None:
        while self._view.state.latest_ledger < ledger:
            self._health.bad(START, f"waiting for history to show ledger {ledger}, which closed after the start")
            await asyncio.sleep(AGAIN_SECONDS)
            await self._view.refresh()
