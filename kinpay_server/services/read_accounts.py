"""Read the lists of payments of the watched accounts, one by one."""

import asyncio
from collections.abc import Mapping

from kinpay_server.domain.watch import SeenPayment, end_of_ledger
from kinpay_server.services.ports import Ledger, PaymentsPage
from kinpay_server.services.read_network import PAGE, Progress
from kinpay_server.services.request_pace import RequestPace
from kinpay_server.services.tell_payments import TellPayments
from kinpay_server.services.watched_addresses import WatchedAddresses

AT_ONCE = 8
MARGIN = 100
"""Ledgers. No replica of a Horizon lags so far: what a list does not show that long after is not in it."""


class ReadAccounts:
    """Each list has a cursor of its own, in memory, which moves to what was seen in it and no further.

    What is stored is one position for all of them, some minutes back because a list without news proves nothing while
    replicas lag. From there every list is read again after a restart, and the network's when it is its turn.
    """

    def __init__(self, ledger: Ledger, watched: WatchedAddresses, tell: TellPayments, pace: RequestPace) -> None:
        self._ledger = ledger
        self._watched = watched
        self._tell = tell
        self._pace = pace
        self._cursors: dict[str, int] = {}

    async def __call__(self, position: int, latest_ledger: int) -> Progress:
        """Read a page of each list, none from before `position`, and tell; `latest_ledger` is known to be closed.

        Where lists have more than a page, all are told up to the first such page's end, so that payments come in the
        order of the ledger. Raises `LedgerUnavailable`, `Unavailable`, having told nothing.
        """
        self._cursors = {one: max(self._cursors.get(one, 0), position) for one in sorted(self._watched.addresses)}
        pages = await self._pages()
        full = [page for page in pages.values() if page.full]
        until = min((page.last or 0 for page in full), default=None)
        seen = _in_order(pages, until)
        reached = end_of_ledger(latest_ledger - MARGIN)
        position = max(position, reached if until is None else min(reached, until))
        await self._tell(seen, position)
        self._move(pages, until)
        closed_at = min((page.closed_at or 0 for page in full), default=None)
        return Progress(position, until is None, sum(page.count for page in pages.values()), closed_at)

    async def _pages(self) -> dict[str, PaymentsPage]:
        addresses, pages = list(self._cursors), list[PaymentsPage]()
        for start in range(0, len(addresses), AT_ONCE):
            pages += await asyncio.gather(*map(self._page, addresses[start : start + AT_ONCE]))
        return dict(zip(addresses, pages, strict=True))

    async def _page(self, address: str) -> PaymentsPage:
        await self._pace.turn()
        return await self._ledger.payments_of(address, self._cursors[address], PAGE)

    def _move(self, pages: Mapping[str, PaymentsPage], until: int | None) -> None:
        for address, page in pages.items():
            if page.last is not None:
                last = page.last if until is None else min(page.last, until)
                self._cursors[address] = max(self._cursors[address], last)


def _in_order(pages: Mapping[str, PaymentsPage], until: int | None) -> list[SeenPayment]:
    """The payments of all pages in order; one between two watched accounts is in both their lists."""
    found = {seen.position: seen for address, page in pages.items() for seen in page.watched({address})}
    return [found[at] for at in sorted(found) if until is None or at <= until]
