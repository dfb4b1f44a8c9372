"""Read the network's list of payments: a page of 200 at a time, the next one already on its way."""

import asyncio
from dataclasses import dataclass

from kinpay_server.services.ports import Ledger, PaymentsPage
from kinpay_server.services.request_pace import RequestPace
from kinpay_server.services.tell_payments import TellPayments
from kinpay_server.services.watched_addresses import WatchedAddresses

PAGE = 200
MOST_PAGES = 20
"""So many in one go; then it is looked up again which way to read."""


@dataclass(frozen=True, slots=True)
class Progress:
    """All up to `position` has been told; `caught_up` when there was nothing behind it.

    `read` counts records; `closed_at` is when the ledger of the last one closed, in milliseconds, None without any.
    """

    position: int
    caught_up: bool
    read: int
    closed_at: int | None


class ReadNetwork:
    """The cursor of this list moves to what was seen in it and no further, so a replica that lags hides nothing."""

    def __init__(self, ledger: Ledger, watched: WatchedAddresses, tell: TellPayments, pace: RequestPace) -> None:
        self._ledger = ledger
        self._watched = watched
        self._tell = tell
        self._pace = pace

    async def __call__(self, position: int) -> Progress:
        """Read on from there, and tell. Raises `LedgerUnavailable`, `Unavailable`; what was told before stays told."""
        page, read = await self._page(position), 0
        for pages_left in reversed(range(MOST_PAGES)):
            read += page.count
            position = page.last if page.last is not None else position
            if not page.full or not pages_left:
                await self._tell_of(page, position)
                break
            page = await self._next_while_telling(page, position)
        return Progress(position, not page.full, read, page.closed_at)

    async def _page(self, position: int) -> PaymentsPage:
        await self._pace.turn()
        return await self._ledger.payments_of(None, position, PAGE)

    async def _next_while_telling(self, page: PaymentsPage, position: int) -> PaymentsPage:
        ahead = asyncio.create_task(self._page(position))
        try:
            await self._tell_of(page, position)
        except BaseException:
            ahead.cancel()
            await asyncio.gather(ahead, return_exceptions=True)
            raise
        return await ahead

    async def _tell_of(self, page: PaymentsPage, position: int) -> None:
        """The addresses are looked up once the page is here: whoever was answered before it was made is among them."""
        await self._watched.refresh()
        await self._tell(page.watched(self._watched.addresses), position)
