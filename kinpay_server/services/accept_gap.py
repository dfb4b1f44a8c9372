"""Accept a gap: go on although nobody can tell any more what the root account did in some ledgers."""

from dataclasses import dataclass
from typing import Protocol

from kinpay_server.services.differences import LedgerReader
from kinpay_server.services.ports import Clock
from kinpay_server.services.refusals import Refused
from kinpay_server.services.watch_ledger import LEDGER_BITS


@dataclass(frozen=True, slots=True)
class Gap:
    """Ledgers `first` to `last` have not been read, and Horizon does not have them any more.

    `cursor` is what is stored, `unpaid` the number of payments that wait or are on their way.
    """

    first: int
    last: int
    cursor: str
    unpaid: int


class GapStore(Protocol):
    """What it reads and writes."""

    async def cursor(self) -> str | None:
        """Up to where root's transactions have been settled; None on a new database."""

    async def unpaid(self) -> int:
        """How many payments wait or are on their way."""

    async def move_cursor(self, before: str, after: str, now: int) -> bool:
        """Set the cursor if it is still `before`; False, with nothing changed, when it is not."""


class AcceptGap:
    """Behind `kinpay reconcile --from-archive-gap` without URL: look, then, once a person has confirmed, accept."""

    def __init__(self, store: GapStore, ledger: LedgerReader, *, passphrase: str, clock: Clock) -> None:
        self._store = store
        self._ledger = ledger
        self._passphrase = passphrase
        self._clock = clock

    async def gap(self) -> Gap | None:
        """The gap (`services.watch_ledger.HistoryGap`); None when there is none. Raises `Refused`."""
        state = await self._ledger.network()
        if state.passphrase != self._passphrase:
            raise Refused(
                f"Horizon serves the network {state.passphrase!r}, but [stellar] network is {self._passphrase!r}"
            )
        cursor = await self._store.cursor()
        read_until = state.elder_ledger if cursor is None else int(cursor) >> LEDGER_BITS
        if cursor is None or read_until >= state.elder_ledger - 1:
            return None
        return Gap(read_until + 1, state.elder_ledger - 1, cursor, await self._store.unpaid())

    async def accept(self, gap: Gap) -> None:
        """Go on with the first ledger that Horizon has. Raises `Refused` when somebody else has moved the cursor."""
        after = str(gap.last << LEDGER_BITS)
        if not await self._store.move_cursor(gap.cursor, after, self._clock()):
            raise Refused("the cursor has moved meanwhile: look again")
