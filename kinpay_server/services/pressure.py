"""Back-pressure: how many attempts may be under way at once, so that full ledgers are met with patience, not with bids.

When ledgers are full, the network refuses what its queue has no room for. Sending more then only fills its answers with
refusals, and raising every bid is bidding against oneself (ledger-facts: 123.6 XLM instead of 0.05 for the same
throughput). So, as TCP does: after refusals fewer go out, and for each one that lands a little more than one may; once
several windows of them have landed and none was refused, the crowd is gone: one more for each that lands.
"""

from collections.abc import Collection, Iterable, Mapping

from kinpay_server.domain.attempt import Attempt, Purpose

CARRIED = frozenset({Purpose.PAYMENT, Purpose.WALLET})
"""What clients asked for, and `Pressure` counts; the rest is for the channels themselves."""

LEAST = 10
SHRINK = 0.7
GROW = 1.1
QUIET = 3
"""After so many windows without a refusal it grows fast."""


def bids_of(attempts: Iterable[Attempt]) -> dict[str, int]:
    """What those that `Pressure` counts bid for an operation, by hash: each has one."""
    return {one.hash: one.bump_bid or one.fee for one in attempts if one.purpose in CARRIED}


class Pressure:
    """Knows what is under way in this process, and its bids, by hash; `begin` says what was under way at the start.

    What the network refused is not under way: it waits for its time to be sent again, and keeps no other from going.
    """

    def __init__(self, most: int) -> None:
        self._most = float(most)
        self._window = float(most)
        self._careful = 0.0
        self._under_way: dict[str, int] = {}

    @property
    def room(self) -> int:
        """How many more may be sent now."""
        return max(0, int(self._window) - len(self._under_way))

    @property
    def under_way(self) -> frozenset[str]:
        """The hashes that are counted."""
        return frozenset(self._under_way)

    @property
    def held_back(self) -> bool:
        """True while full ledgers keep payments waiting."""
        return self._window < self._most

    def begin(self, bids: Mapping[str, int]) -> None:
        """These are under way already."""
        self._under_way = dict(bids)

    def sent(self, bids: Mapping[str, int]) -> None:
        """These are about to be sent, for the first time or again."""
        self._under_way.update(bids)

    def is_own(self, bid: int) -> bool:
        """True when something that is under way bids just that: who must outbid it bids against us."""
        return bid in self._under_way.values()

    def refused(self, hashes: Collection[str]) -> None:
        """The network had no room for these."""
        self.forget(hashes)
        if hashes:
            self._window = max(LEAST, SHRINK * max(len(self._under_way), LEAST))
            self._careful = QUIET * self._window

    def forget(self, hashes: Iterable[str]) -> None:
        """These are under way no more: outbid, dropped, or at their end and nobody here saw how."""
        for one in hashes:
            self._under_way.pop(one, None)

    def ended(self, hashes: Iterable[str], *, landed: int) -> None:
        """These have come to their end, `landed` of them because the ledger has them."""
        self.forget(hashes)
        self._careful = max(0.0, self._careful - landed)
        growth = GROW - 1 if self._careful else 1.0
        self._window = min(self._most, self._window + growth * landed)
