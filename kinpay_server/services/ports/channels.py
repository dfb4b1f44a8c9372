"""Where channels are kept. Each method of the store is one durable transaction."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from kinpay_server.domain.attempt import Attempt
from kinpay_server.domain.channel import Channel


@dataclass(frozen=True, slots=True)
class Funding:
    """An attempt, and the stroops that it is to give to channels, by their index."""

    attempt: Attempt
    amounts: dict[int, int]


class ChannelStore(Protocol):
    """What opening channels reads and writes."""

    async def channel_counts(self) -> dict[str, int]:
        """How many channels are in each state."""

    async def plan_channels(self, count: int, addresses: Callable[[int], str], now: int) -> None:
        """Plan `count` more (state opening), with the next indexes; fewer where these end (`domain.channel`)."""

    async def next_index(self) -> int:
        """The index that the next channel gets: one more than the highest there is, retired ones included."""

    async def planned_channels(self) -> list[int]:
        """Indexes of channels that are to be opened and are in no open attempt."""

    async def adopt_channels(self, channels: Sequence[Channel], now: int) -> None:
        """Take channels that exist on the ledger already as free ones; ones that are known are left as they are."""

    async def lend_channels(self, limit: int, now: int) -> list[Channel]:
        """Lend free channels to be sources of opening transactions."""

    async def return_channels(self, indexes: Sequence[int], now: int) -> None:
        """Give back lent channels with which nothing was signed."""

    async def record_fundings(self, fundings: Sequence[Funding]) -> None:
        """Write attempts, and what each is to give to which channels, before anything is sent."""

    async def indexes_funded_by(self, attempt_hash: str) -> list[int]:
        """The channels that an attempt is to open or top up."""

    async def short_channels(self, below: int, limit: int) -> list[Channel]:
        """Channels whose balance is below so many stroops and that no open attempt tops up, the poorest first."""

    async def free_channels(self) -> list[Channel]:
        """All channels that are free."""

    async def note_ledger(self, channels: Sequence[Channel], now: int) -> None:
        """Take numbers and balances of free channels from the ledger; they never go back to a lower number."""

    async def numbers_of(self, source: str) -> tuple[bool, int]:
        """Whether an attempt with that source is open, and the highest number ever signed for with it (0: none)."""
