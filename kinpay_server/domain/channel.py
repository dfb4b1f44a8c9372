"""A channel account: it lends its sequence number, so that many payments of the root account go side by side."""

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from enum import StrEnum


class ChannelState(StrEnum):
    """Where a channel stands."""

    OPENING = "opening"
    FREE = "free"
    LENT = "lent"
    RETIRED = "retired"


TRANSITIONS: Mapping[ChannelState, frozenset[ChannelState]] = {
    ChannelState.OPENING: frozenset({ChannelState.FREE}),
    ChannelState.FREE: frozenset({ChannelState.LENT, ChannelState.RETIRED}),
    # It comes back only when the fate of what it carries is known.
    ChannelState.LENT: frozenset({ChannelState.FREE, ChannelState.RETIRED}),
    ChannelState.RETIRED: frozenset(),
}


MOST_INDEXES = 2**16
"""An index has two bytes where keys are derived from it."""


LAST_SEQUENCE = 2**63 - 1
"""No number comes after it: an account that has reached it (BumpSequence does that) can sign for nothing any more."""


def indexes(max_channels: int, *, known: int = 0) -> range:
    """The indexes that channels may have when there may be so many at once, and those below `known` have been given.

    Each takes the next one, also in the place of a retired one, so those that are not known come right behind.
    """
    return range(min(known + 2 * max_channels, MOST_INDEXES))


def indexes_of(addresses: Set[str], address_of: Callable[[int], str], *, max_channels: int) -> dict[str, int]:
    """The indexes of those of the addresses that are channels.

    The search goes on behind each one that it finds, and ends where so many in a row are none that no more can follow.
    """
    found: dict[str, int] = {}
    behind = 0
    for index in range(MOST_INDEXES):
        if index not in indexes(max_channels, known=behind):
            break
        if (address := address_of(index)) in addresses:
            found[address] = index
            behind = index + 1
    return found


@dataclass(frozen=True, slots=True)
class Channel:
    """Channel number `index` (from 0); `balance` is its XLM in stroops.

    `sequence` is the last number used on the ledger, `signed` the highest one that was ever signed for. No number is
    signed for twice, so the next is `signed + 1`; when it leaves a gap, because a number was signed for and the
    envelope proven dead, the transaction must say so (`min_sequence`, CAP-21).
    """

    index: int
    address: str
    sequence: int
    signed: int
    balance: int
    state: ChannelState = ChannelState.FREE

    @property
    def next_sequence(self) -> int:
        """The number that its next transaction uses."""
        return max(self.signed, self.sequence) + 1

    @property
    def min_sequence(self) -> int | None:
        """What the transaction must name as the account's least number, because `next_sequence` leaves a gap."""
        return self.sequence if self.signed > self.sequence else None
