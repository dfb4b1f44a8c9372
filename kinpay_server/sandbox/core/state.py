"""The ledger's entries, and changes to them that can be kept or thrown away.

A `Txn` sits on a `LedgerState` or on another `Txn`, sees through to it, and hands its changes down on `commit`.
"""

from collections.abc import Iterator

from .assets import Asset
from .entries import Account, Change, Data, Entry, Key, Offer, Trustline, data_key, offer_key


class LedgerState:
    """All entries after the last closed ledger, with the order book beside them."""

    def __init__(self) -> None:
        self.entries: dict[Key, Entry] = {}
        self.books: dict[tuple[Asset, Asset], set[int]] = {}

    def get(self, key: Key) -> Entry | None:
        """The entry, or None."""
        return self.entries.get(key)

    def account(self, account_id: bytes) -> Account | None:
        """An account, or None."""
        return self.entries.get(account_id)  # type: ignore[return-value]

    def offers(self, selling: Asset, buying: Asset) -> dict[int, Offer]:
        """The offers of one side of a book by their ids."""
        ids = self.books.get((selling, buying), ())
        return {i: self.entries[offer_key(i)] for i in ids}  # type: ignore[misc]

    def absorb(self, changes: dict[Key, Entry | None]) -> None:
        """Takes over changes; None means that the entry is gone."""
        for key, entry in changes.items():
            if key[0] == "offer":
                self._shelve(self.entries.get(key), entry)
            if entry is None:
                self.entries.pop(key, None)
            else:
                self.entries[key] = entry

    def _shelve(self, before: Entry | None, after: Entry | None) -> None:
        if isinstance(before, Offer):
            self.books[before.selling, before.buying].discard(before.offer_id)
        if isinstance(after, Offer):
            self.books.setdefault((after.selling, after.buying), set()).add(after.offer_id)


class Txn:
    """Changes on top of `parent`, in ledger `ledger`."""

    __slots__ = ("ledger", "local", "parent")

    def __init__(self, parent: "LedgerState | Txn", ledger: int) -> None:
        self.parent = parent
        self.ledger = ledger
        self.local: dict[Key, Entry | None] = {}

    def get(self, key: Key) -> Entry | None:
        """The entry as it is now, or None."""
        if key in self.local:
            return self.local[key]
        return self.parent.get(key)

    def account(self, account_id: bytes) -> Account | None:
        """An account, or None."""
        return self.get(account_id)  # type: ignore[return-value]

    def trustline(self, account_id: bytes, asset: Asset) -> Trustline | None:
        """A trustline, or None."""
        return self.get((account_id, asset))  # type: ignore[return-value]

    def data(self, account_id: bytes, name: bytes) -> Data | None:
        """A data entry, or None."""
        return self.get(data_key(account_id, name))  # type: ignore[return-value]

    def offer(self, offer_id: int) -> Offer | None:
        """An offer, or None."""
        return self.get(offer_key(offer_id))  # type: ignore[return-value]

    def offers(self, selling: Asset, buying: Asset) -> dict[int, Offer]:
        """The offers of one side of a book by their ids, with the changes here."""
        found = self.parent.offers(selling, buying)
        for key, entry in self.local.items():
            if key[0] == "offer":
                offer_id: int = key[1]  # type: ignore[assignment]
                found.pop(offer_id, None)
                if isinstance(entry, Offer) and (entry.selling, entry.buying) == (selling, buying):
                    found[offer_id] = entry
        return found

    def put(self, entry: Entry) -> None:
        """Stores an entry as modified in this ledger."""
        self.local[entry.key] = entry if entry.modified == self.ledger else entry._replace(modified=self.ledger)

    def erase(self, key: Key) -> None:
        """Removes an entry."""
        self.local[key] = None

    def absorb(self, changes: dict[Key, Entry | None]) -> None:
        """Takes over changes of a transaction on top of this."""
        self.local.update(changes)

    def commit(self) -> None:
        """Hands the changes to what lies below."""
        self.parent.absorb(self.local)

    def changes(self) -> Iterator[Change]:
        """(before, after) of each entry that was touched, in the order of the first touch."""
        for key, after in self.local.items():
            before = self.parent.get(key)
            if before is not None or after is not None:
                yield before, after
