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
from kinpay_server.services.pressure import Pressure, bids_of
from kinpay_server.services.read_history import ReadHistory
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
        read_history: ReadHistory,
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
        self._read_history = read_history
        self._ask = ask
        self._channels = channels
        self._check_root = check_root
        self._pressure = pressure
        self._health = health
        self._nudge = nudge
        self._witness = witness
        self._clock = clock
        self._is_new: bool | None = None
        self._began_in = 0
        self._until: int | None = None
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
        if self._is_new is None:
            self._is_new = not await self._watch.start(self._view.state)
        if self._until is None:  # decided once: what fails later does not begin the waiting anew
            self._began_in = await self._read_history.newest_ledger()
            self._until = self._began_in + await self._ledgers_to_wait(is_new=self._is_new)
        await self._read_history(self._until, START)
        if self._watch.newest_unknown:
            self._until = self._began_in + LEDGERS_VALID
            await self._read_history(self._until, START)
        self._watch.alone_from(self._view.state.core_ledger + LEDGERS_VALID)
        asked = await self._ask(patience=0, limit=ALL)
        still_open = await self._store.open_attempts(sent_before=self._clock() + 1, limit=ALL)
        self._pressure.begin(bids_of(still_open))
        released = await self._store.release_lost_claims(self._clock())
        sponsored = await self._channels.adopt(since=self._until)
        log.info("ready to send", asked_about=asked, released_claims=released, sponsored_channels=sponsored)
        await self._check_root()
        await self._store.beat(self._clock())
        await self._store.know_witness(self._witness.name, self._clock())
        if not await self._knows_the_last():
            self._witness.note(NOTHING_SIGNED)

    async def _ledgers_to_wait(self, *, is_new: bool) -> int:
        """How many ledgers must have closed since the start, and have been read, before anything is signed.

        Within moments after this service was last at work one is enough, if the database knows what was signed last.
        Else it may be an older copy, or come from another machine: what was signed since it was made may still be
        alive, until the bounds of all such envelopes have passed. A new database takes the place of another one where
        channels exist that it did not open.
        """
        if is_new:
            knows_all = not await self._channels.strangers()
        else:
            beat = await self._store.last_beat()
            is_young = beat is not None and 0 <= self._clock() - beat <= MOMENTS
            knows_all = is_young and await self._store.known_witness() == self._witness.name
        if knows_all and await self._knows_the_last():
            return 0 if is_new else 1
        return LEDGERS_VALID

    async def _knows_the_last(self) -> bool:
        last = self._witness.last()
        return last == NOTHING_SIGNED or (last is not None and last in await self._store.attempts_by_hash([last]))
