"""Files of two databases beside each other are refused before SQLite mixes them."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from kinpay_server.services.refusals import Refused
from kinpay_server.storage.backup import back_up
from kinpay_server.storage.condition import require_schema
from kinpay_server.storage.mixtures import refuse_mixtures


@contextmanager
def with_log(file: Path) -> Iterator[Path]:
    """The log of a database in use, saved as a kill leaves it."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("INSERT INTO cursors VALUES ('one', 'here', 1)")
        connection.commit()
        yield file.with_name(file.name + "-wal")


def test_a_copy_is_not_mixed_with_the_log_of_what_was_there_before(file: Path, url: str, tmp_path: Path) -> None:
    copy = back_up(file, tmp_path / "copy.db")
    left = tmp_path / "left.db"
    with with_log(file) as log:
        shutil.copy(log, tmp_path / "left.db-wal")
    shutil.copy(copy.path, left)
    with pytest.raises(Refused, match=r"left\.db-wal beside it belongs to"):
        require_schema(f"sqlite:///{left}")
    with closing(sqlite3.connect(copy.path)) as connection:
        assert connection.execute("SELECT count(*) FROM cursors").fetchone() == (0,)


def test_a_database_that_was_killed_keeps_its_own_log(file: Path, url: str) -> None:
    with with_log(file) as log:
        assert log.stat().st_size
        refuse_mixtures(file)


def test_a_copy_with_nothing_beside_it_may_be_opened(file: Path, url: str, tmp_path: Path) -> None:
    copy = back_up(file, tmp_path / "copy.db").path
    require_schema(f"sqlite:///{copy}")
    copy.with_name(copy.name + "-wal").unlink(missing_ok=True)
    refuse_mixtures(copy)


def test_what_is_not_there_is_no_mixture(tmp_path: Path) -> None:
    refuse_mixtures(tmp_path / "kinpay.db")


def test_a_database_with_two_names_could_be_served_twice(file: Path, url: str) -> None:
    os.link(file, file.with_name("other.db"))
    with pytest.raises(Refused, match="hard links"):
        refuse_mixtures(file)
    file.with_name("other.db").unlink()
    refuse_mixtures(file)
