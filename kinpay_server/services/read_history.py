"""Read root's history up to a ledger, and know that no payment is missing in it.

A list does not say how far its Horizon has come, and behind a load balancer it may come from a replica that lags while
the root document comes from one that does not. An account's answer is one snapshot: it names its ledger, and the ledger
in which root's KIN balance changed last. Every payment out of root changes that balance.
"""

import asyncio

from kinpay_server.services.health import Health
from kinpay_server.services.network_view import NetworkView
from kinpay_server.services.ports import Ledger
from kinpay_server.services.watch_ledger import WatchLedger

AGAIN_SECONDS = 1.0
LOOKS = 4

LAG = 100
"""Ledgers. No replica lags so many: what a list does not show that long after is not in it."""


class ReadHistory:
    """What `StartUp` waits for."""

    def __init__(
        self, ledger: Ledger, watch: WatchLedger, view: NetworkView, *, root_address: str, health: Health
    ) -> None:
        self._ledger = ledger
        self._watch = watch
        self._view = view
        self._root = root_address
        self._health = health

    async def newest_ledger(self) -> int:
        """The newest of several looks, since one may be of a Horizon whose core is behind the others'.

        Raises `LedgerUnavailable`.
        """
        return max([(await self._ledger.network()).core_ledger for _ in range(LOOKS)])

    async def __call__(self, ledger: int, check: str) -> None:
        """Read and settle until every payment out of root up to `ledger` has been read; `check` says so meanwhile.

        Raises `LedgerUnavailable`.
        """
        while not await self._has_read(ledger):
            self._health.bad(check, f"waiting for history to show ledger {ledger}: what was sent before may still land")
            await asyncio.sleep(AGAIN_SECONDS)

    async def _has_read(self, ledger: int) -> bool:
        """Whether the list, read once more, shows all up to `ledger`.

        1. A snapshot of root in ledger L: L has come to `ledger`, and nothing was paid between the last change, T,
           and L.
        2. The list shows something of T, or of `ledger`, so whoever answered has all up to there.
        3. It does not, because what changed the balance is not in it (somebody took an offer of root's): then any
           replica has it once L is `LAG` ledgers further.
        """
        await self._view.refresh()
        if self._view.state.latest_ledger < ledger:
            await self._watch()
            return False
        latest, changed = await self._snapshot()
        await self._watch()
        least = min(ledger, changed)
        return latest >= ledger and (self._watch.read_until >= least or latest >= least + LAG)

    async def _snapshot(self) -> tuple[int, int]:
        """L and T; without a KIN balance of its own (the issuer) root's last change is not known, so T is L."""
        root = await self._ledger.account(self._root)
        if root is None:
            return (await self._ledger.evidence(self._root)).ledger, 0
        return root.ledger, root.ledger if root.kin_changed is None else root.kin_changed
