"""Closed ledgers in a SQLite file: their transactions and what these came to, whom they concern, and the entries left.

A ledger is on disk, as a whole, before anybody is shown it. Nothing of history has to be in memory.
"""

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from .core.assets import Asset
from .core.entries import Entry, Key
from .core.header import Header
from .core.network import ClosedLedger
from .core.packing import FORM, pack_entry, pack_outcome, unpack_entry
from .horizon.filing import Row
from .horizon.records import LedgerRecord, TxRecord

SCHEMA = """
CREATE TABLE IF NOT EXISTS network (
    passphrase TEXT NOT NULL, began INTEGER NOT NULL, format INTEGER NOT NULL, form INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS ledgers (
    sequence INTEGER PRIMARY KEY,
    previous BLOB NOT NULL,
    close_time INTEGER NOT NULL,
    tx_set_hash BLOB NOT NULL,
    result_hash BLOB NOT NULL,
    fee_pool INTEGER NOT NULL,
    id_pool INTEGER NOT NULL,
    max_ops INTEGER NOT NULL,
    hash BLOB NOT NULL,
    base_fee INTEGER NOT NULL,
    successful INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    operations INTEGER NOT NULL,
    used INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS transactions (
    token INTEGER PRIMARY KEY,
    hash BLOB NOT NULL,
    inner_hash BLOB,
    arrived REAL NOT NULL,
    envelope BLOB NOT NULL,
    outcome BLOB NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS by_hash ON transactions (hash);
CREATE INDEX IF NOT EXISTS by_inner_hash ON transactions (inner_hash) WHERE inner_hash IS NOT NULL;
CREATE TABLE IF NOT EXISTS subjects (id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE) STRICT;
CREATE TABLE IF NOT EXISTS filed (
    subject INTEGER NOT NULL, token INTEGER NOT NULL, kinds INTEGER NOT NULL, PRIMARY KEY (subject, token)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS entries (key BLOB PRIMARY KEY, entry BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS assets (place INTEGER PRIMARY KEY, code TEXT NOT NULL, issuer BLOB NOT NULL) STRICT;
"""
FORMAT = 2
"""What these tables are; a file of another format is refused."""


class WrongFile(Exception):
    """The file belongs to another network, or is not what it should be."""


class KeptLedger(NamedTuple):
    """A ledger without its transactions; the counts are those of its record."""

    header: Header
    hash: bytes
    base_fee: int
    counts: tuple[int, int, int, int]


class KeptTransaction(NamedTuple):
    """A transaction as it is in the file."""

    token: int
    arrived: float
    envelope: bytes
    outcome: bytes


_INSERT_LEDGER = "INSERT INTO ledgers VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_TRANSACTIONS = "SELECT token, arrived, envelope, outcome FROM transactions WHERE token "
_BY_HASH = ("SELECT token FROM transactions WHERE hash = ?", "SELECT token FROM transactions WHERE inner_hash = ?")
_PAGE = "SELECT token FROM filed WHERE subject = ? AND token BETWEEN ? AND ? AND kinds & ? AND kinds & ? = 0 "
_PAGE_UP, _PAGE_DOWN = _PAGE + "ORDER BY token LIMIT ?", _PAGE + "ORDER BY token DESC LIMIT ?"
_AT_ONCE = 200
"""How many tokens are asked for in one question."""


class LedgerFile:
    """The file of one network; it is made if it is not there. `began` is when (unix seconds)."""

    def __init__(self, path: Path, passphrase: str, now: int) -> None:
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        try:
            self._db.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;" + SCHEMA)
            self.began = self._recognized(path, passphrase, now)
        except sqlite3.DatabaseError as error:
            raise WrongFile(f"{path}: {error}") from None
        self._subjects: dict[bytes, int] = dict(self._db.execute("SELECT key, id FROM subjects"))

    def _recognized(self, path: Path, passphrase: str, now: int) -> int:
        found = self._db.execute("SELECT passphrase, began, format, form FROM network").fetchone()
        if found is None:
            self._db.execute("INSERT INTO network VALUES (?, ?, ?, ?)", (passphrase, now, FORMAT, FORM))
            found = (passphrase, now, FORMAT, FORM)
        if found[0] != passphrase:
            raise WrongFile(f"{path} belongs to the network {found[0]!r}")
        if found[2:] != (FORMAT, FORM):
            raise WrongFile(f"{path} was written by another version of the sandbox or of Python; start with a new one")
        return int(found[1])

    def close(self) -> None:
        """Ends the use of the file."""
        self._db.close()

    # --- writing ---------------------------------------------------------------------------------

    def append(
        self,
        closed: ClosedLedger,
        record: LedgerRecord,
        transactions: Iterable[TxRecord],
        *,
        rows: Iterable[Row],
        traded: Sequence[Asset],
    ) -> None:
        """Keeps a ledger; it is on disk afterwards, or nothing of it. `traded` are assets that never were before."""
        db = self._db
        db.execute("BEGIN IMMEDIATE")
        try:
            counts = (record.successful, record.failed, record.operations, record.used)
            db.execute(_INSERT_LEDGER, (*record.header, record.hash, record.base_fee, *counts))
            db.executemany("INSERT INTO transactions VALUES (?, ?, ?, ?, ?, ?)", map(_kept, transactions))
            db.executemany(
                "INSERT INTO filed VALUES (?, ?, ?)",
                [(self._subject(r.subject), r.record.token, r.kinds) for r in rows],
            )
            self._put_entries(closed.changes)
            db.executemany("INSERT INTO assets (code, issuer) VALUES (?, ?)", [(a.code, a.issuer) for a in traded])
            db.execute("COMMIT")
        except BaseException:
            db.execute("ROLLBACK")
            self._subjects = dict(db.execute("SELECT key, id FROM subjects"))
            raise

    def _subject(self, key: bytes) -> int:
        found = self._subjects.get(key)
        if found is None:
            cursor = self._db.execute("INSERT INTO subjects (key) VALUES (?)", (key,))
            found = self._subjects[key] = int(cursor.lastrowid or 0)
        return found

    def _put_entries(self, changes: dict[Key, Entry | None]) -> None:
        kept = [(_name(key), pack_entry(entry)) for key, entry in changes.items() if entry is not None]
        gone = [(_name(key),) for key, entry in changes.items() if entry is None]
        self._db.executemany("INSERT OR REPLACE INTO entries VALUES (?, ?)", kept)
        self._db.executemany("DELETE FROM entries WHERE key = ?", gone)

    # --- reading ---------------------------------------------------------------------------------

    def entries(self) -> dict[Key, Entry | None]:
        """All that the last ledger left."""
        found = (unpack_entry(row[0]) for row in self._db.execute("SELECT entry FROM entries"))
        return {entry.key: entry for entry in found}

    def assets(self) -> list[Asset]:
        """All assets that were ever traded, in their order."""
        return [Asset(*row) for row in self._db.execute("SELECT code, issuer FROM assets ORDER BY place")]

    def newest(self) -> int:
        """The number of the last ledger; 0 if there is none."""
        return int(self._db.execute("SELECT coalesce(max(sequence), 0) FROM ledgers").fetchone()[0])

    def ledger(self, number: int) -> KeptLedger | None:
        """A ledger by its number, or None."""
        row = self._db.execute("SELECT * FROM ledgers WHERE sequence = ?", (number,)).fetchone()
        return None if row is None else KeptLedger(Header(*row[:8]), row[8], row[9], row[10:])

    def transactions(self, tokens: Sequence[int]) -> Iterator[KeptTransaction]:
        """Those with these tokens, in any order."""
        for at in range(0, len(tokens), _AT_ONCE):
            part = tokens[at : at + _AT_ONCE]
            marks = ", ".join("?" * len(part))
            yield from map(KeptTransaction._make, self._db.execute(f"{_TRANSACTIONS} IN ({marks})", part))

    def transactions_between(self, first: int, last: int) -> Iterator[KeptTransaction]:
        """Those with tokens from the first to the last, in order."""
        rows = self._db.execute(_TRANSACTIONS + "BETWEEN ? AND ? ORDER BY token", (first, last))
        return map(KeptTransaction._make, rows.fetchall())

    def full_hashes(self, number: int) -> list[bytes]:
        """The hashes of the bytes of a ledger's transactions, signatures included."""
        span = (number << 32, (number + 1 << 32) - 1)
        rows = self._db.execute("SELECT envelope FROM transactions WHERE token BETWEEN ? AND ?", span)
        return [hashlib.sha256(row[0]).digest() for row in rows]

    def token_of(self, tx_hash: bytes) -> int | None:
        """Where a transaction is, by its hash or by that of what is inside a bump."""
        for question in _BY_HASH:
            row = self._db.execute(question, (tx_hash,)).fetchone()
            if row is not None:
                return int(row[0])
        return None

    def page(
        self, subject: bytes, kinds: int, span: tuple[int, int], *, limit: int, descending: bool, without: int = 0
    ) -> list[int]:
        """Tokens of a subject's records of these kinds and not of others, first to last of the span."""
        question = _PAGE_DOWN if descending else _PAGE_UP
        number = self._subjects.get(subject, 0)
        return [row[0] for row in self._db.execute(question, (number, *span, kinds, without, limit))]


def _kept(tx: TxRecord) -> tuple[int, bytes, bytes | None, float, bytes, bytes]:
    envelope = tx.applied.envelope
    inner = None if envelope.inner is None else envelope.inner.hash
    return tx.token, envelope.hash, inner, tx.arrived, envelope.raw, pack_outcome(tx.applied)


def _name(key: Key) -> bytes:
    """A key of the state as bytes that are different for each."""
    return key if isinstance(key, bytes) else repr(key).encode()
