"""History: closed ledgers, read one after another, and what they left."""

from bisect import bisect_left, bisect_right
from typing import Generic, TypeVar

from ..core.entries import ClaimableBalance
from ..core.network import ClosedLedger
from .claims import TRADING_TYPES, claims_of, has_claims
from .participants import of_operation, of_transaction
from .records import PAYMENT_TYPES, LedgerRecord, OpRecord, TxRecord
from .snapshot import Snapshot
from .trades import AssetOrder

DECODED = 5000
"""How many of the newest transactions are kept decoded; older ones are decoded anew when somebody reads them."""

BALANCE_TYPES = frozenset({14, 15, 20})
"""What makes claimable balances, and ends them."""

Record = TypeVar("Record", LedgerRecord, TxRecord, OpRecord)


class Shelf(Generic[Record]):
    """Records in the order of their tokens, found by token."""

    __slots__ = ("records",)

    def __init__(self, records: list[Record] | None = None) -> None:
        self.records: list[Record] = [] if records is None else records

    def page(self, cursor: int | None, limit: int, *, descending: bool, failed: bool = True) -> list[Record]:
        """Up to `limit` records behind the cursor (None: from the end that the order begins with)."""
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


class Concerned:
    """What concerns one account, or one claimable balance. `trades` are operations that took somebody's offers."""

    __slots__ = ("operations", "payments", "trades", "transactions")

    def __init__(self) -> None:
        self.transactions: Shelf[TxRecord] = Shelf()
        self.operations: Shelf[OpRecord] = Shelf()
        self.payments: Shelf[OpRecord] = Shelf()
        self.trades: Shelf[OpRecord] = Shelf()


def balance_key(balance_id: bytes) -> bytes:
    """Under which a claimable balance is concerned; longer than an account's key."""
    return b"balance " + balance_id


class History:
    """Everything that was read so far. `elder` is the number of the oldest ledger in it."""

    def __init__(self) -> None:
        self.snapshot = Snapshot()
        self.ledgers: Shelf[LedgerRecord] = Shelf()
        self.transactions: Shelf[TxRecord] = Shelf()
        self.operations: Shelf[OpRecord] = Shelf()
        self.payments: Shelf[OpRecord] = Shelf()
        self.trades: Shelf[OpRecord] = Shelf()
        self.asset_order = AssetOrder()
        self.by_hash: dict[str, TxRecord] = {}
        self.accounts: dict[bytes, Concerned] = {}
        self.total_fees = 0

    @property
    def latest(self) -> LedgerRecord:
        """The newest ledger; there is always one."""
        return self.ledgers.records[-1]

    @property
    def elder(self) -> int:
        """The number of the oldest ledger."""
        return self.ledgers.records[0].header.sequence

    def ledger(self, number: int) -> LedgerRecord | None:
        """A ledger by its number, or None."""
        index = number - self.elder
        return self.ledgers.records[index] if 0 <= index < len(self.ledgers.records) else None

    def transaction(self, hash_hex: str) -> TxRecord | None:
        """A transaction by its hash, or by that of what is inside a bump."""
        return self.by_hash.get(hash_hex)

    def concerned(self, key: bytes) -> Concerned | None:
        """What concerns an account, or a balance by its `balance_key`; None if nothing ever did."""
        return self.accounts.get(key)

    def operation(self, token: int) -> OpRecord | None:
        """An operation by its number, or None."""
        found = self.operations.page(token - 1, 1, descending=False)
        return found[0] if found and found[0].token == token else None

    def ingest(self, closed: ClosedLedger) -> LedgerRecord:
        """Reads a closed ledger: everything of it appears at once."""
        record = LedgerRecord(closed.header, closed.hash, closed.base_fee)
        first_trade = len(self.trades.records)
        for order, (applied, arrived) in enumerate(zip(closed.transactions, closed.arrivals, strict=True), 1):
            tx = TxRecord(applied, record, order, arrived)
            record.add(tx)
            self._file(tx)
        traded = [claim for op in self.trades.records[first_trade:] for claim in claims_of(op)]
        self.asset_order.learn({asset for claim in traded for asset in (claim.sold, claim.bought)})
        self.snapshot.absorb(closed.changes)
        self.ledgers.records.append(record)
        return record

    def _file(self, tx: TxRecord) -> None:
        records = self.transactions.records
        records.append(tx)
        if len(records) > DECODED:
            records[-DECODED - 1].applied.envelope.forget()
        self.by_hash[tx.hash] = tx
        if tx.inner_hash is not None:
            self.by_hash[tx.inner_hash] = tx
        groups: list[set[bytes]] = []
        for index, op in enumerate(tx.applied.envelope.operations):
            group = of_operation(tx, index, op)
            groups.append(group)
            record = OpRecord(tx, index)
            self._file_operation(record, group, is_payment=op.type in PAYMENT_TYPES)
            if tx.successful and op.type in TRADING_TYPES:
                self._file_trades(record)
            elif tx.successful and op.type in BALANCE_TYPES:
                self._file_balance(record)
        for account_id in of_transaction(tx, groups):
            self._concerned(account_id).transactions.records.append(tx)

    def _file_operation(self, record: OpRecord, group: set[bytes], *, is_payment: bool) -> None:
        self.operations.records.append(record)
        if is_payment:
            self.payments.records.append(record)
        for account_id in group:
            concerned = self._concerned(account_id)
            concerned.operations.records.append(record)
            if is_payment:
                concerned.payments.records.append(record)

    def _file_trades(self, record: OpRecord) -> None:
        if not has_claims(record.tx.applied.result.innermost.operations[record.index]):
            return
        self.trades.records.append(record)
        parties = {record.operation.source, *(claim.seller for claim in claims_of(record))}
        for account_id in parties:
            self._concerned(account_id).trades.records.append(record)

    def _file_balance(self, record: OpRecord) -> None:
        for before, after in record.tx.applied.operations[record.index]:
            balance = after if after is not None else before
            if isinstance(balance, ClaimableBalance):
                concerned = self._concerned(balance_key(balance.balance_id))
                concerned.operations.records.append(record)
                if concerned.transactions.records[-1:] != [record.tx]:
                    concerned.transactions.records.append(record.tx)

    def _concerned(self, account_id: bytes) -> Concerned:
        found = self.accounts.get(account_id)
        if found is None:
            found = self.accounts[account_id] = Concerned()
        return found
