import errno
import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from kinpay_server.services.ports import NOTHING_SIGNED
from kinpay_server.storage.lock import DatabaseInUse, ProcessLock

HOLDS_THE_LOCK = """
import sys, time
from pathlib import Path
from kinpay_server.storage.lock import ProcessLock
lock = ProcessLock(Path(sys.argv[1]))
print("locked", flush=True)
sys.stdin.read()
"""


def test_a_second_service_on_the_same_database_is_refused(file: Path) -> None:
    lock = ProcessLock(file)
    with pytest.raises(DatabaseInUse, match=r"kinpay\.db"):
        ProcessLock(file)
    lock.release()


def test_a_service_that_has_ended_leaves_it_to_the_next(file: Path) -> None:
    ProcessLock(file).release()
    ProcessLock(file).release()


def test_services_on_other_databases_do_not_care(file: Path) -> None:
    here, there = ProcessLock(file), ProcessLock(file.with_name("other.db"))
    here.release()
    there.release()


def test_the_same_database_under_another_name_is_refused(file: Path, tmp_path: Path) -> None:
    file.touch()
    link = tmp_path / "elsewhere" / "link.db"
    link.parent.mkdir()
    link.symlink_to(file)
    lock = ProcessLock(file)
    with pytest.raises(DatabaseInUse):
        ProcessLock(link)
    lock.release()


def test_a_relative_name_is_the_same_database(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(file.parent)
    lock = ProcessLock(Path(file.name))
    with pytest.raises(DatabaseInUse):
        ProcessLock(file)
    lock.release()


def test_a_directory_that_is_not_there_is_told_as_such(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        ProcessLock(tmp_path / "missing" / "kinpay.db")


def test_a_file_system_without_locks_is_told_as_such(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_locks(_file: int, _how: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", no_locks)
    with pytest.raises(OSError, match="No locks available"):
        ProcessLock(file)


def test_the_system_drops_it_when_the_process_is_killed(file: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS_THE_LOCK, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "locked\n"
        with pytest.raises(DatabaseInUse):
            ProcessLock(file)
        other.send_signal(signal.SIGKILL)
        other.wait(60)
        ProcessLock(file).release()


def test_only_where_nothing_was_ever_signed_a_new_database_begins_with_nothing_signed(file: Path) -> None:
    """A database that is gone takes what was signed last with it, and a copy that is put back afterwards lacks it."""
    lock = ProcessLock(file)
    assert lock.last() == NOTHING_SIGNED
    lock.note("a" * 64)
    lock.release()
    again = ProcessLock(file)
    assert again.last() == "a" * 64
    again.release()


def test_a_database_that_was_brought_here_has_no_witness(file: Path) -> None:
    file.touch()
    lock = ProcessLock(file)
    assert lock.last() is None
    lock.release()


def test_each_witness_has_a_name_of_its_own_and_keeps_it(file: Path) -> None:
    here, there = ProcessLock(file), ProcessLock(file.with_name("other.db"))
    name = here.name
    assert name != there.name
    there.release()
    here.note("a" * 64)
    here.release()
    again = ProcessLock(file)
    assert (again.name, again.last()) == (name, "a" * 64)
    again.release()
