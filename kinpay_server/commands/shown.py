"""How commands print: tables and colours for people on a terminal, plain text in a pipe, JSON for scripts."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from kinpay_server.exact_json import dumps

WIDE = 400
"""Columns of what goes into a pipe or file, where nothing should be cut or folded."""

WIDE_TERMINAL = 120
"""Columns from which on a terminal has room for everything."""

CUT = "…"
"""Where something goes on."""

COLOURS = {
    "accepted": "cyan",
    "submitted": "yellow",
    "succeeded": "green",
    "created": "green",
    "failed": "red",
    "waiting": "yellow",
    "delivered": "green",
    "dead": "red",
    "withdrawn": "dim",
    "free": "green",
    "lent": "yellow",
    "opening": "cyan",
    "retired": "dim",
    "good": "green",
    "bad": "bold red",
}


def console(*, errors: bool = False) -> Console:
    """stdout, or stderr, which progress goes to; colours only on a terminal."""
    stream = sys.stderr if errors else sys.stdout
    wide = None if stream.isatty() else WIDE
    return Console(file=stream, width=wide, highlight=False, emoji=False, markup=False, soft_wrap=wide is not None)


def say(text: str) -> None:
    """One line for a person, as it is."""
    console().print(harmless(text))


def print_json(value: Any) -> None:
    """One line of JSON with exact numbers; control characters are written as JSON escapes them."""
    sys.stdout.write("".join(map(_escaped, dumps(value).decode())) + "\n")


def print_table(
    columns: Sequence[str],
    rows: Sequence[Sequence[object]],
    *,
    numbers: Sequence[str] = (),
    wide: Sequence[str] = (),
    nothing: str = "",
) -> None:
    """A table, or `nothing` if it has no rows.

    `numbers` are the columns that are set to the right, `wide` those that a narrow terminal has no room for.
    """
    if not rows and nothing:
        say(nothing)
        return
    shown = [index for index, column in enumerate(columns) if column not in wide or _is_wide()]
    table = Table(box=None, pad_edge=False, header_style="bold")
    for index in shown:
        column = columns[index]
        table.add_column(column, justify="right" if column in numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_cell(row[index]) for index in shown))
    _print_grid(table)


def print_lines(lines: Iterable[tuple[str, str | Text]]) -> None:
    """Lines of two parts; where the second one is broken, it goes on under itself."""
    grid = Table.grid(padding=(0, 2), pad_edge=True)
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for first, second in lines:
        grid.add_row(_cell(first), _cell(second))
    _print_grid(grid)


def print_columns(*columns: tuple[int, object]) -> None:
    """One line of columns so wide; where the last one, which has the rest, is broken, it goes on under itself."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    for width, _ in columns:
        grid.add_column(width=width or None, no_wrap=bool(width), overflow="fold")
    grid.add_row(*(_cell(value) for _, value in columns))
    _print_grid(grid)


def is_terminal() -> bool:
    """Whether a person reads stdout at this moment."""
    return sys.stdout.isatty()


def styled(word: str, style: str = "") -> Text:
    """A state in its colour, or a text of ours in that style."""
    return Text(word, style or COLOURS.get(word, ""))


def time_of(milliseconds: int | None) -> str:
    """A time of ours for people, in UTC."""
    if milliseconds is None:
        return ""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")


def moment(milliseconds: int | None) -> str:
    """The same for the narrow columns of a terminal: of today the time alone, of other days without the seconds."""
    whole = time_of(milliseconds)
    if not whole or not is_terminal():
        return whole
    return whole[11:] if whole[:10] == f"{datetime.now(UTC):%Y-%m-%d}" else whole[:16]


def short(text: str | None, most: int = 10) -> str:
    """The beginning of what is long and looked at rather than read: on a terminal only, a pipe gets all of it."""
    if text is None or len(text) <= most or not is_terminal():
        return text or ""
    return text[: most - 1] + CUT


def harmless(text: str) -> str:
    """The text with control characters made visible: what clients and receivers say must not steer a terminal."""
    return "".join(char if char == "\n" or char.isprintable() else ascii(char)[1:-1] for char in text)


def _is_wide() -> bool:
    return console().width >= WIDE_TERMINAL


def _print_grid(grid: Table) -> None:
    """In a pipe without the blanks that fill its lines."""
    shown = console()
    if shown.is_terminal:
        shown.print(grid)
        return
    with shown.capture() as capture:
        shown.print(grid)
    sys.stdout.write("".join(f"{line.rstrip()}\n" for line in capture.get().splitlines()))


def _escaped(char: str) -> str:
    return char if char.isprintable() else json.dumps(char)[1:-1]


def _cell(value: object) -> Text:
    if isinstance(value, Text):
        return value
    return Text("" if value is None else harmless(str(value)).replace("\n", "\\n"))
