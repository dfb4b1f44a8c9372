"""What remembers, outside of the database, what was signed last."""

from typing import Protocol

NOTHING_SIGNED = "nothing"
"""The word of a `Witness` for: nothing has been signed since the database was made here."""


class Witness(Protocol):
    """Remembers, outside of the database, what was signed last: an older copy of the database does not know it."""

    @property
    def name(self) -> str:
        """Which one it is, in a few letters. A database that knows another one was last at work elsewhere."""

    def last(self) -> str | None:
        """The hash of the last attempt, or `nothing`; None when the database came from elsewhere."""

    def note(self, attempt_hash: str) -> None:
        """An attempt has been written down and is about to be sent."""
