"""What an account must keep: base reserves, and who pays for them (CAP-33)."""

from enum import Enum

from .entries import Account, Trustline
from .state import Txn

BASE_RESERVE = 5_000_000
"""Stroops for each entry; an account counts as two."""
MAX_SUBENTRIES = 1000
MAX_AMOUNT = (1 << 63) - 1


class Reserve(Enum):
    """Whether an entry can be paid for."""

    FINE = 0
    LOW = 1
    TOO_MANY_SUBENTRIES = 2
    TOO_MANY_SPONSORING = 3


def minimum_balance(account: Account) -> int:
    """Stroops that the account must keep, liabilities apart."""
    return (2 + account.sub_entries + account.sponsoring - account.sponsored) * BASE_RESERVE


def spendable(account: Account) -> int:
    """Stroops that may leave the account; negative if it is below its reserve."""
    return account.balance - minimum_balance(account) - account.selling


def room(account: Account) -> int:
    """Stroops that the account can still take."""
    return MAX_AMOUNT - account.balance - account.buying


def line_spendable(line: Trustline) -> int:
    """How much of the asset may leave the trustline."""
    return line.balance - line.selling


def line_room(line: Trustline) -> int:
    """How much of the asset the trustline can still take."""
    return line.limit - line.balance - line.buying


def take_on(txn: Txn, sponsor_id: bytes, count: int) -> Reserve:
    """Makes `sponsor_id` pay for `count` more reserves."""
    sponsor = txn.account(sponsor_id)
    if sponsor is None or spendable(sponsor) < count * BASE_RESERVE:
        return Reserve.LOW
    if sponsor.sponsoring + count > 0xFFFFFFFF:
        return Reserve.TOO_MANY_SPONSORING
    txn.put(sponsor._replace(sponsoring=sponsor.sponsoring + count))
    return Reserve.FINE


def let_go(txn: Txn, sponsor_id: bytes, count: int) -> None:
    """Frees `sponsor_id` of `count` reserves."""
    sponsor = txn.account(sponsor_id)
    if sponsor is not None:
        txn.put(sponsor._replace(sponsoring=sponsor.sponsoring - count))


def add_subentry(txn: Txn, owner_id: bytes, sponsor_id: bytes | None) -> Reserve:
    """One more entry of the owner's, paid for by the sponsor or by the owner."""
    owner = txn.account(owner_id)
    assert owner is not None  # noqa: S101 - the caller has just seen it
    if owner.sub_entries >= MAX_SUBENTRIES:
        return Reserve.TOO_MANY_SUBENTRIES
    if sponsor_id is None:
        if spendable(owner) < BASE_RESERVE:
            return Reserve.LOW
        txn.put(owner._replace(sub_entries=owner.sub_entries + 1))
        return Reserve.FINE
    outcome = take_on(txn, sponsor_id, 1)
    if outcome is Reserve.FINE:
        owner = txn.account(owner_id)
        assert owner is not None  # noqa: S101 - it was there above
        txn.put(owner._replace(sub_entries=owner.sub_entries + 1, sponsored=owner.sponsored + 1))
    return outcome


def remove_subentry(txn: Txn, owner_id: bytes, sponsor_id: bytes | None) -> None:
    """One entry of the owner's less."""
    if sponsor_id is not None:
        let_go(txn, sponsor_id, 1)
    owner = txn.account(owner_id)
    assert owner is not None  # noqa: S101 - entries do not outlive their owner
    freed = 0 if sponsor_id is None else 1
    txn.put(owner._replace(sub_entries=owner.sub_entries - 1, sponsored=owner.sponsored - freed))
