"""Somebody who calls `kinpay`: from a script, and on a terminal."""

import json
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from fcntl import ioctl
from pathlib import Path
from typing import Any

LONGEST = 120


def heed_ctrl_c() -> None:
    """What a program is started with by a person; tests in the background have it ignored, and so their children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@dataclass
class Operator:
    """Calls `kinpay` in a folder, with `-c` and the configuration file if there is one."""

    folder: Path
    config: Path | None = None
    environment: Mapping[str, str] = field(default_factory=dict)

    def run(self, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
        """What a command said when `given` was its input, and its status."""
        return subprocess.run(
            self._command(arguments),
            cwd=self.folder,
            env=self._environment(),
            input=given,
            capture_output=True,
            text=True,
            timeout=LONGEST,
            check=False,
        )

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """A command that goes on."""
        return subprocess.Popen(
            self._command(arguments),
            cwd=self.folder,
            env=self._environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=heed_ctrl_c,
        )

    def says(self, *arguments: str, given: str = "") -> str:
        """What a command said that must succeed."""
        done = self.run(*arguments, given=given)
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout

    def json(self, *arguments: str) -> Any:
        """The same as JSON."""
        return json.loads(self.says(*arguments, "--json"))

    def refuses(self, *arguments: str, status: int = 1) -> str:
        """What a command said that must fail, in one sentence and without a traceback."""
        done = self.run(*arguments)
        assert done.returncode == status, done.stderr + done.stdout
        assert "Traceback" not in done.stderr
        return done.stderr + done.stdout

    def sees(self, *arguments: str, columns: int = 80, typed: str = "", **environment: str) -> str:
        """All that a command writes to a terminal of so many columns where that is typed, colours and all."""
        ours, theirs = pty.openpty()
        ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        process = subprocess.Popen(
            self._command(arguments),
            cwd=self.folder,
            env=self._environment() | {"TERM": "xterm-256color"} | environment,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
        )
        os.close(theirs)
        os.write(ours, typed.encode())
        seen = b""
        with suppress(OSError):  # how Linux tells that nobody writes any more
            while chunk := os.read(ours, 65536):
                seen += chunk
        os.close(ours)
        process.wait(LONGEST)
        return seen.decode().replace("\r\n", "\n")

    def _command(self, arguments: Sequence[str]) -> list[str]:
        configured = [] if self.config is None else ["-c", str(self.config)]
        return [sys.executable, "-m", "kinpay_server", *arguments, *configured]

    def _environment(self) -> dict[str, str]:
        unwanted = {"NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES"}
        plain = {name: value for name, value in os.environ.items() if name not in unwanted}
        return plain | {"PYTHONPATH": str(Path(__file__).parents[2])} | dict(self.environment)
