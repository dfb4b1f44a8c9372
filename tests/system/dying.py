"""`python -m tests.system.dying POINT [NTH] -- COMMAND …`: kinpay, which kills itself when it is at POINT.

NTH says at which time, the first by default.

The product has no switch for this: the methods are wrapped here, from outside. `before commit` is inside the database
transaction, when all has been written and nothing is committed; `after commit` is before anybody has learned of it.
"""

import os
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextvars import ContextVar
from functools import wraps
from itertools import count
from typing import Any

from kinpay_server.cli import kinpay
from kinpay_server.storage.database import Database
from tests.system.points import BACKUP, CALLS, COMMITS, UPGRADE, Commit

FUNCTIONS = {**UPGRADE, **BACKUP}

Method = Callable[..., Awaitable[Any]]


class Death:
    """Comes at the nth time."""

    def __init__(self, nth: int) -> None:
        self._times: Iterator[int] = count(1)
        self._nth = nth

    def comes(self) -> None:
        """Kill this process, as a power cut would, if it is the nth time."""
        if next(self._times) == self._nth:
            os.kill(os.getpid(), signal.SIGKILL)


def die_at(point: str, nth: int) -> None:
    """Wrap the method that the point names."""
    when, _, name = point.partition(": ")
    death = Death(nth)
    if point in FUNCTIONS:
        _die_behind(*FUNCTIONS[point], death)
    elif name in CALLS:
        _die_at_call(*CALLS[name], death, before=when == "before")
    else:
        commit = COMMITS[name]
        if commit.spoiled is not None:
            _spoil(*commit.spoiled)
        (_die_in_transaction if when == "before commit" else _die_after)(commit, death)


def _spoil(owner: type, method: str) -> None:
    async def fails(*_args: Any, **_kwargs: Any) -> Any:
        raise RuntimeError("spoiled by the test")

    setattr(owner, method, fails)


def _die_behind(owner: Any, function: str, death: Death) -> None:
    """When a plain function has returned."""
    original = getattr(owner, function)

    @wraps(original)
    def dying(*args: Any, **kwargs: Any) -> Any:
        result = original(*args, **kwargs)
        death.comes()
        return result

    setattr(owner, function, dying)


def _die_at_call(owner: type, method: str, death: Death, *, before: bool) -> None:
    original: Method = getattr(owner, method)

    @wraps(original)
    async def dying(*args: Any, **kwargs: Any) -> Any:
        if before:
            death.comes()
        result = await original(*args, **kwargs)
        if not before:
            death.comes()
        return result

    setattr(owner, method, dying)


def _die_after(commit: Commit, death: Death) -> None:
    original: Method = getattr(*commit.place)

    @wraps(original)
    async def dying(self: object, given: object, *args: Any, **kwargs: Any) -> Any:
        result = await original(self, given, *args, **kwargs)
        if commit.meant(given, result):
            death.comes()
        return result

    setattr(*commit.place, dying)


def _die_in_transaction(commit: Commit, death: Death) -> None:
    """What the method gives to the writer kills when it has run, before its commit."""
    original: Method = getattr(*commit.place)
    write = Database.write
    inside: ContextVar[tuple[object, ...]] = ContextVar("inside", default=())

    @wraps(original)
    async def dying(self: object, given: object, *args: Any, **kwargs: Any) -> Any:
        token = inside.set((given,))
        try:
            return await original(self, given, *args, **kwargs)
        finally:
            inside.reset(token)

    @wraps(write)
    async def dying_write(self: Database, function: Callable[..., list[Any]], item: Any) -> Any:
        within = inside.get()

        def kills(connection: Any, batch: list[Any]) -> list[Any]:
            results = function(connection, batch)
            if commit.meant(*within, results[0]):
                death.comes()
            return results

        return await write(self, kills if within else function, item)

    setattr(*commit.place, dying)
    Database.write = dying_write  # type: ignore[method-assign]


def main() -> None:
    """Be kinpay, up to the point."""
    separator = sys.argv.index("--")
    point, *nth = sys.argv[1:separator]
    die_at(point, int(nth[0]) if nth else 1)
    kinpay(sys.argv[separator + 1 :], prog_name="kinpay")


if __name__ == "__main__":
    main()
