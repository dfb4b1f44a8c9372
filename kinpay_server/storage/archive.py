"""The store as reading an archive sees it: it counts what is written and tells how far it has come."""

from collections.abc import Callable, Sequence

from kinpay_server.services.ports import FoundPayment, Settlement
from kinpay_server.services.watch_ledger import LEDGER_BITS
from kinpay_server.storage.database import Database
from kinpay_server.storage.settlements import Settlements


class ArchiveSettlements(Settlements):
    """`progress` is told of the ledger that was read last, and of how many payments were found or settled by then."""

    def __init__(self, database: Database, progress: Callable[[int, int], None]) -> None:
        super().__init__(database)
        self._progress = progress
        self.found = 0
        self.settled = 0

    async def settle(self, settlements: Sequence[Settlement], *, cursor: str | None, now: int) -> None:
        """See the port."""
        await super().settle(settlements, cursor=cursor, now=now)
        self.settled += len(settlements)
        if cursor is not None:
            self._progress(int(cursor) >> LEDGER_BITS, self.found + self.settled)

    async def record_found(self, found: Sequence[FoundPayment], now: int) -> None:
        """See the port."""
        await super().record_found(found, now)
        self.found += len(found)
