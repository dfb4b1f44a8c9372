"""How the demo tells what happens: a line for each step, with the time since the start."""

from __future__ import annotations

import time

from rich.console import Console
from rich.text import Text


class Story:
    """Tells each step as it happens; colours only on a terminal."""

    def __init__(self) -> None:
        self._console = Console(highlight=False, soft_wrap=True, emoji=False, markup=False)
        self._start = time.monotonic()

    def step(self, title: str, text: str, *, style: str = "bold") -> None:
        """One line: seconds, what it is about, what happened."""
        line = Text.assemble((f"{self._elapsed():5.1f} s", "dim"), "  ", (f"{title:<9}", style), " ", text)
        self._console.print(line)

    def failed(self, why: str) -> None:
        """The line that ends a demo that failed."""
        self.step("failed", "", style="bold red")
        self.plain(why)

    def plain(self, text: str) -> None:
        """Text as it is, to be read or copied."""
        self._console.print(text)

    def command(self, text: str) -> None:
        """A line to be copied."""
        self._console.print(Text(text, "cyan"))

    def _elapsed(self) -> float:
        return time.monotonic() - self._start
