"""Starts kinpay's own programs as processes, waits until they are ready, and stops them."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from kinpay_server import config

T = TypeVar("T")

READY_WITHIN = 60.0
STOPPED_WITHIN = 15.0


class DemoError(Exception):
    """The demo cannot go on; the text says why to a person."""


class Program:
    """`kinpay NAME …` in a process of its own.

    It runs in `folder`, writes its stderr there to NAME.log, and sees no option in its environment, only in its file.
    """

    def __init__(self, arguments: list[str], folder: Path) -> None:
        self.name = arguments[0]
        self.log = folder / f"{self.name}.log"
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, "-m", "kinpay_server", *arguments],
                cwd=folder,
                env=_clean_environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,  # Ctrl-C is for the demo, which then stops its programs in order
            )
        threading.Thread(target=self._drain, daemon=True).start()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def wait_for(self, understand: Callable[[str], T | None]) -> T:
        """The first thing that `understand` makes of a line of its stdout; raises DemoError if none comes."""
        deadline = time.monotonic() + READY_WITHIN
        while (line := self._next_line(deadline)) is not None:
            if (found := understand(line)) is not None:
                return found
        raise DemoError(f"kinpay {self.name} ended before it was ready:\n{self.last_words()}")

    def stop(self) -> None:
        """Ends it by SIGTERM; raises DemoError if it takes too long or its exit status is not 0."""
        try:
            status = self._terminate()
        except subprocess.TimeoutExpired:
            raise DemoError(f"kinpay {self.name} did not stop within {STOPPED_WITHIN:g} s") from None
        if status:
            raise DemoError(f"kinpay {self.name} ended with status {status}:\n{self.last_words()}")

    def end(self) -> None:
        """Ends it in any case, whatever it says to that."""
        with suppress(subprocess.TimeoutExpired):
            self._terminate()
        self._process.kill()
        self._process.wait()

    def has_ended(self) -> bool:
        """Whether it runs no more."""
        return self._process.poll() is not None

    def kill(self) -> None:
        """Ends it by SIGKILL, as a power cut would."""
        self._process.kill()
        self._process.wait()

    def last_words(self) -> str:
        """The end of what it wrote to stderr."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-10:])

    def _terminate(self) -> int:
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(STOPPED_WITHIN)

    def _drain(self) -> None:
        """Reads all that it says, so that it never waits for a reader."""
        if self._process.stdout:
            with self._process.stdout as lines:
                for line in lines:
                    self._lines.put(line)
        self._lines.put(None)

    def _next_line(self, deadline: float) -> str | None:
        try:
            return self._lines.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            raise DemoError(
                f"kinpay {self.name} was not ready after {READY_WITHIN:g} s:\n{self.last_words()}"
            ) from None


@contextmanager
def running(arguments: list[str], folder: Path) -> Iterator[Program]:
    """A program that does not outlive the block; a DemoError in there tells too whether it had died, and why."""
    program = None
    try:
        with _uninterrupted():
            program = Program(arguments, folder)
        yield program
    except DemoError as error:
        if program is None or not program.has_ended() or program.last_words() in str(error):
            raise
        raise DemoError(f"{error}\nkinpay {program.name} had ended by itself:\n{program.last_words()}") from None
    finally:
        if program is not None:
            program.end()


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Ctrl-C that comes in here is raised at the end: a process that was just made must be known, to be ended."""
    before = signal.getsignal(signal.SIGINT)
    if before is not signal.default_int_handler or threading.current_thread() is not threading.main_thread():
        yield  # it interrupts nothing here
        return
    came: list[int] = []
    signal.signal(signal.SIGINT, lambda number, _frame: came.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if came:
        raise KeyboardInterrupt


def _clean_environment() -> dict[str, str]:
    ours = {name for section, key, row in config.options() for name in config.env_names(section, key, row)}
    return {name: value for name, value in os.environ.items() if name not in ours and not name.startswith("KINPAY_")}
