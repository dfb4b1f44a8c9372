"""kinpay with something wrapped around it: a runner module of these tests, as a process."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from kinpay_server.demo.configuration import url_of
from tests.system.clients import wait_until
from tests.system.conftest import Kinpay

REPOSITORY = Path(__file__).parents[2]
STOPPED_WITHIN = 60


class Wrapped:
    """A program that is kinpay with something around it, and the files with what it says."""

    def __init__(self, process: "subprocess.Popen[bytes]", said: Path, log: Path) -> None:
        self.process = process
        self.log = log
        self._said = said

    def url(self) -> str | None:
        """Where it listens; None when it has ended before."""
        deadline = time.monotonic() + STOPPED_WITHIN
        while (url := url_of(self._said.read_text())) is None:
            if self.process.poll() is not None:
                return None
            assert time.monotonic() < deadline, self.last_words()
            time.sleep(0.02)
        return url

    def wait_killed(self) -> bool:
        """Wait for its end; True when that was SIGKILL."""
        wait_until(lambda: self.process.poll() is not None, self.last_words)
        return self.process.returncode == -signal.SIGKILL

    def last_words(self) -> str:
        """The end of its log."""
        return self.log.read_text(errors="replace")[-2000:]


@contextmanager
def wrapped(kinpay: Kinpay, runner: str, *arguments: str, command: Sequence[str] = ("serve",)) -> Iterator[Wrapped]:
    """`python -m tests.system.RUNNER …` as `kinpay COMMAND`, in the service's folder, until the block ends."""
    out, err = kinpay.folder / f"{runner}.out", kinpay.folder / f"{runner}.log"
    with err.open("wb") as log, out.open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", f"tests.system.{runner}", *arguments, "--", *command, "-c", str(kinpay.config)],
            cwd=kinpay.folder,
            env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=log,
        )
    try:
        yield Wrapped(process, out, err)
    finally:
        process.kill()
        process.wait()


@contextmanager
def dies_at(point: str, kinpay: Kinpay, nth: int = 1, *, command: Sequence[str] = ("serve",)) -> Iterator[Wrapped]:
    """A program that is killed when it comes to that point for the nth time, within the block."""
    with wrapped(kinpay, "dying", point, str(nth), command=command) as program:
        yield program
        assert program.wait_killed(), f"{point}: {program.last_words()}"


def serve_and_die(point: str, kinpay: Kinpay, work: Callable[[str], None], *, nth: int = 1) -> None:
    """A service that dies there, at the nth time; it is given work by its URL, unless it dies before it has one."""
    with dies_at(point, kinpay, nth) as program:
        if url := program.url():
            work(url)
