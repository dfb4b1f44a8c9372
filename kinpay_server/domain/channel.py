"""A channel account: it lends its sequence number, so that many payments of the root account go side by side."""

from collections.abc import Mapping
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


@dataclass(frozen=True, slots=True)
class Channel:
    """Channel number `index` (from 0); `sequence` is the last number used, `balance` its XLM in stroops."""

    index: int
    address: str
    sequence: int
    balance: int
    state: ChannelState = ChannelState.FREE
