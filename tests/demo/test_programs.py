"""The programs that the demo starts: what they see, and what is told when they fail."""

import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kinpay_server.demo.network import network_of
from kinpay_server.demo.programs import DemoError, running
from tests.forking import AS_EVER


def test_a_program_that_ends_before_it_is_ready_is_told_with_its_last_words(tmp_path: Path) -> None:
    with running(["no-such-command"], tmp_path) as program, pytest.raises(DemoError) as caught:
        program.wait_for(lambda line: line)
    assert "kinpay no-such-command ended before it was ready" in str(caught.value)
    assert program.last_words()


def test_stopping_a_program_that_failed_is_an_error(tmp_path: Path) -> None:
    with running(["no-such-command"], tmp_path) as program:
        with pytest.raises(DemoError):
            program.wait_for(lambda line: line)
        with pytest.raises(DemoError, match="ended with status 2"):
            program.stop()


def test_a_program_sees_no_option_in_its_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("KINPAY_SERVER_PORT", "KINPAY_UNKNOWN", "APP_PORT", "STELLAR_BASE_SEED"):
        monkeypatch.setenv(name, "of somebody's install")
    monkeypatch.setenv("OF_OTHERS", "kept")
    monkeypatch.setattr(subprocess, "Popen", AS_EVER)
    with running(["sandbox", "--port", "0", "--json"], tmp_path) as program:
        program.wait_for(network_of)
        seen = Path(f"/proc/{program.pid}/environ").read_text()
    assert "OF_OTHERS=kept" in seen
    assert "of somebody's install" not in seen


def complain(folder: Path, *, killed: bool) -> None:
    """Finds a fault while a sandbox runs, or after it was killed."""
    with running(["sandbox", "--port", "0", "--json"], folder) as program:
        program.wait_for(network_of)
        if killed:
            program.log.write_text("out of memory")
            program.kill()
        raise DemoError("nobody answers")


def test_an_error_tells_that_the_program_had_died_and_why(tmp_path: Path) -> None:
    with pytest.raises(DemoError) as caught:
        complain(tmp_path, killed=True)
    assert str(caught.value) == "nobody answers\nkinpay sandbox had ended by itself:\nout of memory"


def test_an_error_is_told_as_it_is_while_the_program_runs(tmp_path: Path) -> None:
    with pytest.raises(DemoError) as caught:
        complain(tmp_path, killed=False)
    assert str(caught.value) == "nobody answers"


@pytest.fixture
def heeding_ctrl_c() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_ctrl_c_while_a_program_is_being_started_ends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, heeding_ctrl_c: None
) -> None:
    started: list[subprocess.Popen[str]] = []
    start = subprocess.Popen

    def interrupted(*arguments: Any, **options: Any) -> subprocess.Popen[str]:
        started.append(start(*arguments, **options))
        signal.raise_signal(signal.SIGINT)
        return started[0]

    monkeypatch.setattr(subprocess, "Popen", interrupted)
    with pytest.raises(KeyboardInterrupt), running(["sandbox", "--port", "0"], tmp_path):
        pytest.fail("it goes on")
    assert started[0].poll() is not None
