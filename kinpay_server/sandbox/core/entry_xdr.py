"""Ledger entries and their keys as XDR bytes."""

import struct
from functools import lru_cache

from .entries import Account, ClaimableBalance, Data, Entry, Offer, Trustline

NO_EXT = b"\0\0\0\0"


@lru_cache(maxsize=1 << 14)
def encode(entry: Entry) -> bytes:
    """XDR bytes of LedgerEntry."""
    if isinstance(entry, Account):
        body = _account(entry)
    elif isinstance(entry, Trustline):
        body = _trustline(entry)
    elif isinstance(entry, Offer):
        body = _offer(entry)
    elif isinstance(entry, Data):
        body = b"\0\0\0\3" + _id(entry.account) + _opaque(entry.name) + _opaque(entry.value) + NO_EXT
    else:
        body = _claimable(entry)
    sponsored = entry.sponsor is not None or isinstance(entry, ClaimableBalance)
    ext = b"\0\0\0\1" + _optional_id(entry.sponsor) + NO_EXT if sponsored else NO_EXT
    return struct.pack(">I", entry.modified) + body + ext


def key_of(entry: Entry) -> bytes:
    """XDR bytes of the entry's LedgerKey."""
    if isinstance(entry, Account):
        return b"\0\0\0\0" + _id(entry.id)
    if isinstance(entry, Trustline):
        return b"\0\0\0\1" + _id(entry.account) + entry.asset.to_xdr()
    if isinstance(entry, Offer):
        return b"\0\0\0\2" + _id(entry.seller) + struct.pack(">q", entry.offer_id)
    if isinstance(entry, Data):
        return b"\0\0\0\3" + _id(entry.account) + _opaque(entry.name)
    return b"\0\0\0\4" + NO_EXT + entry.balance_id


def _id(key: bytes) -> bytes:
    return b"\0\0\0\0" + key


def _optional_id(key: bytes | None) -> bytes:
    return b"\0\0\0\0" if key is None else b"\0\0\0\1\0\0\0\0" + key


def _opaque(value: bytes) -> bytes:
    return struct.pack(">I", len(value)) + value + bytes(-len(value) % 4)


def _account(a: Account) -> bytes:
    signers = b"".join(s.key + struct.pack(">I", s.weight) for s in a.signers)
    return (
        b"\0\0\0\0\0\0\0\0"
        + a.id
        + struct.pack(">qqI", a.balance, a.sequence, a.sub_entries)
        + _optional_id(a.inflation_destination)
        + struct.pack(">I", a.flags)
        + _opaque(a.home_domain)
        + a.thresholds
        + struct.pack(">I", len(a.signers))
        + signers
        + _account_ext(a)
    )


def _account_ext(a: Account) -> bytes:
    """Version 1 holds liabilities, 2 sponsorship, 3 when the sequence number was used; each inside the one before."""
    sponsorship = a.sponsored or a.sponsoring or a.sequence_ledger
    if not (sponsorship or a.buying or a.selling):
        return NO_EXT
    first = struct.pack(">iqq", 1, a.buying, a.selling)
    if not sponsorship:
        return first + NO_EXT
    second = struct.pack(">iIII", 2, a.sponsored, a.sponsoring, len(a.signers))
    second += b"".join(_optional_id(s.sponsor) for s in a.signers)
    if not a.sequence_ledger:
        return first + second + NO_EXT
    return first + second + struct.pack(">iiIQ", 3, 0, a.sequence_ledger, a.sequence_time)


def _trustline(t: Trustline) -> bytes:
    ext = struct.pack(">iqqi", 1, t.buying, t.selling, 0) if t.buying or t.selling else NO_EXT
    head = b"\0\0\0\1\0\0\0\0" + t.account + t.asset.to_xdr()
    return head + struct.pack(">qqI", t.balance, t.limit, t.flags) + ext


def _offer(o: Offer) -> bytes:
    head = b"\0\0\0\2\0\0\0\0" + o.seller + struct.pack(">q", o.offer_id)
    return head + offer_body(o)


def offer_body(o: Offer) -> bytes:
    """An OfferEntry behind its id."""
    return o.selling.to_xdr() + o.buying.to_xdr() + struct.pack(">qiiI", o.amount, o.n, o.d, o.flags) + NO_EXT


def _claimable(c: ClaimableBalance) -> bytes:
    ext = struct.pack(">iiI", 1, 0, c.flags) if c.flags else NO_EXT
    claimants = struct.pack(">I", len(c.claimants)) + b"".join(c.claimants)
    head = b"\0\0\0\4" + NO_EXT + c.balance_id + claimants
    return head + c.asset.to_xdr() + struct.pack(">q", c.amount) + ext
