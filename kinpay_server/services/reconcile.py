"""Reconcile: every KIN payment out of the root account on the ledger against the database, both ways.

It reads the ledger's list of payments, which nothing else here reads, so that it does not share the eyes of the watcher
whose work it audits. What leaves the account in other ways (offers, claimable balances, a clawback) is no payment.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass, field

from kinpay_server.services.differences import (
    Believed,
    ComparisonStore,
    Difference,
    HistoryPayment,
    Kind,
    LedgerReader,
    Paid,
    PaymentHistory,
    Reconciled,
    difference,
    difference_kind,
    missing,
)
from kinpay_server.services.ports import NetworkState
from kinpay_server.services.refusals import Refused

MOST = 10_000
"""So many differences of each direction are told one by one; more are counted."""

PAGE = 1000
LOOKS = 5
PAUSE_SECONDS = 1.0
"""What the ledger shows while its attempt is still open is looked at so many times more, so many seconds apart."""

Progress = Callable[[int, int, int], None]
"""Told of the ledger that was read last, of the newest one, and of how many payments were read."""


@dataclass(slots=True)
class _Ledger:
    """What the ledger showed: all hashes (32 bytes each), and the payments that the database did not agree with."""

    seen: set[bytes] = field(default_factory=set)
    doubtful: list[tuple[HistoryPayment, Believed | None, Kind]] = field(default_factory=list)
    payments: int = 0
    more: int = 0

    def doubt(self, paid: HistoryPayment, believed: Believed | None, kind: Kind) -> None:
        """Keep it, or count it when there are too many."""
        if len(self.doubtful) < MOST:
            self.doubtful.append((paid, believed, kind))
        else:
            self.more += 1

    def has(self, transaction: str) -> bool:
        """Whether a transaction with that hash was there."""
        return bytes.fromhex(transaction) in self.seen


class Reconcile:
    """The use case behind `kinpay reconcile`. Changes nothing. Needs about 100 bytes of memory for each payment."""

    def __init__(
        self,
        store: ComparisonStore,
        ledger: LedgerReader,
        history: PaymentHistory,
        *,
        root_address: str,
        passphrase: str,
        pause: float = PAUSE_SECONDS,
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._history = history
        self._root = root_address
        self._passphrase = passphrase
        self._pause = pause

    async def __call__(self, *, from_ledger: int | None, progress: Progress) -> Reconciled:
        """Compare from a ledger on, or all that Horizon has.

        1. Read the ledger, page by page, each page against the database as it is then. The ledger is read first, so
           whatever it shows must be known to the database.
        2. Look again at what may have been settled by the running service meanwhile.
        3. Go through all payments that the database believes paid in those ledgers.

        Raises `Refused`, `LedgerUnavailable`, `Unavailable`.
        """
        state = await self._ledger.network()
        first = self._first(from_ledger, state)
        ledger = await self._read_ledger(first, state.latest_ledger, progress)
        await self._look_again(ledger)
        differences = [await self._decided(ledger, *one) for one in ledger.doubtful]
        told = {one.payment_id for one in differences}
        in_database, absent, more = await self._missing(ledger, range(first, state.latest_ledger + 1), told)
        return Reconciled(
            first,
            state.latest_ledger,
            state.elder_ledger,
            ledger.payments,
            in_database,
            (*differences, *absent),
            ledger.more + more,
        )

    def _first(self, from_ledger: int | None, state: NetworkState) -> int:
        if state.passphrase != self._passphrase:
            raise Refused(
                f"Horizon serves the network {state.passphrase!r}, but [stellar] network is {self._passphrase!r}"
            )
        if from_ledger is None:
            return state.elder_ledger
        if not state.elder_ledger <= from_ledger <= state.latest_ledger:
            raise Refused(f"this Horizon has ledgers {state.elder_ledger} to {state.latest_ledger}")
        return from_ledger

    async def _read_ledger(self, first: int, last: int, progress: Progress) -> _Ledger:
        ledger = _Ledger()
        cursor: str | None = str((first << 32) - 1)
        while cursor is not None:
            page = await self._history.payments_out_of(self._root, cursor)
            await self._compare(page.payments, ledger)
            progress(page.read_until, max(last, page.read_until), ledger.payments)
            cursor = page.next
        return ledger

    async def _compare(self, page: Sequence[HistoryPayment], ledger: _Ledger) -> None:
        believed = await self._believed(page)
        for paid in page:
            known = believed.get(paid.payment_id or "")
            kind = difference_kind(paid, known)
            if paid.payment_id is not None and ledger.has(paid.hash):
                kind = Kind.PAID_TWICE  # two payments in one transaction
            if kind is not None:
                ledger.doubt(paid, known, kind)
            ledger.payments += 1
            ledger.seen.update(bytes.fromhex(one) for one in paid.hashes)

    async def _believed(self, page: Iterable[HistoryPayment]) -> dict[str, Believed]:
        ids = {paid.payment_id for paid in page if paid.payment_id is not None}
        return await self._store.believed(sorted(ids)) if ids else {}

    async def _look_again(self, ledger: _Ledger) -> None:
        """What is on the ledger by an attempt that is still open is settled within seconds while a service runs."""
        for _ in range(LOOKS):
            unsettled = [paid for paid, _, kind in ledger.doubtful if kind is Kind.UNSETTLED]
            if not unsettled:
                return
            await asyncio.sleep(self._pause)
            ledger.doubtful = [one for one in ledger.doubtful if one[2] is not Kind.UNSETTLED]
            for start in range(0, len(unsettled), PAGE):
                await self._compare_again(unsettled[start : start + PAGE], ledger)

    async def _compare_again(self, unsettled: Sequence[HistoryPayment], ledger: _Ledger) -> None:
        believed = await self._believed(unsettled)
        for paid in unsettled:
            known = believed.get(paid.payment_id or "")
            if (kind := difference_kind(paid, known)) is not None:
                ledger.doubt(paid, known, kind)

    async def _decided(
        self, ledger: _Ledger, paid: HistoryPayment, believed: Believed | None, kind: Kind
    ) -> Difference:
        """The difference; by another transaction than the database names it was paid twice if that one is there too."""
        if kind is Kind.OTHER_TRANSACTION and believed is not None:
            named = believed.payment.transaction_id or ""
            if ledger.has(named) or await self._is_there(named):
                kind = Kind.PAID_TWICE
        return difference(kind, paid, believed)

    async def _missing(
        self, ledger: _Ledger, covered: range, told: set[str | None]
    ) -> tuple[int, list[Difference], int]:
        """How many the database believes paid in these ledgers, those that the ledger does not have, and how many more.

        Each is asked for by its hash before it is told: a list may come from a replica that lags.
        """
        count, absent, more = 0, list[Difference](), 0
        async for paid in self._all_paid():
            if paid.ledger not in covered:
                continue
            count += 1
            if paid.id in told or ledger.has(paid.transaction_id):
                continue
            if len(absent) >= MOST:
                more += 1
            elif not await self._is_there(paid.transaction_id):
                absent.append(missing(paid))
        return count, absent, more

    async def _all_paid(self) -> AsyncIterator[Paid]:
        after = ""
        while page := await self._store.paid_after(after, PAGE):
            for paid in page:
                yield paid
            after = page[-1].id

    async def _is_there(self, transaction: str) -> bool:
        found = await self._ledger.find(transaction)
        return found is not None and found.failure is None
