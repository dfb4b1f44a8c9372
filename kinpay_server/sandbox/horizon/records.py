"""What history keeps: ledgers, transactions, operations. Their heavy parts are made when first asked for."""

import base64
from datetime import UTC, datetime

from stellar_sdk import xdr

from ..core.applying import Applied
from ..core.envelope import Operation
from ..core.header import Header
from ..core.meta import entry_changes, transaction_meta

PAYMENT_TYPES = frozenset({0, 1, 2, 8, 13})
"""create_account, payment, path payments, account_merge: what /payments lists."""


class LedgerRecord:
    """A closed ledger. `token` is its place among all tokens of history; `fees` are (charged, bid) an operation."""

    __slots__ = ("base_fee", "failed", "fees", "hash", "header", "operations", "successful", "used")

    def __init__(self, header: Header, ledger_hash: bytes, base_fee: int) -> None:
        self.header = header
        self.hash = ledger_hash
        self.base_fee = base_fee
        self.successful = 0
        self.failed = 0
        self.operations = 0
        self.used = 0
        self.fees: list[tuple[int, int]] = []

    @property
    def token(self) -> int:
        """Its paging token."""
        return self.header.sequence << 32

    @property
    def closed_at(self) -> str:
        """When it closed, as Horizon writes it."""
        return written(self.header.close_time)

    def add(self, tx: "TxRecord") -> None:
        """Counts a transaction of this ledger."""
        envelope = tx.applied.envelope
        count = envelope.count
        self.successful += tx.successful
        self.failed += not tx.successful
        self.operations += count if tx.successful else 0
        self.used += envelope.weight
        weight = max(1, envelope.weight)
        self.fees.append((tx.applied.fee // weight, envelope.fee // weight))


class TxRecord:
    """A transaction in history. `token` tells ledger and place; `arrived` is when it was submitted."""

    __slots__ = ("_fee_meta", "_meta", "_result", "applied", "arrived", "hash", "inner_hash", "ledger", "token")

    def __init__(self, applied: Applied, ledger: LedgerRecord, order: int, arrived: float) -> None:
        self.applied = applied
        self.ledger = ledger
        self.token = ledger.token | order << 12
        self.arrived = arrived
        self.hash = applied.envelope.hash.hex()
        inner = applied.envelope.inner
        self.inner_hash = None if inner is None else inner.hash.hex()
        self._result: str | None = None
        self._meta: str | None = None
        self._fee_meta: str | None = None

    @property
    def successful(self) -> bool:
        """Whether it did what it should."""
        return self.applied.result.successful

    def parts(self) -> list["OpRecord"]:
        """Its operations."""
        return [OpRecord(self, index) for index in range(self.applied.envelope.count)]

    @property
    def result_xdr(self) -> str:
        """TransactionResult in base64."""
        if self._result is None:
            self._result = base64.b64encode(self.applied.result.to_xdr()).decode()
        return self._result

    @property
    def meta_xdr(self) -> str:
        """TransactionMeta in base64."""
        if self._meta is None:
            self._meta = base64.b64encode(transaction_meta(self.applied)).decode()
        return self._meta

    @property
    def fee_meta_xdr(self) -> str:
        """LedgerEntryChanges of the fee in base64."""
        if self._fee_meta is None:
            self._fee_meta = base64.b64encode(entry_changes(self.applied.fee_changes)).decode()
        return self._fee_meta


class OpRecord:
    """An operation in history; `index` is its place in the transaction, from 0."""

    __slots__ = ("index", "token", "tx")

    def __init__(self, tx: TxRecord, index: int) -> None:
        self.tx = tx
        self.index = index
        self.token = tx.token + index + 1

    @property
    def operation(self) -> Operation:
        """What was asked for."""
        return self.tx.applied.envelope.operations[self.index]

    @property
    def successful(self) -> bool:
        """Whether its transaction was successful."""
        return self.tx.successful

    @property
    def is_payment(self) -> bool:
        """Whether /payments lists it."""
        return self.operation.type in PAYMENT_TYPES

    @property
    def result(self) -> xdr.OperationResult:
        """What it came to."""
        return xdr.OperationResult.from_xdr_bytes(self.tx.applied.result.innermost.operations[self.index])


def written(seconds: int) -> str:
    """A time in Horizon's form, whole seconds in UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
