"""What SQLite does not notice: that the files which lie beside each other are not one database.

It plays a write-ahead log into whatever database it finds beside it. And each hard link to a database has a log, and a
lock of ours, of its own. Either way two states are mixed page by page, and no payment in there can be trusted.
"""

import os
from pathlib import Path

from kinpay_server.services.refusals import Refused

_VERSIONS = slice(18, 20)
_WITH_LOG = b"\2\2"
"""The file format's write and read version of a database that has a log; every one that kinpay has opened has one."""


def refuse_mixtures(database: Path) -> None:
    """Raises `Refused` for a copy (`storage.backup` leaves it without a log) beside somebody's log, and for a file with
    several names. What cannot be looked at is left to SQLite.

    Call it before the process opens the database: closing a file drops the locks that SQLite holds on it.
    """
    real = database.resolve()
    log = real.with_name(real.name + "-wal")
    try:
        names = real.stat().st_nlink
        mixed = log.exists() and log.stat().st_size > 0 and _has_no_log(real)
    except OSError:
        return
    if names > 1:
        raise Refused(f"{real} has {names} names (hard links), so two services could write to it: remove the others")
    if mixed:
        raise Refused(
            f"{real} is a copy, and {log.name} beside it belongs to the database that was there before: move the log "
            f"away, and {real.name}-shm, before anything opens the copy"
        )


def _has_no_log(database: Path) -> bool:
    file = os.open(database, os.O_RDONLY | os.O_CLOEXEC)
    try:
        versions = os.pread(file, 100, 0)[_VERSIONS]
    finally:
        os.close(file)
    return bool(versions) and versions != _WITH_LOG
