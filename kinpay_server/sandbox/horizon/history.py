"""History: closed ledgers, read one after another, and what they left."""

from ..core.network import ClosedLedger
from .filing import EVERYBODY
from .records import LedgerRecord, OpRecord, TxRecord
from .shelves import Concerned, MemoryShelves, Shelf, Shelves
from .snapshot import Snapshot


class History:
    """Everything that was read so far. `elder` is the number of the oldest ledger in it."""

    def __init__(self, shelves: Shelves | None = None) -> None:
        self.snapshot = Snapshot()
        self.shelves = shelves if shelves is not None else MemoryShelves()
        self.asset_order = self.shelves.asset_order

    @property
    def ledgers(self) -> Shelf[LedgerRecord]:
        """All ledgers."""
        return self.shelves.ledgers

    @property
    def transactions(self) -> Shelf[TxRecord]:
        """Everybody's transactions."""
        return self._all.transactions

    @property
    def operations(self) -> Shelf[OpRecord]:
        """Everybody's operations."""
        return self._all.operations

    @property
    def payments(self) -> Shelf[OpRecord]:
        """Everybody's payments."""
        return self._all.payments

    @property
    def trades(self) -> Shelf[OpRecord]:
        """All operations that took offers."""
        return self._all.trades

    @property
    def _all(self) -> Concerned:
        found = self.shelves.concerned(EVERYBODY)
        assert found is not None  # noqa: S101 - everybody is always there
        return found

    @property
    def latest(self) -> LedgerRecord:
        """The newest ledger; there is always one."""
        return self.shelves.latest()

    @property
    def elder(self) -> int:
        """The number of the oldest ledger: nothing is ever thrown away."""
        return 1

    def ledger(self, number: int) -> LedgerRecord | None:
        """A ledger by its number, or None."""
        return self.shelves.ledger(number)

    def transactions_in(self, ledger: LedgerRecord) -> list[TxRecord]:
        """The transactions of a ledger."""
        return self.shelves.transactions_in(ledger)

    def transaction(self, hash_hex: str) -> TxRecord | None:
        """A transaction by its hash, or by that of what is inside a bump."""
        return self.shelves.transaction(hash_hex)

    def concerned(self, key: bytes) -> Concerned | None:
        """What concerns an account, or a balance by its `balance_key`; None if nothing ever did."""
        return self.shelves.concerned(key)

    def operation(self, token: int) -> OpRecord | None:
        """An operation by its number, or None."""
        found = self.operations.page(token - 1, 1, descending=False)
        return found[0] if found and found[0].token == token else None

    def ingest(self, closed: ClosedLedger) -> LedgerRecord:
        """Reads a closed ledger: everything of it appears at once."""
        record = self.shelves.take(closed)
        self.snapshot.absorb(closed.changes)
        return record
