"""Under whom a transaction and its operations are filed: what each list of history consists of."""

from collections.abc import Iterator
from typing import NamedTuple

from ..core.entries import ClaimableBalance
from .claims import TRADING_TYPES, claims_of, has_claims
from .participants import of_operation, of_transaction
from .records import PAYMENT_TYPES, OpRecord, TxRecord

TRANSACTION, OPERATION, PAYMENT, TRADE, FAILED = 1, 2, 4, 8, 16
"""What a record is to a subject; they add up."""
EVERYBODY = b""
"""The subject of the lists without an owner."""
BALANCE_TYPES = frozenset({14, 15, 20})
"""What makes claimable balances, and ends them."""


class Row(NamedTuple):
    """A record in a subject's lists. A subject is an account's key, a `balance_key`, or EVERYBODY."""

    subject: bytes
    record: TxRecord | OpRecord
    kinds: int


def balance_key(balance_id: bytes) -> bytes:
    """Under which a claimable balance is filed; longer than an account's key."""
    return b"balance " + balance_id


def rows_of(tx: TxRecord) -> list[Row]:
    """The transaction and its operations, in the order of their tokens for each subject."""
    failed = 0 if tx.successful else FAILED
    groups: list[set[bytes]] = []
    balances: set[bytes] = set()
    rows: list[Row] = []
    for index, op in enumerate(tx.applied.envelope.operations):
        record = OpRecord(tx, index)
        group = of_operation(tx, index, op)
        groups.append(group)
        kinds = failed | OPERATION | (PAYMENT if op.type in PAYMENT_TYPES else 0)
        found = dict.fromkeys(group, kinds)
        found[EVERYBODY] = kinds
        if tx.successful and op.type in TRADING_TYPES:
            _add_traders(found, record)
        elif tx.successful and op.type in BALANCE_TYPES:
            touched = set(_balances(record))
            balances |= touched
            found |= dict.fromkeys(touched, kinds)
        rows += [Row(subject, record, kinds) for subject, kinds in found.items()]
    subjects = (EVERYBODY, *of_transaction(tx, groups), *balances)
    return [Row(subject, tx, failed | TRANSACTION) for subject in subjects] + rows


def _add_traders(found: dict[bytes, int], record: OpRecord) -> None:
    if not has_claims(record.tx.applied.result.innermost.operations[record.index]):
        return
    for subject in {EVERYBODY, record.operation.source, *(claim.seller for claim in claims_of(record))}:
        found[subject] = found.get(subject, 0) | TRADE


def _balances(record: OpRecord) -> Iterator[bytes]:
    for before, after in record.tx.applied.operations[record.index]:
        balance = after if after is not None else before
        if isinstance(balance, ClaimableBalance):
            yield balance_key(balance.balance_id)
