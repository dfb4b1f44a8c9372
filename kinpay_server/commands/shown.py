"""How commands print: tables and colours for people on a terminal, plain text in a pipe, JSON for scripts."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from kinpay_server.domain.amount import amount_of
from kinpay_server.exact_json import dumps

WIDE = 400
"""Columns of what goes into a pipe or file, where nothing should be cut or folded."""

COLOURS = {
    "accepted": "cyan",
    "submitted": "yellow",
    "succeeded": "green",
    "failed": "red",
    "waiting": "yellow",
    "delivered": "green",
    "dead": "red",
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
    return Console(file=stream, width=None if stream.isatty() else WIDE, highlight=False, soft_wrap=not stream.isatty())


def say(text: str) -> None:
    """One line for a person, as it is."""
    console().print(text, markup=False)


def print_json(value: Any) -> None:
    """One line of JSON with exact numbers."""
    sys.stdout.write(dumps(value).decode() + "\n")


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, numbers: Sequence[str] = ()) -> None:
    """A table; `numbers` are the columns that are set to the right. States have colours, nothing is cut off."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, justify="right" if column in numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*map(_cell, row))
    console().print(table)


def styled(word: str) -> Text:
    """A state in its colour."""
    return Text(word, COLOURS.get(word, ""))


def time_of(milliseconds: int | None) -> str:
    """A time of ours for people, in UTC."""
    if milliseconds is None:
        return ""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")


def money(stroops: int) -> str:
    """An amount in whole units, exact, with thousands apart."""
    amount = amount_of(stroops)
    return f"{amount:,}" if isinstance(amount, int) else f"{amount:,f}"


def _cell(value: object) -> Text:
    if isinstance(value, Text):
        return value
    text = "" if value is None else str(value)
    return styled(text)
