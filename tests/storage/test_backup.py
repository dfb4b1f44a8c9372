"""A copy is whole and good, or it is not there."""

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from kinpay_server.services.refusals import Refused
from kinpay_server.storage.backup import back_up

PAGE = 4096


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "copies" / "copy.db"


@pytest.fixture(autouse=True)
def folder(target: Path, url: str) -> Path:
    target.parent.mkdir()
    return target.parent


def damage(file: Path, table: str) -> None:
    """As a failing disk does, in the first page of a table."""
    with closing(sqlite3.connect(file)) as database:
        [[page]] = database.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", [table]).fetchall()
    with file.open("r+b") as raw:
        raw.seek((page - 1) * PAGE)
        raw.write(b"\xaa" * 64)


def test_a_copy_is_counted_and_nobody_else_may_read_it(file: Path, target: Path) -> None:
    copy = back_up(file, target)
    assert (copy.path, copy.bytes, copy.payments) == (target, target.stat().st_size, 0)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_a_damaged_database_gives_no_copy_and_a_clear_word(file: Path, target: Path, folder: Path) -> None:
    damage(file, "payments")
    with pytest.raises(Refused, match=r"damaged|malformed"):
        back_up(file, target)
    assert not list(folder.iterdir())


def test_rows_that_lead_nowhere_are_damage_too(file: Path, target: Path, folder: Path) -> None:
    with closing(sqlite3.connect(file)) as database, database:
        database.execute(
            "INSERT INTO callbacks (id, attempt_hash, receiver, url, body, state, tries, next_try_at, give_up_at,"
            " created_at, updated_at) VALUES ('c', 'no hash', '', '', x'', 'waiting', 0, 1, 1, 1, 1)"
        )
    with pytest.raises(Refused, match="damaged"):
        back_up(file, target)
    assert not list(folder.iterdir())


def test_what_is_no_database_of_kinpay_gives_no_copy(tmp_path: Path, target: Path, folder: Path) -> None:
    other = tmp_path / "other.db"
    other.write_text("no database at all, and long enough to be none")
    with pytest.raises(Refused, match="not a database"):
        back_up(other, target)
    assert not list(folder.iterdir())


def test_a_copy_of_another_schema_is_refused(file: Path, target: Path, folder: Path) -> None:
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(Refused, match="9999"):
        back_up(file, target)
    assert not list(folder.iterdir())
