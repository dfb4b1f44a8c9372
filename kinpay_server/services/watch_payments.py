"""Watch payments: find those that services watch, whoever made them, and tell each service once."""

import structlog

from kinpay_server.domain.errors import Unavailable
from kinpay_server.domain.watch import end_of_ledger, ledger_of
from kinpay_server.services.health import Health
from kinpay_server.services.network_view import NetworkView
from kinpay_server.services.ports import Clock, Ledger, LedgerUnavailable, NetworkState, WatchMarks, WatchStore
from kinpay_server.services.read_accounts import MARGIN, ReadAccounts
from kinpay_server.services.read_network import Progress, ReadNetwork
from kinpay_server.services.reading_plan import MOST_LISTS, lists_are_cheaper
from kinpay_server.services.request_pace import RequestPace
from kinpay_server.services.watched_addresses import WatchedAddresses

WATCHER = "watcher"
OFTEN = 4
"""Calls in the time of an `interval`."""

EARLY = 0.9
"""Timers are a little early now and then."""

GAP = "watcher's history"
SECONDS_A_LEDGER = 5
MEASURE_EVERY = 60_000
FORGET_EVERY = 60_000
GRACE = 60_000
"""A temporary watch is kept so long after its end: the ledger and Horizon take their time."""

SAY_EVERY = 10_000
FAR_BEHIND = 20
"""Ledgers; who is further behind is catching up, and the log says how it goes."""

log = structlog.get_logger(__name__)


class WatchPayments:
    """One call is one poll; it reads until nothing is left to read. While nobody watches anything it asks nothing.

    It is called more often than `interval` says, so that payments are told soon: what calls there are above that
    number it takes only while Horizon's rate limit is hardly touched.

    There are two ways. The accounts' own lists hold what is wanted and no more, for a request each and poll. The list
    of the network holds what everybody pays, 200 payments a request, however many accounts are watched. Up to 500
    accounts the cheaper way is taken (`services.reading_plan`), by how many are watched, how far there is to read, and
    how much the network pays, which is measured once a minute. With 1,000 operations in each ledger of 5 s the
    network's list costs 13 times an empty page every second, so about so many accounts are read by their own lists; on
    a quiet network one or two.

    Going over from one way to the other loses nothing and tells nothing twice. Positions on the ledger are the same
    whichever list they come from, and one is stored, in the commit of the callbacks, before which everything has been
    told. Each way begins there; what both of them see is known by its event's id (`domain.watch.event_id`).
    """

    def __init__(
        self,
        store: WatchStore,
        ledger: Ledger,
        watched: WatchedAddresses,
        *,
        network: ReadNetwork,
        accounts: ReadAccounts,
        pace: RequestPace,
        view: NetworkView,
        health: Health,
        clock: Clock,
        interval: float,
    ) -> None:
        """`interval` is how many seconds lie between two polls at most."""
        self._store = store
        self._ledger = ledger
        self._watched = watched
        self._network = network
        self._accounts = accounts
        self._pace = pace
        self._view = view
        self._health = health
        self._clock = clock
        self._interval = interval
        self._position = 0
        self._by_lists = True
        self._rate = 0.0
        self._measured_at = 0
        self._forgot_at = 0
        self._said_at: int | None = None
        self._looked_at = 0
        self.caught_up_at = clock()
        """When all there was was read, in milliseconds since 1970; to begin with, when it began."""
        self.ledgers_behind = 0

    async def __call__(self) -> None:
        """Read and tell all that is new; what stands in the way is reported, and the next poll goes on from there."""
        if not self._may_look():
            return
        try:
            while not await self._read_on():
                pass
        except (LedgerUnavailable, Unavailable) as error:
            self._health.bad(WATCHER, f"watched payments cannot be told at present: {error}", blocking=False)

    def _may_look(self) -> bool:
        now = self._clock()
        if not self._pace.plenty and 0 <= now - self._looked_at < EARLY * self._interval * 1000:
            return False
        self._looked_at = now
        return True

    async def _read_on(self) -> bool:
        """Read some; True when there is no more."""
        state = self._view.state
        marks = await self._watched.refresh()
        if not self._watched.addresses:
            self._health.good(WATCHER, "nobody watches anything")
            self._note(caught_up=True, behind=0)
            return True
        position = self._within_history(max(self._position, self._stored(marks, state)), state)
        await self._choose(position, state)
        if self._by_lists:
            progress = await self._accounts(position, state.latest_ledger)
        else:
            progress = await self._network(position)
        self._position = progress.position
        self._report(progress, state)
        if progress.caught_up:
            await self._forget_expired()
        return progress.caught_up

    def _stored(self, marks: WatchMarks, state: NetworkState) -> int:
        """The stored position; where it could not be known, as early as it may have been: a ledger takes a second."""
        if marks.position is None:
            return end_of_ledger(state.latest_ledger)
        if marks.position:
            return marks.position
        seconds = max(0, self._clock() - marks.positioned_at) // 1000 + 1
        return end_of_ledger(state.latest_ledger - seconds)

    def _within_history(self, position: int, state: NetworkState) -> int:
        """The position, or where this Horizon's history begins when that is later: what lies between is not known."""
        if ledger_of(position) >= state.elder_ledger - 1:
            return position
        self._health.bad(
            GAP,
            f"payments in ledgers {ledger_of(position) + 1} to {state.elder_ledger - 1} were not seen, because this "
            "Horizon's history begins after them: compare the wallets that are watched",
            blocking=False,
        )
        return end_of_ledger(state.elder_ledger - 1)

    async def _choose(self, position: int, state: NetworkState) -> None:
        addresses = len(self._watched.addresses)
        if 1 < addresses <= MOST_LISTS and not 0 <= self._clock() - self._measured_at < MEASURE_EVERY:
            await self._pace.turn()
            self._rate = await self._ledger.payments_per_second(state.closed_at)
            self._measured_at = self._clock()
        ledgers = state.latest_ledger - ledger_of(position) - 2 * MARGIN
        by_lists = lists_are_cheaper(
            addresses=addresses,
            rate=self._rate,
            seconds=max(self._interval, ledgers * SECONDS_A_LEDGER),
            scarce=self._pace.scarce,
            lists_now=self._by_lists,
        )
        if by_lists != self._by_lists:
            self._by_lists = by_lists
            log.info("reads other lists now", way=self._way(), payments_per_second=round(self._rate, 1))

    def _way(self) -> str:
        addresses = len(self._watched.addresses)
        return (
            f"the lists of {addresses} accounts" if self._by_lists else f"the network's list for {addresses} accounts"
        )

    def _report(self, progress: Progress, state: NetworkState) -> None:
        """Say how far behind the network it is, which is as far as Horizon is plus what is not read yet."""
        ledgers = 0 if progress.caught_up else max(0, state.latest_ledger - ledger_of(progress.position))
        seconds = 0
        if not progress.caught_up and progress.closed_at is not None:
            seconds = max(0, state.closed_at - progress.closed_at // 1000)
        behind = ledgers + max(0, state.core_ledger - state.latest_ledger)
        self._note(caught_up=progress.caught_up, behind=behind)
        self._health.good(WATCHER, f"{behind} ledgers ({seconds} s) behind, reading {self._way()}")
        self._say(ledgers, seconds, progress)

    def _note(self, *, caught_up: bool, behind: int) -> None:
        self.ledgers_behind = behind
        if caught_up:
            self.caught_up_at = self._clock()

    def _say(self, ledgers: int, seconds: int, progress: Progress) -> None:
        """A line in the log now and then while there is much to catch up with, and one at the end."""
        now = self._clock()
        if progress.caught_up and self._said_at is not None:
            self._said_at = None
            log.info("caught up with watched payments", way=self._way())
        elif ledgers > FAR_BEHIND and (self._said_at is None or not 0 <= now - self._said_at < SAY_EVERY):
            self._said_at = now
            read_until = ledger_of(progress.position)
            log.info(
                "catching up with watched payments",
                read_until=read_until,
                ledgers_left=ledgers,
                seconds_behind=seconds,
                way=self._way(),
            )

    async def _forget_expired(self) -> None:
        now = self._clock()
        if not 0 <= now - self._forgot_at < FORGET_EVERY:
            self._forgot_at = now
            await self._store.forget_expired(now - GRACE, now)
