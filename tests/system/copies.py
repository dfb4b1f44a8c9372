"""Copies of the database, and putting one back, as an operator would."""

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.system.conftest import Kinpay


def copy(kinpay: Kinpay, name: str) -> Path:
    """A copy of the database as it is now, whether the service runs or not."""
    target = kinpay.folder / name
    with closing(sqlite3.connect(kinpay.folder / "kinpay.db")) as here, closing(sqlite3.connect(target)) as there:
        here.backup(there)
    return target


def put_back(kinpay: Kinpay, saved: Path) -> None:
    """Have the copy in the database's place, as an operator would."""
    for suffix in ("", "-wal", "-shm"):
        (kinpay.folder / f"kinpay.db{suffix}").unlink(missing_ok=True)
    saved.rename(kinpay.folder / "kinpay.db")


def ids_of(*bodies: dict[str, object]) -> list[str]:
    """The ids of these payments."""
    return [str(body["id"]) for body in bodies]
