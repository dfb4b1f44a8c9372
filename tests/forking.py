"""Starts Python programs of ours by a fork of a process that has imported them, which takes a hundredth of the time.

The suite starts kinpay's programs many hundreds of times, and to import what they need costs more than most of them do
then. While this is in use, `subprocess` starts `python -m kinpay_server …` and the like by a fork; anything else, and
whatever wants a surrounding of its own (`_can_be_forked`), as ever. What comes of it is a process like any other: a
child of this one, with a process id, files, folder and environment of its own, that can be killed and waited for.
"""

import ctypes
import gc
import importlib
import inspect
import json
import os
import runpy
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parents[1]
OURS = ("kinpay_server", "tests.system.dying")
IMPORTED = ("kinpay_server.run", "kinpay_server.cli", "kinpay_server.demo", "kinpay_server.sandbox.command")
AS_EVER = subprocess.Popen
"""For what a test looks at that a forked program does not have, as `/proc/PID/environ`."""

PR_SET_CHILD_SUBREAPER = 36
MOST_BYTES = 1_000_000


@contextmanager
def forked_programs() -> Iterator[None]:
    """In here, `subprocess` forks our programs; the process that is forked is started with the first of them."""
    server = _Server()
    # What a forked process has started becomes a child of this one when that has ended: so we can wait for it.
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)

    class Popen(AS_EVER):  # type: ignore[type-arg]
        def _execute_child(self, *args: Any, **named: Any) -> None:
            order = inspect.signature(super()._execute_child).bind(*args, **named).arguments
            if not _can_be_forked(order):
                super()._execute_child(*args, **named)
                return
            streams = [order[name] for name in ("p2cread", "c2pwrite", "errwrite")]
            self.pid = server.start(order, [own if own != -1 else number for number, own in enumerate(streams)])
            self._child_created = True
            given = [order[name] for name in ("p2cread", "p2cwrite", "c2pread", "c2pwrite", "errread", "errwrite")]
            self._close_pipe_fds(*given)

    subprocess.Popen = Popen  # type: ignore[misc]
    try:
        yield
    finally:
        subprocess.Popen = AS_EVER  # type: ignore[misc]
        server.stop()


def _can_be_forked(order: Mapping[str, Any]) -> bool:
    """A Python program of ours that wants nothing but a folder, files and an environment of its own."""
    command: object = order["args"]
    if not isinstance(command, Sequence) or len(command) < 3 or [*command[:2]] != [sys.executable, "-m"]:
        return False
    wishes = any(order[name] for name in ("preexec_fn", "pass_fds", "shell", "executable"))
    return (
        command[2].startswith(OURS)
        and not wishes
        and _of_interpreter(_environment(order)) == _of_interpreter(os.environ)
    )


def _environment(order: Mapping[str, Any]) -> Mapping[str, str]:
    return os.environ if order["env"] is None else order["env"]


def _of_interpreter(environment: Mapping[str, str]) -> dict[str, str]:
    """What an interpreter looks at only when it starts."""
    looked_at = ("PYTHON", "LD_", "LC_", "LANG")
    return {name: value for name, value in environment.items() if name.startswith(looked_at) and name != "PYTHONPATH"}


class _Server:
    """The process that is forked, from here."""

    def __init__(self) -> None:
        self._process: Any = None
        self._socket: socket.socket | None = None

    def start(self, order: Mapping[str, Any], streams: Sequence[int]) -> int:
        """Fork that program, with these as stdin, stdout and stderr; its process id."""
        if self._socket is None:
            self._socket = self._begin()
        wanted = {
            "command": [os.fspath(argument) for argument in order["args"][2:]],
            "folder": os.path.abspath(order["cwd"] or "."),
            "environment": dict(_environment(order)),
            "session": order["start_new_session"],
        }
        socket.send_fds(self._socket, [json.dumps(wanted).encode()], list(streams))
        return int(self._socket.recv(64))

    def stop(self) -> None:
        """End it; what it has started goes on."""
        if self._socket is not None:
            self._socket.close()
            self._process.wait()

    def _begin(self) -> socket.socket:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        command = [sys.executable, "-m", __name__, str(theirs.fileno())]
        with theirs:
            self._process = subprocess.Popen(command, cwd=REPOSITORY, pass_fds=[theirs.fileno()])
        return ours


def serve(orders: socket.socket) -> dict[str, Any]:
    """Fork for each order; returns in what is forked, with the order, and else ends the process with the orders."""
    while True:
        text, streams, _, _ = socket.recv_fds(orders, MOST_BYTES, 3)
        if not text:
            sys.exit()
        told, tells = os.pipe()
        between = os.fork()
        if between == 0:
            program = os.fork()
            if program == 0:
                for number, stream in enumerate(streams):
                    os.dup2(stream, number)
                os.closerange(3, tells + 1)
                orders.detach()
                return dict(json.loads(text))
            os.write(tells, str(program).encode())
            os._exit(0)
        os.waitpid(between, 0)  # only now the program is a child of who has ordered it
        orders.send(os.read(told, 64))
        for opened in (*streams, told, tells):
            os.close(opened)


def become(order: Mapping[str, Any]) -> None:
    """Be that program."""
    if order["session"]:
        os.setsid()
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["environment"])
    time.tzset()
    sys.stdin = open(0, closefd=False)  # noqa: SIM115
    sys.stdout = open(1, "w", buffering=1 if os.isatty(1) else -1, closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", buffering=1, errors="backslashreplace", closefd=False)  # noqa: SIM115
    sys.path[:1] = [order["folder"], *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    module, *arguments = order["command"]
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def main() -> None:
    """`python -m tests.forking FD`: the process that is forked; it reads orders from that socket."""
    with socket.socket(fileno=int(sys.argv[1])) as orders:
        for module in IMPORTED:
            importlib.import_module(module)
        gc.collect()
        gc.freeze()
        order = serve(orders)
    become(order)


if __name__ == "__main__":
    main()
