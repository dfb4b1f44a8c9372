"""The addresses that somebody watches, in memory: what tells in no time that a payment concerns nobody.

It may hold addresses too many, never too few: who is told is decided anew, in the commit that tells.
"""

from kinpay_server.services.ports import Clock, WatchMarks, WatchStore

RELOAD_EACH = 1
"""After deletions all is read anew, at most once in so many milliseconds for each address."""


class WatchedAddresses:
    """`refresh` before `addresses` is relied on."""

    def __init__(self, store: WatchStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._added = 0
        self._removed = -1
        self._loaded_at = 0
        self.addresses: set[str] = set()

    async def refresh(self) -> WatchMarks:
        """Take up what has changed in the database. A watch whose PUT was answered before is in it afterwards."""
        marks = await self._store.watch_marks()
        if marks.removed != self._removed and self._may_reload():
            self.addresses = await self._store.addresses_watched(0)
            self._removed, self._loaded_at = marks.removed, self._clock()
        elif marks.added > self._added:
            self.addresses |= await self._store.addresses_watched(self._added)
        else:
            return marks
        self._added = marks.added
        return marks

    def _may_reload(self) -> bool:
        return not 0 <= self._clock() - self._loaded_at < RELOAD_EACH * len(self.addresses)
