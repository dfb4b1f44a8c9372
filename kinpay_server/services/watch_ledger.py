"""Watch the ledger: follow the root account's transactions from a stored cursor, and settle what landed.

Root is the source of every payment operation, so its list shows all that the channels carry for it, failed ones too. A
plain transaction is matched by its hash, a bumped one by that of the inner transaction. A page is settled in one
commit together with the cursor, so that whatever is killed whenever, nothing is skipped and nothing told twice.
"""

from collections.abc import Awaitable, Callable, Set

import structlog

from kinpay_server.domain.attempt import OPEN_STATES, AttemptState
from kinpay_server.domain.outcome import LedgerTransaction
from kinpay_server.services.found_payments import FoundPayments
from kinpay_server.services.health import Health
from kinpay_server.services.ports import (
    Clock,
    Ledger,
    LedgerUnavailable,
    NetworkState,
    SettlementStore,
    StaleSettlement,
)
from kinpay_server.services.send_attempts import STOPPED
from kinpay_server.services.settle_payments import Seen, SettlePayments

PAGE = 200
LEDGER_BITS = 32
TRANSACTION_MASK = (1 << LEDGER_BITS) - 1
TRIES = 10
FAR_BEHIND = 1000
"""No replica lags so many ledgers."""

log = structlog.get_logger(__name__)


class HistoryGap(LedgerUnavailable):
    """Horizon's history begins after the stored cursor: what happened between is unknown; the text says what to do."""


class WatchLedger:
    """Reads ahead page by page."""

    def __init__(
        self,
        store: SettlementStore,
        ledger: Ledger,
        settle: SettlePayments,
        found: FoundPayments,
        *,
        root_address: str,
        channel_addresses: Callable[[], Awaitable[Set[str]]],
        health: Health,
        clock: Clock,
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._settle = settle
        self._found = found
        self._root = root_address
        self._channel_addresses = channel_addresses
        self._health = health
        self._clock = clock
        self.caught_up_at = clock()
        """When all that root had done was read, in milliseconds since 1970; to begin with, when it began."""
        self._cursor: str | None = None
        self._shown_from = 0
        """The first ledger of Horizon's history when the reading began."""
        self._once_more = True
        self._known_until: int | None = None
        self._newest = 0
        self._all_read_until = 0
        self.newest_unknown = 0
        """The newest ledger with a transaction of our channels that no attempt explains; 0 when there is none."""
        self.read_until = 0
        """All of root's transactions up to this ledger have been read: it is the last of a list that showed all."""

    async def start(self, state: NetworkState) -> bool:
        """Take up the stored cursor; True when there is one.

        A new database reads all that Horizon has of root: what the old service paid, or one whose database was lost,
        is not paid again. Raises `HistoryGap`.
        """
        stored = await self._store.cursor()
        self._shown_from = state.elder_ledger
        if stored is None:
            await self._say_what_is_missing(state)
            self._cursor = str((state.elder_ledger - 1) << LEDGER_BITS)
            await self._settle.landed([], cursor=self._cursor)
            return False
        self._cursor = stored
        read_until = int(stored) >> LEDGER_BITS
        if read_until < state.elder_ledger - 1:
            raise HistoryGap(
                f"this Horizon's history begins at ledger {state.elder_ledger}, and root's was read up to {read_until}:"
                " what was paid between is unknown, so nothing is sent. Have it read from a Horizon that has it by"
                " `kinpay reconcile --from-archive-gap URL`, or look yourself and confirm by the same without URL"
            )
        return True

    async def _say_what_is_missing(self, state: NetworkState) -> None:
        """A new database in the place of one that is gone cannot learn what Horizon has forgotten.

        The numbers of an account begin with the ledger in which it was made.
        """
        root = await self._ledger.account(self._root)
        made_in = 0 if root is None else root.sequence >> LEDGER_BITS
        if 0 < made_in < state.elder_ledger:
            log.warning(
                "this Horizon's history begins after the root account was made: ids that it paid before are not known "
                "here. Where another database knew them, put it back, or use a Horizon with more history",
                made_in=made_in,
                history_begins=state.elder_ledger,
            )

    def alone_from(self, ledger: int) -> None:
        """Whatever our channels carry in a later ledger must be ours: nobody else's envelope can be alive any more."""
        self._known_until = ledger

    def are_strangers(self, ledger: int) -> bool:
        """Whether what our channels carry in that ledger and no attempt explains must be somebody else's."""
        return self._known_until is not None and ledger > self._known_until

    async def remember(self, state: NetworkState) -> None:
        """Store how far root has been read when nothing has happened for long, so that history may be pruned there.

        Only ledgers count that are far behind, since a page without news may come from a replica that lags, and that
        were there when the list was read to its end: while it cannot be read, what it would show is not skipped.
        """
        self._newest = state.latest_ledger
        here = self._all_read_until - FAR_BEHIND
        if here > (int(self._cursor or 0) >> LEDGER_BITS) + FAR_BEHIND:
            self._cursor = str(here << LEDGER_BITS)
            await self._settle.landed([], cursor=self._cursor)

    async def __call__(self) -> int:
        """Read and settle all that is new; how many transactions that were. Raises `LedgerUnavailable`.

        After the start and after a full page, the transaction that was read last is read once more. Where even this one
        is missing, the answer is of a replica that lags, or of one whose history begins later: it shows nothing.
        """
        read, cursor, newest = 0, int(self._cursor or 0), self._newest
        while True:
            after = max(cursor - self._once_more, 0)  # Horizon refuses a negative one
            page = await self._ledger.transactions_of(self._root, str(after), PAGE)
            self._must_go_on_from(cursor, page)
            if new := [transaction for transaction in page if int(transaction.paging_token) > cursor]:
                await self._settle_page(new)
                cursor = int(new[-1].paging_token)
            read += len(new)
            if page:
                self._once_more = len(page) == PAGE
            if len(page) < PAGE:
                break
        if page:
            self.read_until = cursor >> LEDGER_BITS
        self._all_read_until = newest
        self.caught_up_at = self._clock()
        return read

    def _must_go_on_from(self, cursor: int, page: list[LedgerTransaction]) -> None:
        """Horizon answers a cursor that is older than its history with the oldest that it has, and without a word.

        A cursor that is the beginning of a ledger, and no transaction, can have no such proof.
        """
        is_transaction = cursor & TRANSACTION_MASK != 0 and cursor >> LEDGER_BITS >= self._shown_from
        if page and self._once_more and is_transaction and int(page[0].paging_token) != cursor:
            raise LedgerUnavailable(
                f"root's transactions are not shown from {cursor} on, as they were before: are there several Horizons "
                "behind this address, and does the history of one begin later?"
            )

    async def _settle_page(self, page: list[LedgerTransaction]) -> None:
        """Match and settle one page; again when one of them was settled or posted at the same moment."""
        cursor = page[-1].paging_token
        for _ in range(TRIES):
            seen, unknown, revived = await self._match(page)
            self._stop_for(revived)
            try:
                await self._found.record([*unknown, *revived])
                await self._look_for_strangers(unknown)
                await self._settle.landed(seen, cursor=cursor)
            except StaleSettlement as stale:
                log.debug("posted, or settled by the sweep, meanwhile", reason=str(stale))
                continue
            self._cursor = cursor
            if unknown:
                log.info("read transactions that no attempt explains", transactions=len(unknown), until=cursor)
            return
        raise StaleSettlement("a page cannot be settled: its rows are not in the states that they should be in")

    async def _match(
        self, page: list[LedgerTransaction]
    ) -> tuple[list[Seen], list[LedgerTransaction], list[LedgerTransaction]]:
        """What belongs to open attempts; to no attempt at all; and, successful, to ones that were taken for dead."""
        by_hash = {one: transaction for transaction in page for one in transaction.hashes}
        attempts = await self._store.attempts_by_hash(list(by_hash))
        seen = [Seen(attempt, by_hash[one]) for one, attempt in attempts.items() if attempt.state in OPEN_STATES]
        dead = [by_hash[one] for one, attempt in attempts.items() if attempt.state is AttemptState.EXPIRED]
        return (
            seen,
            [t for t in page if not any(one in attempts for one in t.hashes)],
            [t for t in dead if t.failure is None],
        )

    def _stop_for(self, revived: list[LedgerTransaction]) -> None:
        """By the rules for money this cannot be. Should it ever be, nothing goes on before somebody has looked.

        It is told before anything is written: the page is not read again by the next start.
        """
        for transaction in revived:
            self._health.bad(
                STOPPED,
                f"transaction {transaction.hash} was taken for dead and is on the ledger: what it pays may have been "
                "sent once more. Compare (`kinpay reconcile`), then restart this service",
            )

    async def _look_for_strangers(self, unknown: list[LedgerTransaction]) -> None:
        addresses = await self._channel_addresses() if unknown else frozenset[str]()
        for transaction in unknown:
            if transaction.source in addresses:
                self._somebody_uses_a_channel(transaction)

    def _somebody_uses_a_channel(self, transaction: LedgerTransaction) -> None:
        """Our own former life, before an older backup was restored; or a second service with the same root account.

        Who does not act for root, as one who merges an idle channel to have its XLM back, can pay nothing twice: the
        channel is retired when that is noticed (`services.judge_attempts`).
        """
        self.newest_unknown = max(self.newest_unknown, transaction.ledger)
        if self.are_strangers(transaction.ledger) and self._ledger.acts_for(transaction, self._root):
            self._health.bad(
                STOPPED,
                f"somebody else uses channel {transaction.source}, see transaction {transaction.hash}: does a second "
                "kinpay run with this root account? Stop it, then restart this one",
            )
