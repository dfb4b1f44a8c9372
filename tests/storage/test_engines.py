import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError, OperationalError

from kinpay_server.storage.engines import BUSY_SECONDS, reading_engine, writing_engine

FULL = 2


def made_by(kind: str, url: str) -> Engine:
    return writing_engine(url) if kind == "writing" else reading_engine(url, 1)


@pytest.mark.parametrize("kind", ["writing", "reading"])
def test_the_settings_of_sqlite_are_in_force(kind: str, url: str) -> None:
    engine = made_by(kind, url)
    with engine.connect() as connection:
        for pragma, value in {
            "journal_mode": "wal",
            "synchronous": FULL,
            "foreign_keys": 1,
            "busy_timeout": BUSY_SECONDS * 1000,
        }.items():
            assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar_one() == value, pragma
    engine.dispose()


def test_a_write_takes_the_lock_when_it_begins(file: Path, url: str) -> None:
    """A lock that is taken later, after a read, can fail at once without waiting (SQLITE_BUSY_SNAPSHOT)."""
    engine = writing_engine(url)
    with (
        engine.begin(),
        closing(sqlite3.connect(file, timeout=0)) as other,
        pytest.raises(sqlite3.OperationalError, match="locked"),
    ):
        other.execute("BEGIN IMMEDIATE")
    engine.dispose()


def test_a_reader_sees_one_snapshot_and_keeps_no_writer_waiting(file: Path, url: str) -> None:
    engine = reading_engine(url, 1)
    count = text("SELECT count(*) FROM cursors")
    with engine.begin() as reader:
        assert reader.execute(count).scalar_one() == 0
        with closing(sqlite3.connect(file, timeout=0)) as writer, writer:
            writer.execute("INSERT INTO cursors VALUES ('a', 'b', 1)")
        assert reader.execute(count).scalar_one() == 0
    with engine.begin() as reader:
        assert reader.execute(count).scalar_one() == 1
    engine.dispose()


def test_a_transaction_that_is_left_by_an_error_is_rolled_back(url: str) -> None:
    engine = writing_engine(url)
    insert = "INSERT INTO cursors VALUES ('a', 'b', 1)"
    with pytest.raises(IntegrityError, match="UNIQUE"), engine.begin() as connection:
        [connection.exec_driver_sql(insert) for _ in range(2)]
    with engine.begin() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM cursors").scalar_one() == 0
    engine.dispose()


def test_the_database_refuses_a_row_that_names_one_that_is_not_there(url: str) -> None:
    engine = writing_engine(url)
    with pytest.raises(IntegrityError, match="FOREIGN KEY"), engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO callbacks (id, attempt_hash, receiver, url, body, state, tries, next_try_at, give_up_at,"
            " created_at, updated_at) VALUES ('c', 'no hash', '', '', x'', 'waiting', 0, 1, 1, 1, 1)"
        )
    engine.dispose()


def test_the_database_refuses_a_value_of_another_type(url: str) -> None:
    engine = writing_engine(url)
    with pytest.raises(IntegrityError, match="cannot store TEXT value in INTEGER column"), engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO cursors VALUES ('a', 'b', 'yesterday')")
    engine.dispose()


def test_a_lock_that_does_not_go_away_is_an_error(file: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kinpay_server.storage.engines.BUSY_SECONDS", 0.01)
    engine = writing_engine(url)
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(OperationalError, match="locked"), engine.begin():
            pass
    engine.dispose()
