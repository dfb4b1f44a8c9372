"""Taking offers from a book: best price first, then the oldest (core's convertWithOffers)."""

import struct
from collections.abc import Callable
from enum import Enum
from fractions import Fraction
from typing import NamedTuple

from .assets import Asset
from .entries import Offer
from .exchange import Rounding, adjusted, exchange, liabilities
from .reserves import MAX_AMOUNT, line_room, line_spendable, remove_subentry, room, spendable
from .state import Txn

MAX_CROSSED = 1000


class Claim(NamedTuple):
    """An offer that was taken, wholly or in part: what its seller gave and got."""

    seller: bytes
    offer_id: int
    sold: Asset
    sold_amount: int
    bought: Asset
    bought_amount: int

    def to_xdr(self) -> bytes:
        """XDR bytes of a ClaimAtom."""
        head = b"\0\0\0\1\0\0\0\0" + self.seller + struct.pack(">q", self.offer_id)
        sold = self.sold.to_xdr() + struct.pack(">q", self.sold_amount)
        return head + sold + self.bought.to_xdr() + struct.pack(">q", self.bought_amount)


class Stop(Enum):
    """Why a conversion ended."""

    DONE = 0
    PARTIAL = 1
    SELF = 2
    BAD_PRICE = 3
    TOO_MANY = 4


class Conversion(NamedTuple):
    """What was sent and received, from whom, and why it ended."""

    sent: int
    received: int
    claims: tuple[Claim, ...]
    stop: Stop


Filter = Callable[[Offer], Stop | None]


def price_of(offer: Offer) -> tuple[Fraction, int]:
    """What orders a book."""
    return Fraction(offer.n, offer.d), offer.offer_id


def can_sell(txn: Txn, account_id: bytes, asset: Asset) -> int:
    """The most that an account can give, its other offers left standing."""
    if asset.is_native:
        account = txn.account(account_id)
        return 0 if account is None else max(0, spendable(account))
    if asset.issuer == account_id:
        return MAX_AMOUNT
    line = txn.trustline(account_id, asset)
    return 0 if line is None or not line.may_keep_offers else max(0, line_spendable(line))


def can_buy(txn: Txn, account_id: bytes, asset: Asset) -> int:
    """The most that an account can take."""
    if asset.is_native:
        account = txn.account(account_id)
        return 0 if account is None else room(account)
    if asset.issuer == account_id:
        return MAX_AMOUNT
    line = txn.trustline(account_id, asset)
    return 0 if line is None or not line.may_keep_offers else max(0, line_room(line))


def shift(txn: Txn, account_id: bytes, asset: Asset, delta: int) -> None:
    """Changes a balance that was found to allow it."""
    if asset.is_native:
        account = txn.account(account_id)
        assert account is not None  # noqa: S101
        txn.put(account._replace(balance=account.balance + delta))
    elif asset.issuer != account_id:
        line = txn.trustline(account_id, asset)
        assert line is not None  # noqa: S101
        txn.put(line._replace(balance=line.balance + delta))


def hold(txn: Txn, offer: Offer, sign: int) -> None:
    """Takes on (+1) or lets go (-1) an offer's liabilities."""
    selling, buying = liabilities(offer.n, offer.d, offer.amount)
    _oblige(txn, offer.seller, offer.selling, sign * selling, 0)
    _oblige(txn, offer.seller, offer.buying, 0, sign * buying)


def _oblige(txn: Txn, account_id: bytes, asset: Asset, selling: int, buying: int) -> None:
    if asset.is_native:
        account = txn.account(account_id)
        assert account is not None  # noqa: S101
        txn.put(account._replace(selling=account.selling + selling, buying=account.buying + buying))
    elif asset.issuer != account_id:
        line = txn.trustline(account_id, asset)
        assert line is not None  # noqa: S101
        txn.put(line._replace(selling=line.selling + selling, buying=line.buying + buying))


def convert(
    txn: Txn, sheep: Asset, max_send: int, wheat: Asset, max_receive: int, rounding: Rounding, check: Filter
) -> Conversion:
    """Buys wheat for sheep until a limit is reached, nobody sells, or `check` stops at an offer."""
    sent = received = 0
    claims: list[Claim] = []
    more = max_send > 0 and max_receive > 0
    book = sorted(txn.offers(wheat, sheep).values(), key=price_of) if more else []
    for offer in book:
        stop = check(offer)
        if stop is not None:
            return Conversion(sent, received, tuple(claims), stop)
        if len(claims) >= MAX_CROSSED:
            return Conversion(sent, received, tuple(claims), Stop.TOO_MANY)
        claim, wheat_stays, taken = _cross(txn, offer, max_receive - received, max_send - sent, rounding)
        claims.append(claim)
        sent += claim.bought_amount
        received += claim.sold_amount
        more = not wheat_stays and sent < max_send and received < max_receive
        if not more:
            return Conversion(sent, received, tuple(claims), Stop.DONE)
        if not taken:
            return Conversion(sent, received, tuple(claims), Stop.PARTIAL)
    return Conversion(sent, received, tuple(claims), Stop.PARTIAL if more else Stop.DONE)


def _cross(txn: Txn, offer: Offer, max_wheat: int, max_sheep: int, rounding: Rounding) -> tuple[Claim, bool, bool]:
    """-> (what was taken, whether the offer outlasts the taker, whether it is gone)"""
    hold(txn, offer, -1)
    wheat_send = min(offer.amount, can_sell(txn, offer.seller, offer.selling))
    sheep_receive = can_buy(txn, offer.seller, offer.buying)
    wheat_send = adjusted(offer.n, offer.d, wheat_send, sheep_receive)
    done = exchange(offer.n, offer.d, wheat_send, max_wheat, max_sheep, sheep_receive, rounding)
    shift(txn, offer.seller, offer.buying, done.sheep)
    shift(txn, offer.seller, offer.selling, -done.wheat)
    left = 0
    if done.wheat_stays:
        rest = min(wheat_send - done.wheat, can_sell(txn, offer.seller, offer.selling))
        left = adjusted(offer.n, offer.d, rest, can_buy(txn, offer.seller, offer.buying))
    if left == 0:
        txn.erase(offer.key)
        remove_subentry(txn, offer.seller, offer.sponsor)
    else:
        kept = offer._replace(amount=left)
        txn.put(kept)
        hold(txn, kept, 1)
    claim = Claim(offer.seller, offer.offer_id, offer.selling, done.wheat, offer.buying, done.sheep)
    return claim, done.wheat_stays, left == 0
