"""The program itself: help, suggestions, statuses."""

import re
import signal
import socket
import subprocess
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from kinpay_server.cli import COMMANDS, kinpay
from tests.commands.operator import Operator


@pytest.fixture
def nobody(tmp_path: Path) -> Operator:
    """Somebody without any configuration."""
    return Operator(tmp_path)


@pytest.mark.parametrize(
    ("given", "meant"), [(("paymets",), "payments"), (("chekc",), "check"), (("channels", "lst"), "list")]
)
def test_the_nearest_command_is_suggested_for_one_that_is_mistyped(
    nobody: Operator, given: tuple[str, ...], meant: str
) -> None:
    assert f"Did you mean {meant!r}?" in nobody.refuses(*given, status=2)


def test_a_database_that_cannot_be_reached_is_one_sentence(alone: Operator) -> None:
    alone.environment = {"KINPAY_STORAGE_URL": f"sqlite:///{'d' * 300}/kinpay.db"}
    assert "cannot be reached: File name too long" in alone.refuses("payments", "list")
    assert "cannot be reached: File name too long" in alone.refuses("check")


def commands(group: click.Group | None = None, *path: str) -> list[tuple[str, ...]]:
    """The path of each command."""
    group = group or kinpay
    found = [path]
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        found += commands(command, *path, name) if isinstance(command, click.Group) else [(*path, name)]
    return found


@pytest.mark.parametrize("path", commands(), ids=" ".join)
def test_every_command_has_help_that_fits_a_terminal(path: tuple[str, ...]) -> None:
    done = CliRunner().invoke(kinpay, [*path, "--help"], prog_name="kinpay", terminal_width=80)
    assert done.exit_code == 0
    usage, _, first, *_ = done.output.splitlines()
    assert usage.startswith(" ".join(["Usage: kinpay", *path]))
    assert first.strip()
    assert max(map(len, done.output.splitlines())) <= 80


def test_the_help_names_every_command_once() -> None:
    names = kinpay.list_commands(click.Context(kinpay))
    assert sorted(names) == sorted({*COMMANDS, *kinpay.commands})


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_what_completes_commands(nobody: Operator, shell: str) -> None:
    said = nobody.says("completion", shell)
    assert f"_KINPAY_COMPLETE={shell}_complete" in said


@pytest.mark.parametrize(
    ("typed", "offered"),
    [("pay", ["payments"]), ("payments ", ["find", "list", "retry", "show"]), ("init --pre", ["--preset"])],
)
def test_commands_and_options_are_completed_in_bash(nobody: Operator, typed: str, offered: list[str]) -> None:
    words = f"kinpay {typed}"
    nobody.environment = {
        "_KINPAY_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split(" ")) - 1),
    }
    assert [line.split(",")[1] for line in nobody.says().splitlines()] == offered


def test_bash_takes_what_is_printed_for_it(nobody: Operator) -> None:
    (nobody.folder / "completion").write_text(nobody.says("completion", "bash"))
    done = subprocess.run(
        ["/bin/bash", "-c", ". ./completion && complete -p kinpay"],
        cwd=nobody.folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "_kinpay_completion" in done.stdout, done.stderr


def test_ctrl_c_ends_a_command_without_a_traceback(alone: Operator) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:  # a Horizon that takes calls and says nothing
        alone.environment = {"KINPAY_STELLAR_HORIZON_URL": f"http://127.0.0.1:{mute.getsockname()[1]}"}
        process = alone.start("check")
        called, _ = mute.accept()
        process.send_signal(signal.SIGINT)
        said, complaint = process.communicate(timeout=60)
        called.close()
    assert (process.returncode, said) == (1, "")
    assert complaint.strip() == "Aborted!"


def test_the_schema_is_made_and_then_there_is_nothing_to_do(alone: Operator) -> None:
    alone.environment = {"KINPAY_STORAGE_URL": "sqlite:///new.db"}
    assert "new.db: made, at schema 0001" in alone.says("db", "upgrade")
    assert "already, nothing to do" in alone.says("db", "upgrade")


def test_a_file_that_is_no_database_is_one_sentence(alone: Operator) -> None:
    (alone.folder / "new.db").write_text("hello" * 1000)
    alone.environment = {"KINPAY_STORAGE_URL": "sqlite:///new.db"}
    for command in (["db", "upgrade"], ["payments", "list"], ["check"], ["backup", "copy.db"]):
        assert "file is not a database" in alone.refuses(*command)


def test_check_on_a_terminal_says_what_to_do_on_a_line_of_its_own(alone: Operator) -> None:
    seen = alone.sees("check", NO_COLOR="1")
    lines = [re.sub(r"\x1b\[[0-9;]*m", "", line).rstrip() for line in seen.splitlines()]
    assert any(line.startswith("horizon         bad   http://127.0.0.1") for line in lines)
    assert any(line.strip().startswith("→ is horizon_url right") for line in lines)
    assert lines[-1] == "1 of 8 is bad: → says what to do"
    assert all(len(line) <= 80 for line in lines)
    assert "\x1b[3" not in seen
    assert "\x1b[1;31mbad" in alone.sees("check")
    assert "\x1b" not in alone.run("check").stdout
