"""Files that nobody but their owner may read. None is ever overwritten: a former one is put aside."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from kinpay_server.services.refusals import Refused


def write_private(path: Path, text: str) -> None:
    """Make the file, mode 0600, and have it on disk. Raises `Refused` when it is there already, or cannot be made."""
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        raise Refused(f"{path} exists already and is not overwritten") from None
    except OSError as error:
        raise Refused(f"{path} cannot be written: {error.strerror}") from None
    try:
        _fill(descriptor, text)
    except OSError as error:
        path.unlink()
        raise Refused(f"{path} cannot be written: {error.strerror}") from None


def _fill(descriptor: int, text: str) -> None:
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        os.fchmod(descriptor, 0o600)  # whatever the umask took away
        file.write(text)
        file.flush()
        os.fsync(descriptor)


def put_aside(path: Path) -> Path:
    """Give the file a name that tells when it was replaced, and return that. Raises `Refused`."""
    aside = path.with_name(f"{path.name}.{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}.former")
    try:
        path.rename(aside)
    except OSError as error:
        raise Refused(f"{path} cannot be put aside: {error.strerror}") from None
    return aside


def is_there(path: Path) -> bool:
    """Whether anything has that name, a link that leads nowhere included."""
    return os.path.lexists(path)
