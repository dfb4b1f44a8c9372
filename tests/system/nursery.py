"""`python -m tests.system.nursery`: imports kinpay once, and is forked for each program that is to die.

So a test that starts fifty of them takes their time and not that of fifty imports. It reads orders, one JSON object a
line (what `tests.system.dying` is called with, the folder, and the files for stdout and stderr), has one program at a
time, and writes two lines for each: its process id, and its exit status once it has ended.
"""

import json
import os
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from select import select
from signal import SIGKILL
from typing import IO, Any

import pytest

from tests.system import dying
from tests.system.conftest import Kinpay
from tests.system.programs import REPOSITORY, Wrapped


class Forked:
    """A program as the nursery tells of it: a `tests.system.programs.Process`."""

    def __init__(self, lines: IO[bytes]) -> None:
        self._lines = lines
        self._pid = int(lines.readline())
        self.returncode: int | None = None

    def poll(self) -> int | None:
        if self.returncode is None and select([self._lines], [], [], 0)[0]:
            self.wait()
        return self.returncode

    def kill(self) -> None:
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self._pid, SIGKILL)

    def wait(self) -> int:
        if self.returncode is None:
            self.returncode = int(self._lines.readline())
        return self.returncode


class Nursery:
    """Starts programs that die."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._orders = process.stdin
        self._lines = process.stdout

    @contextmanager
    def dies_at(
        self, point: str, kinpay: Kinpay, nth: int = 1, *, command: Sequence[str] = ("serve",)
    ) -> Iterator[Wrapped]:
        """A program that is killed when it comes to that point for the nth time, within the block."""
        out, err = kinpay.folder / "dying.out", kinpay.folder / "dying.log"
        for file in (out, err):
            file.write_bytes(b"")
        arguments = [point, str(nth), "--", *command, "-c", str(kinpay.config)]
        order = {"arguments": arguments, "folder": str(kinpay.folder), "stdout": str(out), "stderr": str(err)}
        self._orders.write(json.dumps(order).encode() + b"\n")
        program = Wrapped(Forked(self._lines), out, err)
        try:
            yield program
            assert program.wait_killed(), f"{point}: {program.last_words()}"
        finally:
            program.process.kill()
            program.process.wait()

    def serve_and_die(self, point: str, kinpay: Kinpay, work: Callable[[str], None], *, nth: int = 1) -> None:
        """A service that dies there, at the nth time; it is given work by its URL, unless it dies before it has one."""
        with self.dies_at(point, kinpay, nth) as program:
            if url := program.url():
                work(url)


@pytest.fixture(scope="module")
def programs() -> Iterator[Nursery]:
    """A nursery."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.system.nursery"],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        bufsize=0,
    ) as process:
        yield Nursery(process)


def main() -> None:
    """Fork for each order."""
    import kinpay_server.run  # noqa: F401 - what `kinpay serve` imports late

    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _become(json.loads(line))
        _say(child)
        _say(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


def _say(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


def _become(order: dict[str, Any]) -> None:
    """Be that program until it ends."""
    os.chdir(order["folder"])
    files = (("/dev/null", os.O_RDONLY), (order["stdout"], os.O_WRONLY), (order["stderr"], os.O_WRONLY))
    for number, (path, mode) in enumerate(files):
        os.dup2(os.open(path, mode), number)
    sys.argv = ["dying", *order["arguments"]]
    status: Any = 1
    try:
        dying.main()
    except SystemExit as end:
        status = end.code
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status if isinstance(status, int) else status is not None)


if __name__ == "__main__":
    main()
