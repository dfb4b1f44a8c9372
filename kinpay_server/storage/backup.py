"""A copy of the database while it is in use: SQLite's own backup, checked by opening it."""

import os
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from kinpay_server.services.refusals import Refused
from kinpay_server.storage.condition import head
from kinpay_server.storage.engines import BUSY_SECONDS


@dataclass(frozen=True, slots=True)
class Copy:
    """What was copied: its size, schema and number of payments."""

    path: Path
    bytes: int
    revision: str
    payments: int


def back_up(database: Path, target: Path) -> Copy:
    """Copy the database, as it is at this moment, to `target`, which must not exist; whole or not at all.

    1. SQLite copies one snapshot into a file beside the target, which nobody but its owner may read.
    2. The copy is opened: `integrity_check`, foreign keys, the schema's revision.
    3. It is put on disk and only then gets its name.

    Raises `Refused`.
    """
    if target.exists() or target.is_symlink():
        raise Refused(f"{target} exists already and is not overwritten: name another file")
    partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
    try:
        os.close(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        _copy(database, partial)
        copy = _checked(partial, target)
        _put(partial, target)
    except (OSError, sqlite3.Error) as error:
        raise Refused(f"the copy to {target} failed: {error}") from None
    finally:
        with suppress(OSError):
            partial.unlink()
    return copy


def _copy(database: Path, partial: Path) -> None:
    source_url = f"file:{quote(str(database.resolve()))}?mode=ro"
    with (
        closing(sqlite3.connect(source_url, uri=True, timeout=BUSY_SECONDS)) as source,
        closing(sqlite3.connect(partial)) as copy,
    ):
        source.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, nothing beside it


def _checked(partial: Path, target: Path) -> Copy:
    with closing(sqlite3.connect(partial)) as copy:
        [[result], *_] = copy.execute("PRAGMA integrity_check").fetchall()
        if result != "ok" or copy.execute("PRAGMA foreign_key_check").fetchall():
            raise Refused(f"the copy is damaged, and so may be the database: integrity_check says {result}")
        [[revision]] = copy.execute("SELECT version_num FROM alembic_version").fetchall()
        if revision != head():
            raise Refused(f"the copy's schema is at {revision}, this version of kinpay needs {head()}")
        [[payments]] = copy.execute("SELECT count(*) FROM payments").fetchall()
    return Copy(target, partial.stat().st_size, revision, payments)


def _put(partial: Path, target: Path) -> None:
    """Give the copy its name, which fails where a file has come to be meanwhile; all of it is on disk then.

    A second name is given and the first one taken away, so that whatever is killed when, `target` is the whole copy or
    is not there. Only where the file system knows no second names it may be left empty.
    """
    with partial.open("rb") as file:
        os.fsync(file.fileno())
    try:
        os.link(partial, target)
        partial.unlink()
    except FileExistsError:
        raise
    except OSError:
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        partial.replace(target)
    folder = os.open(target.resolve().parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
