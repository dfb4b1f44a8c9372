"""Engines for one database: how its connections are set up. SQLite: WAL, every commit on disk, foreign keys."""

from sqlite3 import Connection as SqliteConnection
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event

BUSY_SECONDS = 30
"""How long a connection waits for a lock of another one (a backup, an operator's shell)."""

_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
)


def writing_engine(url: str) -> Engine:
    """For the one thread that writes: each transaction begins by taking the write lock."""
    return _engine(url, begin="BEGIN IMMEDIATE", pool_size=1)


def reading_engine(url: str, connections: int) -> Engine:
    """For readers, which neither wait for the writer nor keep it waiting."""
    return _engine(url, begin="BEGIN", pool_size=connections)


def _engine(url: str, *, begin: str, pool_size: int) -> Engine:
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def set_up(connection: SqliteConnection, _record: Any) -> None:
        connection.isolation_level = None  # the driver begins nothing by itself
        for pragma in _PRAGMAS:
            connection.execute(pragma)

    @event.listens_for(engine, "begin")
    def begin_transaction(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine
