"""One service on one database; and a witness of what it signed last, which is not copied with the database."""

import fcntl
import os
import secrets
from pathlib import Path

from kinpay_server.services.ports import NOTHING_SIGNED

HASH_BYTES = 64
NAME_BYTES = 16


class DatabaseInUse(Exception):
    """Another process serves this database; the text says which file."""


class ProcessLock:
    """An advisory lock on a file beside the database; the system drops it when the process ends, however it ends.

    The file holds the hash of the last attempt, so it tells an older copy that was put back (`Witness`), and a name of
    its own, which a copy that was brought from another machine does not know. It is written without an fsync: after a
    power cut it may name an earlier attempt, which the database knows too. It stays when the database is lost: a new
    one does not know what was signed either.
    """

    def __init__(self, database: Path) -> None:
        real = database.resolve()  # a link is no other database
        self.path = real.with_name(real.name + ".lock")
        self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._file)
            if not isinstance(error, BlockingIOError):  # a file system without locks
                raise
            raise DatabaseInUse(f"another kinpay serves {database} already") from None
        if not real.exists() and self.last() is None:
            self.note(NOTHING_SIGNED)
        self.name = self._read(NAME_BYTES, HASH_BYTES + 1) or self._give_name()

    def last(self) -> str | None:
        """The hash of the attempt signed last here, or `NOTHING_SIGNED`; None for a database from elsewhere."""
        return self._read(HASH_BYTES, 0) or None

    def note(self, attempt_hash: str) -> None:
        """An attempt has been written down and is about to be sent."""
        os.pwrite(self._file, f"{attempt_hash:<{HASH_BYTES}}\n".encode(), 0)

    def _read(self, length: int, offset: int) -> str:
        return os.pread(self._file, length, offset).decode("ascii", "replace").strip("\0 \n")

    def _give_name(self) -> str:
        name = secrets.token_hex(NAME_BYTES // 2)
        os.pwrite(self._file, f"{name}\n".encode(), HASH_BYTES + 1)
        return name

    def release(self) -> None:
        """Let another process have it."""
        os.close(self._file)
