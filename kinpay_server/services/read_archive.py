"""Read the ledgers of a gap from another Horizon, which still has them, so that nothing in them stays unknown."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

from kinpay_server.services.accept_gap import AcceptGap, Gap, GapStore
from kinpay_server.services.network_view import NetworkView
from kinpay_server.services.ports import LedgerUnavailable
from kinpay_server.services.refusals import Refused
from kinpay_server.services.watch_ledger import LEDGER_BITS, HistoryGap, WatchLedger

CHECK = "archive"
PATIENCE = 30
"""So many times in a row the archive may fail to show anything new."""

AGAIN_SECONDS = 1.0

ReadUntil = Callable[[int, str], Awaitable[None]]
"""Reads and settles until all of root up to a ledger is known (`services.read_history.ReadHistory`)."""


class ReadArchive:
    """The use case behind `kinpay reconcile --from-archive-gap URL`.

    The watcher itself reads, only from the other Horizon: open attempts are settled, payments that the database does
    not know are recorded as paid, and the cursor moves with each page. So it may be broken off and said again.
    """

    def __init__(
        self,
        store: GapStore,
        gaps: AcceptGap,
        watch: WatchLedger,
        read_until: ReadUntil,
        *,
        view: NetworkView,
        pause: float = AGAIN_SECONDS,
    ) -> None:
        """`gaps` knows the service's own Horizon; `watch`, `read_until` and `view` the archive."""
        self._store = store
        self._gaps = gaps
        self._watch = watch
        self._read_until = read_until
        self._view = view
        self._pause = pause

    async def __call__(self) -> Gap | None:
        """Read until there is no gap any more; what it was, or None when there was none.

        The service's Horizon goes on forgetting meanwhile, so it is looked at again after each reading.
        Raises `Refused`, `LedgerUnavailable`, and `WrongNetwork` for an archive of another network.
        """
        first: Gap | None = None
        while (gap := await self._gaps.gap()) is not None:
            await self._begin(gap)
            await self._read(gap.last)
            await self._pass(gap)
            first = replace(gap, first=first.first) if first else gap
        return first

    async def _begin(self, gap: Gap) -> None:
        """Take up the cursor. Raises `Refused` for an archive that does not have all of the gap."""
        await self._view.refresh()
        state = self._view.state
        try:
            await self._watch.start(state)
        except HistoryGap:
            raise Refused(
                f"that Horizon's history begins at ledger {state.elder_ledger}, and {gap.first} is wanted: "
                "name one that goes back further"
            ) from None
        if state.latest_ledger < gap.last:
            raise Refused(f"that Horizon is at ledger {state.latest_ledger} only, and {gap.last} is wanted")

    async def _read(self, last: int) -> None:
        failures, before = 0, await self._store.cursor()
        while True:
            try:
                await self._read_until(last, CHECK)
                return
            except LedgerUnavailable:
                failures, reached = failures + 1, await self._store.cursor()
                if reached != before:
                    failures, before = 0, reached
                if failures == PATIENCE:
                    raise
                await asyncio.sleep(self._pause)

    async def _pass(self, gap: Gap) -> None:
        """Have the cursor behind the gap, also when the last that root did in there was long before its end."""
        reached = await self._store.cursor() or "0"
        if int(reached) >> LEDGER_BITS < gap.last:
            await self._gaps.accept(replace(gap, cursor=reached))
