"""What systemd is told of this process, in the protocol of sd_notify(3): ready, alive, stopping.

Without `$NOTIFY_SOCKET`, as on a terminal, nothing is told.
"""

import os
import socket
from collections.abc import Mapping

import structlog

log = structlog.get_logger(__name__)


class Systemd:
    """The service manager that started this process, if one did. No method raises or blocks."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        name = environ.get("NOTIFY_SOCKET", "")
        self._address = f"\0{name[1:]}" if name.startswith("@") else name  # @: Linux's abstract names
        self.pulse_seconds = _pulse_seconds(environ) if name else None
        """How often `alive` has to be told, with room to spare; None: not at all."""

    def ready(self) -> None:
        """The API answers."""
        self._tell("READY=1")

    def alive(self) -> None:
        """The caller is not stuck; the event loop says this of itself."""
        self._tell("WATCHDOG=1")

    def stopping(self) -> None:
        """The end has begun."""
        self._tell("STOPPING=1")

    def _tell(self, state: str) -> None:
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
                sender.setblocking(False)
                sender.sendto(state.encode(), self._address)
        except OSError as error:
            log.warning("systemd could not be told", state=state, reason=str(error))


def _pulse_seconds(environ: Mapping[str, str]) -> float | None:
    """A third of the time after which systemd ends a silent process; None when it watches none, or another one."""
    limit, process = environ.get("WATCHDOG_USEC", ""), environ.get("WATCHDOG_PID", "")
    ours = process in ("", str(os.getpid()))
    return int(limit) / 3_000_000 if ours and limit.isdecimal() and int(limit) > 0 else None
