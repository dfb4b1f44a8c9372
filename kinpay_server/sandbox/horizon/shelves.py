"""Where history keeps its records and finds them again: the protocol, and the way in memory."""

from bisect import bisect_left, bisect_right
from typing import Generic, NamedTuple, Protocol, TypeVar

from ..core.network import ClosedLedger
from .filing import EVERYBODY, OPERATION, PAYMENT, TRADE, Row, rows_of
from .records import LedgerRecord, OpRecord, TxRecord
from .trades import AssetOrder

DECODED = 5000
"""How many of the newest transactions are kept decoded; older ones are decoded anew when somebody reads them."""

Record = TypeVar("Record", LedgerRecord, TxRecord, OpRecord)


class Shelf(Protocol[Record]):
    """Records in the order of their tokens."""

    def page(self, cursor: int | None, limit: int, *, descending: bool, failed: bool = True) -> list[Record]:
        """Up to `limit` records behind the cursor (None: from the end that the order begins with)."""


class Concerned(NamedTuple):
    """What concerns one account, or one claimable balance. `trades` are operations that took somebody's offers."""

    transactions: Shelf[TxRecord]
    operations: Shelf[OpRecord]
    payments: Shelf[OpRecord]
    trades: Shelf[OpRecord]


class Shelves(Protocol):
    """Everything that was read. Ledgers are read one after another; all of one appears at once."""

    asset_order: AssetOrder

    @property
    def ledgers(self) -> Shelf[LedgerRecord]:
        """All ledgers."""

    def take(self, closed: ClosedLedger) -> LedgerRecord:
        """Reads a ledger."""

    def ledger(self, number: int) -> LedgerRecord | None:
        """A ledger by its number, or None."""

    def latest(self) -> LedgerRecord:
        """The newest ledger; there is always one."""

    def transaction(self, hash_hex: str) -> TxRecord | None:
        """A transaction by its hash, or by that of what is inside a bump."""

    def concerned(self, subject: bytes) -> Concerned | None:
        """What is filed under somebody; None if nothing ever was."""

    def transactions_in(self, ledger: LedgerRecord) -> list[TxRecord]:
        """The transactions of a ledger."""


class ListShelf(Generic[Record]):
    """Records in a list."""

    __slots__ = ("records",)

    def __init__(self, records: list[Record] | None = None) -> None:
        self.records: list[Record] = [] if records is None else records

    def page(self, cursor: int | None, limit: int, *, descending: bool, failed: bool = True) -> list[Record]:
        """Up to `limit` records behind the cursor."""
        records = self.records
        found: list[Record] = []
        step = -1 if descending else 1
        if cursor is None:
            at = len(records) - 1 if descending else 0
        elif descending:
            at = bisect_left(records, cursor, key=_token) - 1
        else:
            at = bisect_right(records, cursor, key=_token)
        while 0 <= at < len(records) and len(found) < limit:
            record = records[at]
            if failed or isinstance(record, LedgerRecord) or record.successful:
                found.append(record)
            at += step
        return found


def _token(record: LedgerRecord | TxRecord | OpRecord) -> int:
    return record.token


class ListConcerned(NamedTuple):
    """What concerns somebody, in lists."""

    transactions: ListShelf[TxRecord]
    operations: ListShelf[OpRecord]
    payments: ListShelf[OpRecord]
    trades: ListShelf[OpRecord]


class MemoryShelves:
    """Everything in memory."""

    def __init__(self) -> None:
        self._ledgers: ListShelf[LedgerRecord] = ListShelf()
        self.asset_order = AssetOrder()
        self._by_hash: dict[str, TxRecord] = {}
        self._in_ledger: dict[int, list[TxRecord]] = {}
        self._subjects: dict[bytes, ListConcerned] = {EVERYBODY: _nothing_yet()}

    @property
    def ledgers(self) -> Shelf[LedgerRecord]:
        """All ledgers."""
        return self._ledgers

    def take(self, closed: ClosedLedger) -> LedgerRecord:
        """Reads a ledger."""
        record, transactions = records_of(closed)
        self._in_ledger[closed.header.sequence] = transactions
        self.asset_order.learn_from([op for tx in transactions for op in self._file(tx)])
        self._ledgers.records.append(record)
        return record

    def ledger(self, number: int) -> LedgerRecord | None:
        """A ledger by its number, or None."""
        records = self._ledgers.records
        index = number - records[0].header.sequence
        return records[index] if 0 <= index < len(records) else None

    def latest(self) -> LedgerRecord:
        """The newest ledger."""
        return self._ledgers.records[-1]

    def transaction(self, hash_hex: str) -> TxRecord | None:
        """A transaction by its hash, or by that of what is inside a bump."""
        return self._by_hash.get(hash_hex)

    def concerned(self, subject: bytes) -> Concerned | None:
        """What is filed under somebody; None if nothing ever was."""
        found = self._subjects.get(subject)
        return None if found is None else Concerned(*found)

    def transactions_in(self, ledger: LedgerRecord) -> list[TxRecord]:
        """The transactions of a ledger."""
        return self._in_ledger[ledger.header.sequence]

    def _file(self, tx: TxRecord) -> list[OpRecord]:
        """Puts it into everybody's lists -> those of its operations that took offers."""
        self._by_hash[tx.hash] = tx
        if tx.inner_hash is not None:
            self._by_hash[tx.inner_hash] = tx
        rows = rows_of(tx)
        for subject, record, kinds in rows:
            lists = self._subjects.get(subject)
            if lists is None:
                lists = self._subjects[subject] = _nothing_yet()
            if isinstance(record, TxRecord):
                lists.transactions.records.append(record)
                continue
            if kinds & OPERATION:
                lists.operations.records.append(record)
            if kinds & PAYMENT:
                lists.payments.records.append(record)
            if kinds & TRADE:
                lists.trades.records.append(record)
        everybody = self._subjects[EVERYBODY].transactions.records
        if len(everybody) > DECODED:
            everybody[-DECODED - 1].applied.envelope.forget()
        return trades_among(rows)


def _nothing_yet() -> ListConcerned:
    return ListConcerned(ListShelf(), ListShelf(), ListShelf(), ListShelf())


def records_of(closed: ClosedLedger) -> tuple[LedgerRecord, list[TxRecord]]:
    """A closed ledger and its transactions as records."""
    record = LedgerRecord(closed.header, closed.hash, closed.base_fee)
    pairs = zip(closed.transactions, closed.arrivals, strict=True)
    transactions = [TxRecord(applied, record, order, arrived) for order, (applied, arrived) in enumerate(pairs, 1)]
    for tx in transactions:
        record.add(tx)
    return record, transactions


def trades_among(rows: list[Row]) -> list[OpRecord]:
    """The operations that took somebody's offers."""
    return [row.record for row in rows if row.kinds & TRADE and row.subject == EVERYBODY]  # type: ignore[misc]
