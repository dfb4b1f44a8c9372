"""Start up: nothing new is signed before the ledger has told what became of what was sent before."""

import asyncio

import structlog

from kinpay_server.domain.attempt import LEDGERS_VALID
from kinpay_server.domain.errors import Unavailable
from kinpay_server.services.ask_ledger import AskLedger
from kinpay_server.services.check_root import CheckRoot
from kinpay_server.services.health import Health
from kinpay_server.services.network_view import NetworkView
from kinpay_server.services.open_channels import OpenChannels
from kinpay_server.services.ports import NOTHING_SIGNED, Clock, LedgerUnavailable, Nudge, SettlementStore, Witness
from kinpay_server.services.pressure import Pressure
from kinpay_server.services.settle_payments import CARRIED
from kinpay_server.services.watch_ledger import WatchLedger

START = "start"
AGAIN_SECONDS = 1.0
ALL = 100_000

MOMENTS = 120_000
"""A service that was at work so many milliseconds ago is taken for the same one, restarted."""

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
        pressure: Pressure,
        health: Health,
        nudge: Nudge,
        witness: Witness,
        clock: Clock,
    ) -> None:
        self._store = store
        self._view = view
        self._watch = watch
        self._ask = ask
        self._channels = channels
        self._check_root = check_root
        self._pressure = pressure
        self._health = health
        self._nudge = nudge
        self._witness = witness
        self._clock = clock
        health.pending(START, "starting")

    async def __call__(self) -> None:
        """Go through the steps, again and again while Horizon or the database fails. Raises `WrongNetwork`.

        1. Read root's history up to a ledger that closed after the start: one that stands still looks healthy and
           shows what was paid as unpaid. Where the database is or may be older than what was signed before, read on
           until no such envelope can be alive any more.
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
            except Unavailable as error:
                self._health.bad(START, f"waiting for the database: {error}")
            await asyncio.sleep(AGAIN_SECONDS)
            await self._view.refresh()
        self._health.good(START)
        self._nudge.submit_payments()
        self._nudge.create_wallets()
        self._nudge.deliver_callbacks()

    async def _steps(self) -> None:
        state = self._view.state
        if await self._watch.start(state):
            await self._read_up_to(await self._fresh_enough(state.core_ledger))
        else:
            await self._watch()
        if self._watch.newest_unknown:
            await self._read_up_to(state.core_ledger + LEDGERS_VALID)
        self._watch.alone_from(self._view.state.core_ledger + LEDGERS_VALID)
        asked = await self._ask(patience=0, limit=ALL)
        still_open = await self._store.open_attempts(sent_before=self._clock() + 1, limit=ALL)
        self._pressure.begin(attempt.hash for attempt in still_open if attempt.purpose in CARRIED)
        released = await self._store.release_lost_claims(self._clock())
        sponsored = await self._channels.adopt()
        log.info("ready to send", asked_about=asked, released_claims=released, sponsored_channels=sponsored)
        await self._check_root()
        await self._store.beat(self._clock())
        if not await self._knows_the_last():
            self._witness.note(NOTHING_SIGNED)

    async def _fresh_enough(self, core_ledger: int) -> int:
        """Up to which ledger history must be read before anything is signed.

        Within moments after this service was last at work, one ledger that closed after the start is enough, if the
        database knows what was signed last. Else it may be an older copy: what was signed since it was made may still
        be alive, until the bounds of all such envelopes have passed.
        """
        beat = await self._store.last_beat()
        at_work = beat is not None and 0 <= self._clock() - beat <= MOMENTS
        if at_work and await self._knows_the_last():
            return core_ledger + 1
        return core_ledger + LEDGERS_VALID

    async def _knows_the_last(self) -> bool:
        last = self._witness.last()
        return last == NOTHING_SIGNED or (last is not None and last in await self._store.attempts_by_hash([last]))

    async def _read_up_to(self, ledger: int) -> None:
        while self._view.state.latest_ledger < ledger:
            self._health.bad(START, f"waiting for history to show ledger {ledger}: what was sent before may still land")
            await asyncio.sleep(AGAIN_SECONDS)
            await self._watch()
            await self._view.refresh()
        await self._watch()
