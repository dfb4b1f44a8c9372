"""Back-pressure: how many attempts may be under way at once, so that full ledgers are met with patience, not with bids.

When ledgers are full, the network refuses what its queue has no room for. Sending more then only fills its answers with
refusals, and raising every bid is bidding against oneself (ledger-facts: 123.6 XLM instead of 0.05 for the same
throughput). So, as TCP does: after refusals fewer go out, and for each one that lands a little more than one may.
"""

LEAST = 10
SHRINK = 0.7
GROW = 1.1


class Pressure:
    """Counts what is under way in this process; `begin` says what was under way at the start."""

    def __init__(self, most: int) -> None:
        self._most = float(most)
        self._window = float(most)
        self.under_way = 0

    @property
    def room(self) -> int:
        """How many more may be sent now."""
        return max(0, int(self._window) - self.under_way)

    @property
    def held_back(self) -> bool:
        """True while full ledgers keep payments waiting."""
        return self._window < self._most

    def begin(self, under_way: int) -> None:
        """So many are under way already."""
        self.under_way = under_way

    def sent(self, count: int) -> None:
        """So many more are under way."""
        self.under_way += count

    def refused(self, count: int) -> None:
        """The network had no room for so many of those that are under way."""
        if count:
            queued = max(0, self.under_way - count)
            self._window = max(LEAST, SHRINK * max(queued, LEAST))

    def ended(self, count: int, *, landed: int) -> None:
        """So many are not under way any more, `landed` of them because the ledger has them."""
        self.under_way = max(0, self.under_way - count)
        self._window = min(self._most, self._window + (GROW - 1) * landed)
