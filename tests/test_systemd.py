"""What systemd is told, by a real datagram socket."""

import os
import secrets
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from kinpay_server.bootstrap import SteadyCallback
from kinpay_server.systemd import Systemd


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.settimeout(30)
        yield heard


def test_a_socket_in_the_file_system_is_told(listener: socket.socket, tmp_path: Path) -> None:
    listener.bind(str(tmp_path / "notify"))
    Systemd({"NOTIFY_SOCKET": str(tmp_path / "notify")}).ready()
    assert listener.recv(100) == b"READY=1"


def test_a_socket_with_an_abstract_name_is_told(listener: socket.socket) -> None:
    name = f"kinpay/{secrets.token_hex(8)}"
    listener.bind(f"\0{name}")
    systemd = Systemd({"NOTIFY_SOCKET": f"@{name}"})
    systemd.alive()
    systemd.stopping()
    assert [listener.recv(100) for _ in range(2)] == [b"WATCHDOG=1", b"STOPPING=1"]


def test_without_systemd_nothing_is_told() -> None:
    systemd = Systemd({"WATCHDOG_USEC": "3000000"})
    systemd.ready()
    assert systemd.pulse_seconds is None


def test_a_systemd_that_is_gone_stops_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    Systemd({"NOTIFY_SOCKET": str(tmp_path / "gone")}).alive()
    assert "systemd could not be told" in "".join(capfd.readouterr())


def test_a_systemd_that_does_not_listen_does_not_block(listener: socket.socket, tmp_path: Path) -> None:
    listener.bind(str(tmp_path / "full"))
    systemd = Systemd({"NOTIFY_SOCKET": str(tmp_path / "full")})
    for _ in range(5000):
        systemd.alive()


@pytest.mark.parametrize(
    ("environ", "seconds"),
    [
        ({"WATCHDOG_USEC": "3000000"}, 1.0),
        ({"WATCHDOG_USEC": "3000000", "WATCHDOG_PID": str(os.getpid())}, 1.0),
        ({"WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({}, None),
    ],
)
def test_the_pulse_is_three_times_as_often_as_systemd_wants(environ: dict[str, str], seconds: float | None) -> None:
    assert Systemd({"NOTIFY_SOCKET": "/run/any"} | environ).pulse_seconds == seconds


@pytest.mark.gen_test
async def test_a_stuck_loop_tells_nothing(listener: socket.socket, tmp_path: Path) -> None:
    listener.bind(str(tmp_path / "notify"))
    pulse = SteadyCallback(Systemd({"NOTIFY_SOCKET": str(tmp_path / "notify")}).alive, 10)
    pulse.start()
    listener.settimeout(1)
    with pytest.raises(TimeoutError):
        listener.recv(100)  # this blocks the loop
    pulse.stop()
