"""What the ledger holds: immutable entries, each with the key under which it is kept.

Amounts are stroops. `modified` is the ledger that last changed the entry; `sponsor` who pays its reserve, if another.
"""

from typing import NamedTuple

from .assets import Asset

Key = bytes | tuple[object, ...]

AUTH_REQUIRED, AUTH_REVOCABLE, AUTH_IMMUTABLE, AUTH_CLAWBACK = 1, 2, 4, 8
AUTHORIZED, MAINTAIN_LIABILITIES, TRUSTLINE_CLAWBACK = 1, 2, 4


class Signer(NamedTuple):
    """A further signer of an account. `key` is the XDR of a SignerKey, so that all kinds compare alike."""

    key: bytes
    weight: int
    sponsor: bytes | None = None


class Account(NamedTuple):
    """An account; its key is its raw public key. `thresholds` are master weight, low, medium, high."""

    id: bytes
    balance: int
    sequence: int
    sub_entries: int = 0
    inflation_destination: bytes | None = None
    flags: int = 0
    home_domain: bytes = b""
    thresholds: bytes = b"\1\0\0\0"
    signers: tuple[Signer, ...] = ()
    buying: int = 0
    selling: int = 0
    sponsored: int = 0
    sponsoring: int = 0
    sequence_ledger: int = 0
    sequence_time: int = 0
    sponsor: bytes | None = None
    modified: int = 0

    @property
    def key(self) -> Key:
        """Where it is kept."""
        return self.id


class Trustline(NamedTuple):
    """How much of an asset an account holds and may hold."""

    account: bytes
    asset: Asset
    balance: int
    limit: int
    flags: int = AUTHORIZED
    buying: int = 0
    selling: int = 0
    sponsor: bytes | None = None
    modified: int = 0

    @property
    def key(self) -> Key:
        """Where it is kept."""
        return (self.account, self.asset)

    @property
    def is_authorized(self) -> bool:
        """Whether it may pay and be paid."""
        return bool(self.flags & AUTHORIZED)

    @property
    def may_keep_offers(self) -> bool:
        """Whether its offers may stand, at least."""
        return bool(self.flags & (AUTHORIZED | MAINTAIN_LIABILITIES))


class Data(NamedTuple):
    """A named note of an account's."""

    account: bytes
    name: bytes
    value: bytes
    sponsor: bytes | None = None
    modified: int = 0

    @property
    def key(self) -> Key:
        """Where it is kept."""
        return data_key(self.account, self.name)


class Offer(NamedTuple):
    """An offer to sell `amount` of an asset at `n`/`d` of the other for one."""

    seller: bytes
    offer_id: int
    selling: Asset
    buying: Asset
    amount: int
    n: int
    d: int
    flags: int = 0
    sponsor: bytes | None = None
    modified: int = 0

    @property
    def key(self) -> Key:
        """Where it is kept."""
        return offer_key(self.offer_id)


class ClaimableBalance(NamedTuple):
    """An amount that waits for one of its claimants (XDR of each Claimant)."""

    balance_id: bytes
    claimants: tuple[bytes, ...]
    asset: Asset
    amount: int
    flags: int = 0
    sponsor: bytes | None = None
    modified: int = 0

    @property
    def key(self) -> Key:
        """Where it is kept."""
        return claimable_key(self.balance_id)


Entry = Account | Trustline | Data | Offer | ClaimableBalance
Change = tuple[Entry | None, Entry | None]


def data_key(account: bytes, name: bytes) -> Key:
    """Where a data entry is kept."""
    return ("data", account, name)


def offer_key(offer_id: int) -> Key:
    """Where an offer is kept."""
    return ("offer", offer_id)


def claimable_key(balance_id: bytes) -> Key:
    """Where a claimable balance is kept."""
    return ("claimable", balance_id)
