"""The ledger's entries as far as history has read them, with the indexes that lists need."""

from typing import TypeVar

from ..core.addresses import address_of
from ..core.assets import Asset
from ..core.entries import Account, ClaimableBalance, Data, Entry, Key, Offer, Trustline

K = TypeVar("K")
V = TypeVar("V")


class Snapshot:
    """One consistent state after a ledger. Accounts are found by sponsor, signer and asset."""

    def __init__(self) -> None:
        self.entries: dict[Key, Entry] = {}
        self.lines: dict[bytes, dict[Asset, Trustline]] = {}
        self.data: dict[bytes, dict[bytes, Data]] = {}
        self.offers: dict[int, Offer] = {}
        self.claimable: dict[bytes, ClaimableBalance] = {}
        self.by_sponsor: dict[bytes, dict[bytes, int]] = {}
        self.by_signer: dict[bytes, set[bytes]] = {}
        self.by_asset: dict[Asset, set[bytes]] = {}
        self._sorted: dict[bytes, list[bytes]] = {}

    def account(self, account_id: bytes) -> Account | None:
        """An account, or None."""
        return self.entries.get(account_id)  # type: ignore[return-value]

    def absorb(self, changes: dict[Key, Entry | None]) -> None:
        """Takes over the changes of a ledger."""
        for key, after in changes.items():
            before = self.entries.get(key)
            if after is None:
                self.entries.pop(key, None)
            else:
                self.entries[key] = after
            if before is not None or after is not None:
                self._index(before, after)

    def assets(self) -> set[Asset]:
        """Every asset that somebody trusts or may claim."""
        held = {asset for asset, holders in self.by_asset.items() if holders}
        return held | {balance.asset for balance in self.claimable.values() if not balance.asset.is_native}

    def sponsored_by(self, sponsor: bytes) -> list[bytes]:
        """Accounts with an entry that this one sponsors, in the order of their addresses."""
        found = self._sorted.get(sponsor)
        if found is None:
            found = self._sorted[sponsor] = sorted(self.by_sponsor.get(sponsor, ()), key=address_of)
        return found

    def _index(self, before: Entry | None, after: Entry | None) -> None:
        entry = after if after is not None else before
        if isinstance(entry, Account):
            self._index_account(before, after)  # type: ignore[arg-type]
        elif isinstance(entry, Trustline):
            self._shelve(self.lines, entry.account, entry.asset, after)
            holders = self.by_asset.setdefault(entry.asset, set())
            holders.add(entry.account) if after is not None else holders.discard(entry.account)
            self._sponsorship(entry.account, before, after)
        elif isinstance(entry, Data):
            self._shelve(self.data, entry.account, entry.name, after)
            self._sponsorship(entry.account, before, after)
        elif isinstance(entry, Offer):
            self._place(self.offers, entry.offer_id, after)
        elif isinstance(entry, ClaimableBalance):
            self._place(self.claimable, entry.balance_id, after)

    def _index_account(self, before: Account | None, after: Account | None) -> None:
        account = after if after is not None else before
        assert account is not None  # noqa: S101
        self._sponsorship(account.id, before, after)
        old, new = _signer_keys(before), _signer_keys(after)
        if old == new:
            return
        for key in old - new:
            self.by_signer[key].discard(account.id)
        for key in new - old:
            self.by_signer.setdefault(key, set()).add(account.id)

    def _sponsorship(self, account_id: bytes, before: Entry | None, after: Entry | None) -> None:
        old, new = _sponsors(before), _sponsors(after)
        if old == new:
            return
        for sponsor, sign in (*((s, -1) for s in old), *((s, 1) for s in new)):
            counts = self.by_sponsor.setdefault(sponsor, {})
            counts[account_id] = counts.get(account_id, 0) + sign
            if not counts[account_id]:
                del counts[account_id]
            self._sorted.pop(sponsor, None)

    @staticmethod
    def _place(shelf: dict[K, V], name: K, after: Entry | None) -> None:
        if after is None:
            shelf.pop(name, None)
        else:
            shelf[name] = after  # type: ignore[assignment]

    def _shelve(self, shelves: dict[bytes, dict[K, V]], owner: bytes, name: K, after: Entry | None) -> None:
        self._place(shelves.setdefault(owner, {}), name, after)


def _signer_keys(account: Account | None) -> set[bytes]:
    if account is None:
        return set()
    keys = {signer.key for signer in account.signers}
    if account.thresholds[0]:
        keys.add(b"\0\0\0\0" + account.id)
    return keys


def _sponsors(entry: Entry | None) -> list[bytes]:
    if entry is None:
        return []
    found = [] if entry.sponsor is None else [entry.sponsor]
    if isinstance(entry, Account):
        found += [s.sponsor for s in entry.signers if s.sponsor is not None]
    return found
