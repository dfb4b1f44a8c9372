"""The addresses in memory: at no time too few."""

import pytest

from kinpay_server.services.ports import WatchMarks
from kinpay_server.services.watched_addresses import WatchedAddresses


class FakeStore:
    """`WatchStore`, as far as it is read here."""

    def __init__(self) -> None:
        self.versions: dict[str, int] = {}
        self.added = 0
        self.removed = 0
        self.loads: list[int] = []

    def add(self, *addresses: str) -> None:
        self.added += 1
        self.versions |= dict.fromkeys(addresses, self.added)

    def remove(self, address: str) -> None:
        self.removed += 1
        del self.versions[address]

    async def watch_marks(self) -> WatchMarks:
        return WatchMarks(self.added, self.removed, None, 0)

    async def addresses_watched(self, after: int) -> set[str]:
        self.loads.append(after)
        return {address for address, version in self.versions.items() if version > after}


class Watched:
    """The part, its store and a clock in milliseconds."""

    def __init__(self) -> None:
        self.store = FakeStore()
        self.now = 1_000_000
        self.part = WatchedAddresses(self.store, lambda: self.now)  # type: ignore[arg-type]

    async def addresses(self) -> set[str]:
        await self.part.refresh()
        return self.part.addresses


@pytest.mark.gen_test
async def test_only_what_is_new_is_read() -> None:
    watched = Watched()
    watched.store.add("A", "B")
    assert await watched.addresses() == {"A", "B"}
    watched.store.add("C")
    assert await watched.addresses() == {"A", "B", "C"}
    assert await watched.addresses() == {"A", "B", "C"}
    assert watched.store.loads == [0, 1]


@pytest.mark.gen_test
async def test_after_a_deletion_all_is_read_anew_but_not_too_often() -> None:
    watched = Watched()
    watched.store.add(*map(str, range(1000)))
    await watched.addresses()
    watched.store.remove("7")
    assert "7" in await watched.addresses()
    watched.store.add("C")
    assert {"7", "C"} < await watched.addresses()
    watched.now += 1001
    assert "7" not in await watched.addresses()
    assert "C" in watched.part.addresses
    assert watched.store.loads == [0, 1, 0]


@pytest.mark.gen_test
async def test_a_clock_that_is_set_back_does_not_keep_what_was_deleted() -> None:
    watched = Watched()
    watched.store.add(*map(str, range(1000)))
    await watched.addresses()
    watched.store.remove("7")
    watched.now -= 3_600_000
    assert "7" not in await watched.addresses()
