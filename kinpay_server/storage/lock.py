"""One service on one database: a second one that is started by mistake stops with a clear word."""

import fcntl
import os
from pathlib import Path


class DatabaseInUse(Exception):
    """Another process serves this database; the text says which file."""


class ProcessLock:
    """An advisory lock on a file beside the database; the system drops it when the process ends, however it ends."""

    def __init__(self, database: Path) -> None:
        real = database.resolve()  # a link is no other database
        self.path = real.with_name(real.name + ".lock")
        self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._file)
            raise DatabaseInUse(f"another kinpay serves {database} already") from None

    def release(self) -> None:
        """Let another process have it."""
        os.close(self._file)
