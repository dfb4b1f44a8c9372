"""Shelves in a file: in memory there are only the newest transactions, and those that somebody has just read."""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from typing import Generic, TypeVar, overload

from .core.applying import Changes
from .core.entries import Entry, Key
from .core.envelope import from_bytes
from .core.network import ClosedLedger
from .core.packing import unpack_outcome
from .horizon.filing import EVERYBODY, FAILED, OPERATION, PAYMENT, TRADE, TRANSACTION, rows_of
from .horizon.records import LedgerRecord, OpRecord, TxRecord
from .horizon.shelves import Concerned, Shelf, records_of, trades_among
from .horizon.trades import AssetOrder
from .ledger_file import KeptTransaction, LedgerFile

KEPT_TRANSACTIONS = 2000
KEPT_LEDGERS = 1000
WITH_FEES = 10
"""How many of the newest ledgers know what each transaction paid: fee_stats looks at five."""
OF_TRANSACTION = ~0xFFF
"""What is left of an operation's token when its place in the transaction is taken away."""

K = TypeVar("K")
V = TypeVar("V")
Record = TypeVar("Record", TxRecord, OpRecord)


class _Newest(Generic[V]):
    """As many values as there is room for; who was asked for last stays longest."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._values: OrderedDict[int, V] = OrderedDict()

    def get(self, key: int) -> V | None:
        found = self._values.get(key)
        if found is not None:
            self._values.move_to_end(key)
        return found

    def put(self, key: int, value: V) -> None:
        self._values[key] = value
        if len(self._values) > self._room:
            self._values.popitem(last=False)


class StoredShelf(Generic[Record]):
    """Records of one kind of one subject; `load` makes records of tokens, in their order."""

    def __init__(
        self, shelves: "StoredShelves", subject: bytes, kind: int, load: Callable[[list[int]], list[Record]]
    ) -> None:
        self._shelves, self._subject, self._kind = shelves, subject, kind
        self._load: Callable[[list[int]], list[Record]] = load

    def page(self, cursor: int | None, limit: int, *, descending: bool, failed: bool = True) -> list[Record]:
        """Up to `limit` records behind the cursor."""
        first, last = 0, self._shelves.end
        if cursor is not None and descending:
            last = min(last, cursor - 1)
        elif cursor is not None:
            first = cursor + 1
        if first > last:
            return []
        without = 0 if failed else FAILED
        tokens = self._shelves.file.page(
            self._subject, self._kind, (first, last), limit=limit, descending=descending, without=without
        )
        return self._load(tokens)


class StoredLedgers:
    """All ledgers; there is one for each number."""

    def __init__(self, shelves: "StoredShelves") -> None:
        self._shelves = shelves

    def page(self, cursor: int | None, limit: int, *, descending: bool, failed: bool = True) -> list[LedgerRecord]:
        """Up to `limit` ledgers behind the cursor."""
        newest = self._shelves.visible
        if descending:
            start = newest if cursor is None else min(newest, (cursor - 1) >> 32)
            numbers = range(start, max(0, start - limit), -1)
        else:
            start = 1 if cursor is None else max(1, (cursor >> 32) + 1)
            numbers = range(start, min(newest, start + limit - 1) + 1)
        found = (self._shelves.ledger(number) for number in numbers)
        return [record for record in found if record is not None]


class StoredShelves:
    """History in a file. `visible` is the last ledger that was read; the file may be ahead of it."""

    def __init__(self, file: LedgerFile, network_id: bytes) -> None:
        self.file = file
        self._network_id = network_id
        self.visible = file.newest()
        self._all_ledgers = StoredLedgers(self)
        self.asset_order = AssetOrder()
        self.asset_order.places = {asset: place for place, asset in enumerate(file.assets())}
        self._ledgers: _Newest[LedgerRecord] = _Newest(KEPT_LEDGERS)
        self._transactions: _Newest[TxRecord] = _Newest(KEPT_TRANSACTIONS)

    @property
    def ledgers(self) -> Shelf[LedgerRecord]:
        """All ledgers."""
        return self._all_ledgers

    @property
    def end(self) -> int:
        """The last token that may be shown."""
        return (self.visible + 1 << 32) - 1

    def write(self, closed: ClosedLedger) -> None:
        """Puts a closed ledger on disk; it is not shown yet."""
        record, transactions = records_of(closed)
        rows = [rows_of(tx) for tx in transactions]
        traded = self.asset_order.learn_from([op for part in rows for op in trades_among(part)])
        self.file.append(closed, record, transactions, rows=(row for part in rows for row in part), traded=traded)
        self._ledgers.put(closed.header.sequence, record)
        for tx in transactions:
            self._transactions.put(tx.token, tx)

    def take(self, closed: ClosedLedger) -> LedgerRecord:
        """Reads a ledger that has been written."""
        self.visible = closed.header.sequence
        return self.latest()

    def latest(self) -> LedgerRecord:
        """The newest ledger."""
        found = self.ledger(self.visible)
        assert found is not None  # noqa: S101 - it has been read
        return found

    def ledger(self, number: int) -> LedgerRecord | None:
        """A ledger by its number, or None."""
        if not 0 < number <= self.visible:
            return None
        found = self._ledgers.get(number)
        if found is None:
            found = self._load_ledger(number)
        return found

    def _load_ledger(self, number: int) -> LedgerRecord | None:
        kept = self.file.ledger(number)
        if kept is None:
            return None
        record = LedgerRecord(kept.header, kept.hash, kept.base_fee)
        if number > self.visible - WITH_FEES:
            for tx in self.transactions_in(record):
                record.add(tx)
        record.successful, record.failed, record.operations, record.used = kept.counts
        self._ledgers.put(number, record)
        return record

    def transaction(self, hash_hex: str) -> TxRecord | None:
        """A transaction by its hash, or by that of what is inside a bump."""
        token = self.file.token_of(bytes.fromhex(hash_hex))
        return self._records([token])[0] if token is not None and token <= self.end else None

    def concerned(self, subject: bytes) -> Concerned | None:
        """What is filed under somebody; None if nothing ever was."""
        anything = TRANSACTION | OPERATION | TRADE
        there = self.file.page(subject, anything, (0, self.end), limit=1, descending=False)
        if not there and subject != EVERYBODY:
            return None
        operations = self._operations
        return Concerned(
            StoredShelf(self, subject, TRANSACTION, self._records),
            StoredShelf(self, subject, OPERATION, operations),
            StoredShelf(self, subject, PAYMENT, operations),
            StoredShelf(self, subject, TRADE, operations),
        )

    def transactions_in(self, ledger: LedgerRecord) -> list[TxRecord]:
        """The transactions of a ledger."""
        kept = self.file.transactions_between(ledger.token, ledger.token | 0xFFFFFFFF)
        return [self._record(tx, ledger) for tx in kept]

    def closed(self, number: int) -> ClosedLedger:
        """A ledger as it was when it closed."""
        kept = self.file.ledger(number)
        assert kept is not None  # noqa: S101 - whoever asks knows that it is there
        record = LedgerRecord(kept.header, kept.hash, kept.base_fee)
        transactions = self.transactions_in(record)
        changes: dict[Key, Entry | None] = {}
        applied = [tx.applied for tx in transactions]
        for tx in applied:
            _add(changes, tx.fee_changes)
        for tx in applied:
            for part in (tx.before, *tx.operations):
                _add(changes, part)
        return ClosedLedger(
            kept.header, kept.hash, applied, [tx.arrived for tx in transactions], changes, kept.base_fee
        )

    def _operations(self, tokens: list[int]) -> list[OpRecord]:
        transactions = self._records([token & OF_TRANSACTION for token in tokens])
        return [OpRecord(tx, (token & ~OF_TRANSACTION) - 1) for tx, token in zip(transactions, tokens, strict=True)]

    def _records(self, tokens: list[int]) -> list[TxRecord]:
        """Transactions by their tokens, in this order."""
        found: dict[int, TxRecord | None] = {token: self._transactions.get(token) for token in tokens}
        missing = [token for token, record in found.items() if record is None]
        for kept in self.file.transactions(missing):
            ledger = self.ledger(kept.token >> 32)
            assert ledger is not None  # noqa: S101 - a transaction is in a ledger
            loaded = found[kept.token] = self._record(kept, ledger)
            self._transactions.put(kept.token, loaded)
        return [record for token in tokens if (record := found[token]) is not None]

    def _record(self, kept: KeptTransaction, ledger: LedgerRecord) -> TxRecord:
        envelope = from_bytes(kept.envelope, self._network_id)
        applied = unpack_outcome(envelope, kept.outcome)
        return TxRecord(applied, ledger, (kept.token & 0xFFFFFFFF) >> 12, kept.arrived)


def _add(changes: dict[Key, Entry | None], part: Changes) -> None:
    for before, after in part:
        entry = after if after is not None else before
        assert entry is not None  # noqa: S101 - a change has one side at least
        changes[entry.key] = after


class StoredArchive(Sequence[ClosedLedger]):
    """Every closed ledger, made anew when it is asked for; the first is the network's own."""

    def __init__(self, shelves: StoredShelves, genesis: ClosedLedger) -> None:
        self._shelves, self._genesis = shelves, genesis

    def __len__(self) -> int:
        """How many there are."""
        return self._shelves.file.newest()

    @overload
    def __getitem__(self, index: int) -> ClosedLedger: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[ClosedLedger]: ...
    def __getitem__(self, index: int | slice) -> ClosedLedger | Sequence[ClosedLedger]:
        """One by its place, or several, each made when its turn comes."""
        numbers = range(1, len(self) + 1)[index]
        if isinstance(numbers, int):
            return self._genesis if numbers == 1 else self._shelves.closed(numbers)
        return _Part(self, numbers)

    def __iter__(self) -> Iterator[ClosedLedger]:
        """One after another."""
        return iter(self[:])


class _Part(Sequence[ClosedLedger]):
    """Some ledgers of the archive."""

    def __init__(self, archive: StoredArchive, numbers: range) -> None:
        self._archive, self._numbers = archive, numbers

    def __len__(self) -> int:
        """How many there are."""
        return len(self._numbers)

    def __getitem__(self, index: int) -> ClosedLedger:  # type: ignore[override]
        """One by its place among these."""
        return self._archive[self._numbers[index] - 1]
