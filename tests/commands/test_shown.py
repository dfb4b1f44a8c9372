"""How commands print: what strangers wrote cannot steer a terminal, and a pipe gets all of everything."""

import io
import json
import sys
from collections.abc import Callable
from typing import Any

import pytest

from kinpay_server.commands.shown import harmless, print_json, print_table, short, styled

NASTY = "\x1b[2J\x9b31m\u202e\r\x07"


class Terminal(io.StringIO):
    """A terminal, as far as a stream tells."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Callable[[], Terminal]:
    """Puts a terminal in the place of stdout."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("NO_COLOR", raising=False)

    def put() -> Terminal:
        put_there = Terminal()
        monkeypatch.setattr(sys, "stdout", put_there)
        return put_there

    return put


def test_control_characters_are_made_visible() -> None:
    assert harmless(NASTY) == "\\x1b[2J\\x9b31m\\u202e\\r\\x07"
    assert harmless("größer\n😀") == "größer\n😀"


def test_a_table_stays_a_line_for_each_row_whatever_is_in_it(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("id", "n"), [(f"a\n{NASTY}", 1), ("[red]b[/]", None)], numbers=("n",))
    lines = capsys.readouterr().out.splitlines()
    assert lines[1:] == ["a\\n\\x1b[2J\\x9b31m\\u202e\\r\\x07  1", "[red]b[/]"]


def test_json_is_pure_and_harmless(capsys: pytest.CaptureFixture[str]) -> None:
    value: Any = {"id": f"{NASTY}\U000e0001\n", "name": "größer"}
    print_json(value)
    said = capsys.readouterr().out
    assert json.loads(said) == value
    assert said.rstrip("\n").isprintable()
    assert "größer" in said


def test_what_is_long_is_cut_off_on_a_terminal_only(terminal: Callable[[], Terminal]) -> None:
    assert short("f" * 64) == "f" * 64
    terminal()
    assert short("f" * 64) == "f" * 9 + "…"
    assert short("f" * 10) == "f" * 10
    assert short(None) == ""


def test_states_have_colours_on_a_terminal_and_nothing_else_has(terminal: Callable[[], Terminal]) -> None:
    screen = terminal()
    print_table(("id", "state"), [("dead", styled("succeeded"))])
    row = screen.getvalue().splitlines()[1]
    assert "\x1b[32msucceeded\x1b[0m" in row
    assert row.startswith("dead  ")


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_no_colours_where_none_are_wanted(
    monkeypatch: pytest.MonkeyPatch, terminal: Callable[[], Terminal], name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    screen = terminal()
    print_table(("id", "state"), [("p-1", styled("succeeded"))])
    assert "succeeded" in screen.getvalue()
    assert "\x1b[3" not in screen.getvalue()
