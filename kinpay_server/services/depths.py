"""How much waits in the database, in numbers alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Depths:
    """From one snapshot. `oldest` is when the oldest accepted payment was posted (milliseconds since 1970)."""

    accepted: int
    submitted: int
    held: int
    oldest: int | None
    wallets_accepted: int
    wallets_held: int
    callbacks_waiting: int
    callbacks_dead: int
    channels: Mapping[str, int]


class DepthReader(Protocol):
    """Where it is kept."""

    async def depths(self) -> Depths:
        """How much waits; costs what waits, up to a bound, and not what was. Raises `Unavailable`."""
