"""Whether a service is at work on a database at present."""

import fcntl
import os
from pathlib import Path

from kinpay_server.services.refusals import Refused


def is_served(database: Path) -> bool:
    """True while some process holds the lock of `storage.lock`. Makes no file and keeps no lock. Raises `Refused`."""
    real = database.resolve()
    try:
        file = os.open(real.with_name(real.name + ".lock"), os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise Refused(f"whether a service runs cannot be told: {error}") from None
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(file)
    return False
