"""`python -m tests.system.dying POINT [NTH] -- serve -c …`: kinpay, which kills itself when it is at POINT.

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

from kinpay_server.callbacks.sender import HttpSender
from kinpay_server.cli import kinpay
from kinpay_server.ledger.client import HorizonLedger
from kinpay_server.ledger.connection import HorizonConnection
from kinpay_server.storage.callbacks import Callbacks
from kinpay_server.storage.channels import Channels
from kinpay_server.storage.database import Database
from kinpay_server.storage.payments import Payments
from kinpay_server.storage.settlements import Settlements
from kinpay_server.storage.submissions import Submissions

Method = Callable[..., Awaitable[Any]]
Place = tuple[type, str]

COMMITS: dict[str, Place] = {
    "plan_channels": (Channels, "plan_channels"),
    "record_fundings": (Channels, "record_fundings"),
    "accept": (Payments, "accept"),
    "claim": (Submissions, "claim"),
    "release_lost_claims": (Settlements, "release_lost_claims"),
    "record_attempts": (Submissions, "record_attempts"),
    "record_answers": (Submissions, "record_answers"),
    "settle": (Settlements, "settle"),
    "record_found": (Settlements, "record_found"),
    "record_delivery": (Callbacks, "record_delivery"),
    "adopt_channels": (Channels, "adopt_channels"),
    "note_ledger": (Channels, "note_ledger"),
    "beat": (Settlements, "beat"),
}
"""In this order: the start gives back the claims of who died after it had claimed."""

CALLS: dict[str, Place] = {
    "submit": (HorizonLedger, "submit"),
    "one of the requests": (HorizonConnection, "post_form"),
    "callback": (HttpSender, "send"),
}
POINTS = [f"{when} commit: {name}" for name in COMMITS for when in ("before", "after")]
POINTS += [f"{when}: {name}" for name in CALLS for when in ("before", "after")]


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
    when, name = point.split(": ")
    death = Death(nth)
    if when == "before commit":
        _die_in_transaction(*COMMITS[name], death)
    else:
        owner, method = (COMMITS if when == "after commit" else CALLS)[name]
        _die_beside(owner, method, death, before=when == "before")


def _does_something(given: object, result: object) -> bool:
    """False for a settlement of nothing, a claim that found nothing, and the like."""
    return bool(given) and (result is None or bool(result))


def _die_beside(owner: type, method: str, death: Death, *, before: bool) -> None:
    original: Method = getattr(owner, method)

    @wraps(original)
    async def dying(self: object, given: object, *args: Any, **kwargs: Any) -> Any:
        if before:
            death.comes()
        result = await original(self, given, *args, **kwargs)
        if not before and _does_something(given, result):
            death.comes()
        return result

    setattr(owner, method, dying)


def _die_in_transaction(owner: type, method: str, death: Death) -> None:
    """What the method gives to the writer kills when it has run, before its commit."""
    original: Method = getattr(owner, method)
    write = Database.write
    inside: ContextVar[object] = ContextVar("inside", default=None)

    @wraps(original)
    async def dying(self: object, given: object, *args: Any, **kwargs: Any) -> Any:
        token = inside.set(given)
        try:
            return await original(self, given, *args, **kwargs)
        finally:
            inside.reset(token)

    @wraps(write)
    async def dying_write(self: Database, function: Callable[..., list[Any]], item: Any) -> Any:
        given = inside.get()

        def kills(connection: Any, batch: list[Any]) -> list[Any]:
            results = function(connection, batch)
            if _does_something(given, results[0]):
                death.comes()
            return results

        return await write(self, kills if given else function, item)

    setattr(owner, method, dying)
    Database.write = dying_write  # type: ignore[method-assign]


def main() -> None:
    """Be kinpay, up to the point."""
    separator = sys.argv.index("--")
    point, *nth = sys.argv[1:separator]
    die_at(point, int(nth[0]) if nth else 1)
    kinpay(sys.argv[separator + 1 :], prog_name="kinpay")


if __name__ == "__main__":
    main()
