"""Watch the ledger: follow the root account's transactions from a stored cursor, and settle what landed.

Root is the source of every payment operation, so its list shows all that the channels carry for it, failed ones too. A
plain transaction is matched by its hash, a bumped one by that of the inner transaction. A page is settled in one
commit together with the cursor, so that whatever is killed whenever, nothing is skipped and nothing told twice.
"""

import structlog

from kinpay_server.domain.outcome import LedgerTransaction
from kinpay_server.services.ports import Ledger, NetworkState, SettlementStore, StaleSettlement
from kinpay_server.services.settle_payments import Seen, SettlePayments

PAGE = 200
LEDGER_BITS = 32

log = structlog.get_logger(__name__)


class WatchLedger:
    """Reads ahead page by page."""

    def __init__(self, store: SettlementStore, ledger: Ledger, settle: SettlePayments, *, root_address: str) -> None:
        self._store = store
        self._ledger = ledger
        self._settle = settle
        self._root = root_address
        self._cursor: str | None = None

    async def start(self, state: NetworkState) -> bool:
        """Take up the stored cursor; True when there is one. A new database starts with the ledgers after `state`."""
        self._cursor = await self._store.cursor()
        if self._cursor is not None:
            return True
        self._cursor = str(state.latest_ledger << LEDGER_BITS)
        await self._settle.landed([], cursor=self._cursor)
        return False

    async def __call__(self) -> int:
        """Read and settle all that is new; how many transactions that were. Raises `LedgerUnavailable`."""
        read = 0
        while True:
            page = await self._ledger.transactions_of(self._root, self._cursor or "now", PAGE)
            if page:
                await self._settle_page(page)
            read += len(page)
            if len(page) < PAGE:
                return read

    async def _settle_page(self, page: list[LedgerTransaction]) -> None:
        """Match and settle one page; again when the sweep has settled one of them at the same moment."""
        cursor = page[-1].paging_token
        while True:
            try:
                await self._settle.landed(await self._match(page), cursor=cursor)
            except StaleSettlement as stale:
                log.debug("settled by the sweep meanwhile", reason=str(stale))
                continue
            self._cursor = cursor
            return

    async def _match(self, page: list[LedgerTransaction]) -> list[Seen]:
        by_hash = {one: transaction for transaction in page for one in transaction.hashes}
        attempts = await self._store.open_attempts_by_hash(list(by_hash))
        return [Seen(attempt, by_hash[one]) for one, attempt in attempts.items()]
