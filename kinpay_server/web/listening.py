"""Sockets that listen. Tornado's `bind_sockets` leaves the one open that it could not bind."""

import errno
import os
import socket
from typing import Any

_BACKLOG = 1024


class CannotListen(Exception):
    """The address cannot be listened on; the text is one sentence that says why."""


def listen(host: str, port: int) -> list[socket.socket]:
    """One socket for each address of the host (IPv4 and IPv6), all on the same port; port 0 lets the system choose.

    Raises `CannotListen`: the port is in use or needs privileges, or the host is none of this machine.
    """
    sockets: list[socket.socket] = []
    try:
        for family, address in _addresses(host, port):
            _add(sockets, family, address)
    except OSError as error:
        for one in sockets:
            one.close()
        reason = os.strerror(error.errno).lower() if error.errno and error.errno > 0 else str(error)
        raise CannotListen(f"cannot listen on {host} port {port}: {reason}") from None
    return sockets


def _addresses(host: str, port: int) -> list[tuple[int, Any]]:
    """IPv4 first."""
    found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    return sorted({(int(family), address) for family, _, _, _, address in found})


def _add(sockets: list[socket.socket], family: int, address: tuple[Any, ...]) -> None:
    """Listen on one more address, on the port of the ones before. IPv6 may be switched off where IPv4 is not."""
    port = sockets[0].getsockname()[1] if sockets else address[1]
    try:
        one = socket.create_server((address[0], port, *address[2:]), family=family, backlog=_BACKLOG)
    except OSError as error:
        if error.errno == errno.EADDRNOTAVAIL and sockets:
            return
        raise
    one.setblocking(False)
    sockets.append(one)
