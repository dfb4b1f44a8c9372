"""Back-pressure: how many attempts may be under way at once, so that full ledgers are met with patience, not with bids.

When ledgers are full, the network refuses what its queue has no room for. Sending more then only fills its answers with
refusals, and raising every bid is bidding against oneself (ledger-facts: 123.6 XLM instead of 0.05 for the same
throughput). So, as TCP does: after refusals fewer go out, and for each one that lands a little more than one may.
"""

from collections.abc import Collection, Iterable

LEAST = 10
SHRINK = 0.7
GROW = 1.1


class Pressure:
    """Knows what is under way in this process, by hash; `begin` says what was under way at the start.

    What the network refused is not under way: it waits for its time to be sent again, and keeps no other from going.
    """

    def __init__(self, most: int) -> None:
        self._most = float(most)
        self._window = float(most)
        self._under_way: set[str] = set()

    @property
    def room(self) -> int:
        """How many more may be sent now."""
        return max(0, int(self._window) - len(self._under_way))

    @property
    def held_back(self) -> bool:
        """True while full ledgers keep payments waiting."""
        return self._window < self._most

    def begin(self, hashes: Iterable[str]) -> None:
        """These are under way already."""
        self._under_way = set(hashes)

    def sent(self, hashes: Iterable[str]) -> None:
        """These are about to be sent for the first time."""
        self._under_way.update(hashes)

    def refused(self, hashes: Collection[str]) -> None:
        """The network had no room for these."""
        self._under_way.difference_update(hashes)
        if hashes:
            self._window = max(LEAST, SHRINK * max(len(self._under_way), LEAST))

    def ended(self, hashes: Iterable[str], *, landed: int) -> None:
        """These have come to their end, `landed` of them because the ledger has them."""
        self._under_way.difference_update(hashes)
        self._window = min(self._most, self._window + (GROW - 1) * landed)
