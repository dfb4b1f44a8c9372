"""The demo as somebody sees it who has just installed kinpay."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which

import pytest

from tests.commands.operator import heed_ctrl_c

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

needs_curl = pytest.mark.skipif(which("curl") is None, reason="the lines call curl")

LONGEST = 240
STEPS = ["sandbox", "root", "service", "wallet", "payment", "callback", "watch", "callback", "ledger"]


class Demo:
    """`kinpay demo` with its output, line by line."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "kinpay_server", "demo", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            preexec_fn=heed_ctrl_c,
        )
        self.lines: list[str] = []

    def read_until(self, text: str) -> list[str]:
        """All lines up to one with this text."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
            if text in line:
                return self.lines
        raise AssertionError("\n".join(self.lines))

    def ends(self) -> int:
        """The status, once it has said all."""
        assert self.process.stdout is not None
        self.lines += [line.rstrip("\n") for line in self.process.stdout]
        return self.process.wait(LONGEST)

    def titles(self) -> list[str]:
        """What the steps were about."""
        return [line[9:18].strip() for line in self.lines if line[5:7] == " s" and line[9:18].strip()]


@contextmanager
def demo(*arguments: str) -> Iterator[Demo]:
    """A demo that does not outlive the block."""
    running = Demo(*arguments)
    watchdog = threading.Timer(LONGEST, running.process.terminate)
    watchdog.start()
    try:
        yield running
    finally:
        watchdog.cancel()
        running.process.terminate()
        running.process.wait()
        assert running.process.stdout is not None
        running.process.stdout.close()


def commands(lines: list[str]) -> list[str]:
    """The commands that are to be copied, each with all its lines."""
    found: list[str] = []
    for line in lines[1 + next(i for i, line in enumerate(lines) if line.startswith("Try")) :]:
        if line.startswith(("  curl ", "  kinpay ")):
            found.append(line.strip())
        elif line.startswith("  "):
            found[-1] += f"\n{line}"
        elif line:
            break
    return found


def shell(command: str) -> subprocess.CompletedProcess[str]:
    """It, as somebody pastes it."""
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.run(
        ["/bin/bash", "-c", command], env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def test_once_it_tells_each_step_and_ends_well() -> None:
    with demo("--once") as running:
        assert running.ends() == 0, running.lines
    assert running.titles() == [*STEPS, "stopped"]
    assert all(len(line) <= 80 for line in running.lines)


@needs_curl
def test_what_it_prints_to_be_copied_works_as_it_is_printed() -> None:
    with demo() as running:
        lines = running.read_until("Ctrl-C stops everything")
        given = commands(lines)
        assert len(given) == 6
        for command in given:
            done = shell(command)
            assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
            if command.startswith("curl"):
                assert "code" not in json.loads(done.stdout), done.stdout
        assert "payment second: success" in running.read_until("payment second")[-1]
        assert json.loads(shell(given[1]).stdout)["status"] == "succeeded"
        running.process.send_signal(signal.SIGINT)
        assert running.ends() == 0
    assert running.titles()[-1] == "stopped"
    assert not any("Traceback" in line for line in running.lines)


@needs_curl
def test_the_pages_that_it_names_are_there() -> None:
    with demo() as running:
        lines = running.read_until("Ctrl-C stops everything")
        start = lines.index("Look at")
        urls = [line.split()[0] for line in lines[start + 1 : lines.index("", start)]]
        assert len(urls) == 3
        for url in urls:
            assert shell(f"curl -sf -o /dev/null {url}").returncode == 0, url


def test_on_a_bad_network_nothing_is_paid_twice_and_all_come_to_their_end() -> None:
    with demo("--faults", "--once") as running:
        assert running.ends() == 0, running.lines
    assert running.titles()[-3:] == ["busy", "audit", "stopped"]
    assert " 0 waiting" in running.lines[-3]


def test_busy_it_pays_until_ctrl_c_and_then_the_ledger_is_asked() -> None:
    with demo("--busy") as running:
        running.read_until(" busy ")
        running.process.send_signal(signal.SIGINT)
        assert running.ends() == 0, running.lines
    assert running.titles()[-2:] == ["audit", "stopped"]


def test_ctrl_c_at_the_very_start_leaves_nothing_behind() -> None:
    with demo() as running:
        running.read_until("sandbox")
        children = Path(f"/proc/{running.process.pid}/task/{running.process.pid}/children").read_text().split()
        running.process.send_signal(signal.SIGINT)
        assert running.ends() == 1
    assert running.lines[-1] == "broken off"
    assert children
    assert not any(Path(f"/proc/{child}").exists() for child in children)
