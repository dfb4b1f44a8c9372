"""`kinpay serve` as systemd sees it: ready when the API answers, alive while it runs, stopping when told to."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from kinpay_server.demo.http import call
from tests.system.conftest import Kinpay

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """The end of the socket that systemd has, with a watchdog that wants a pulse each 0.6 s."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(str(tmp_path / "notify"))
        heard.settimeout(60)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        monkeypatch.setenv("WATCHDOG_USEC", "600000")
        yield heard


def test_systemd_is_told_of_the_start_of_each_pulse_and_of_the_stop(kinpay: Kinpay, told: socket.socket) -> None:
    with kinpay.serving() as (program, url):
        assert told.recv(100) == b"READY=1"
        assert call(f"{url}/config")["asset_code"] == "KIN"
        assert [told.recv(100) for _ in range(5)] == [b"WATCHDOG=1"] * 5
        program.stop()
        said = b"WATCHDOG=1"
        while said == b"WATCHDOG=1":
            said = told.recv(100)
        assert said == b"STOPPING=1"


def test_a_service_that_cannot_start_never_says_that_it_is_ready(kinpay: Kinpay, told: socket.socket) -> None:
    with kinpay.serving():
        assert told.recv(100) == b"READY=1"
        second = Kinpay(kinpay.folder / "second", kinpay.config)
        second.folder.mkdir()
        with pytest.raises(Exception, match="another kinpay"), second.serving():
            pass
        told.settimeout(1)
        heard = {told.recv(100) for _ in range(3)}
    assert heard == {b"WATCHDOG=1"}
