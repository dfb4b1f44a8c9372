"""Closed ledgers in a SQLite file: what was in each, enough to apply them again.

The state is a function of the passphrase and of the transactions in their order, so nothing else is kept. A ledger is
on disk before anybody is shown it.
"""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import orjson

from .core.network import ClosedLedger

SCHEMA = """
CREATE TABLE IF NOT EXISTS network (passphrase TEXT NOT NULL, began INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS ledgers (
    sequence INTEGER PRIMARY KEY,
    close_time INTEGER NOT NULL,
    base_fee INTEGER NOT NULL,
    max_ops INTEGER NOT NULL,
    hash BLOB NOT NULL,
    envelopes BLOB NOT NULL
) STRICT;
"""


class WrongFile(Exception):
    """The file belongs to another network, or does not lead to the state that it tells of."""


class Kept(NamedTuple):
    """A ledger as it is in the file. `transactions` are (envelope in base64, when it arrived)."""

    sequence: int
    close_time: int
    base_fee: int
    max_ops: int
    hash: bytes
    transactions: list[tuple[str, float]]


class LedgerFile:
    """The file of one network; it is made if it is not there."""

    def __init__(self, path: Path, passphrase: str, now: int) -> None:
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        try:
            self._db.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;" + SCHEMA)
            found = self._db.execute("SELECT passphrase, began FROM network").fetchone()
        except sqlite3.DatabaseError as error:
            raise WrongFile(f"{path}: {error}") from None
        if found is None:
            self._db.execute("INSERT INTO network VALUES (?, ?)", (passphrase, now))
            found = (passphrase, now)
        if found[0] != passphrase:
            raise WrongFile(f"{path} belongs to the network {found[0]!r}")
        self.began: int = found[1]

    def ledgers(self) -> Iterator[Kept]:
        """All ledgers that were closed, in their order; the first is made by the network itself."""
        for row in self._db.execute("SELECT * FROM ledgers ORDER BY sequence"):
            yield Kept(row[0], row[1], row[2], row[3], row[4], orjson.loads(row[5]))

    def append(self, closed: ClosedLedger) -> None:
        """Keeps a ledger; it is on disk afterwards."""
        pairs = zip(closed.transactions, closed.arrivals, strict=True)
        envelopes = orjson.dumps([(applied.envelope.text, arrived) for applied, arrived in pairs])
        header = closed.header
        self._db.execute(
            "INSERT INTO ledgers VALUES (?, ?, ?, ?, ?, ?)",
            (header.sequence, header.close_time, closed.base_fee, header.max_ops, closed.hash, envelopes),
        )

    def close(self) -> None:
        """Ends the use of the file."""
        self._db.close()
