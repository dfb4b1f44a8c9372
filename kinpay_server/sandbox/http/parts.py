"""Lists of what operations consist of: effects, trades. Each operation has a few, or none."""

from collections.abc import Callable, Iterator
from typing import Protocol, TypeVar

from ..horizon.records import OpRecord
from .parameters import Page

AFTER_ALL = (1 << 31) - 1
"""What a cursor without its second number stands for: behind everything of that operation."""


class Part(Protocol):
    """Something that an operation had, in its place."""

    @property
    def place(self) -> tuple[int, int]:
        """The operation's token, and a number."""


P = TypeVar("P", bound=Part)
Reader = Callable[[int | None, int, bool], list[OpRecord]]
"""Operations behind a token: (token or None, how many at most, whether backwards)."""


def parts_of(read: Reader, page: Page, split: Callable[[OpRecord], list[P]], wanted: Callable[[P], bool]) -> list[P]:
    """Operation by operation until the page is full."""
    start = place_of(page.cursor)
    found: list[P] = []
    for part in _all(read, page, start, split):
        behind = start is None or (part.place < start if page.descending else part.place > start)
        if behind and wanted(part):
            found.append(part)
            if len(found) == page.limit:
                break
    return found


def _all(read: Reader, page: Page, start: tuple[int, int] | None, split: Callable[[OpRecord], list[P]]) -> Iterator[P]:
    at: int | None = None
    if start is not None:
        at = start[0] + 1 if page.descending else start[0] - 1
    while records := read(at, page.limit, page.descending):
        at = records[-1].token
        for record in records:
            parts = split(record)
            yield from reversed(parts) if page.descending else parts


def place_of(cursor: str) -> tuple[int, int] | None:
    """Where a cursor points to; None without one."""
    if not cursor:
        return None
    token, _, order = cursor.partition("-")
    return int(token), min(int(order), AFTER_ALL) if order else AFTER_ALL
