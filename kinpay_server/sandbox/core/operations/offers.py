"""MANAGE_SELL_OFFER, MANAGE_BUY_OFFER and CREATE_PASSIVE_SELL_OFFER."""

import struct
from fractions import Fraction
from typing import NamedTuple

from stellar_sdk.xdr import ManageBuyOfferResultCode as Buy
from stellar_sdk.xdr import ManageSellOfferResultCode as Sell
from stellar_sdk.xdr import OperationType

from ..assets import Asset, asset_from_xdr, is_valid
from ..entries import Offer
from ..entry_xdr import offer_body
from ..envelope import Operation
from ..exchange import Rounding, adjusted, exchange_loosely
from ..order_book import Conversion, Stop, can_buy, can_sell, convert, hold, shift
from ..reserves import MAX_AMOUNT, Reserve, add_subentry, remove_subentry
from ..results import OP_EXCEEDED_WORK_LIMIT, op_result
from ..state import Txn
from .context import Context, reserve_failure

BUY = OperationType.MANAGE_BUY_OFFER.value
PASSIVE = OperationType.CREATE_PASSIVE_SELL_OFFER.value
PASSIVE_FLAG = 1
CREATED, UPDATED, DELETED = 0, 1, 2


class Wanted(NamedTuple):
    """An offer as it was asked for; `n`/`d` is what it wants for one of what it sells.

    `sell_limit` and `buy_limit` bound it from either side: one of them is what the operation names.
    """

    selling: Asset
    buying: Asset
    n: int
    d: int
    sell_limit: int
    buy_limit: int
    offer_id: int
    amount: int
    passive: bool


def wanted_of(op: Operation) -> Wanted:
    """What the three operations have in common; a buy offer's price is turned round."""
    body = op.body
    selling, buying = asset_from_xdr(body.selling), asset_from_xdr(body.buying)
    n, d = body.price.n.int32, body.price.d.int32
    offer_id = 0 if op.type == PASSIVE else body.offer_id.int64
    if op.type == BUY:
        amount = body.buy_amount.int64
        return Wanted(selling, buying, d, n, MAX_AMOUNT, amount, offer_id, amount, False)
    amount = body.amount.int64
    return Wanted(selling, buying, n, d, amount, MAX_AMOUNT, offer_id, amount, op.type == PASSIVE)


def check(op: Operation) -> bytes | None:
    """A result if it can never succeed, whatever the ledger holds."""
    want = wanted_of(op)
    good = is_valid(want.selling) and is_valid(want.buying) and want.selling != want.buying
    good = good and want.n > 0 and want.d > 0 and want.amount >= 0 and want.offer_id >= 0
    if not good or (want.amount == 0 and (want.offer_id == 0 or op.type == PASSIVE)):
        return _fail(op, "MALFORMED")
    return None


def apply(txn: Txn, op: Operation, context: Context) -> bytes:
    """Takes what there is at the price or better; the rest stands in the book."""
    want = wanted_of(op)
    old = None
    if want.offer_id:
        old = txn.offer(want.offer_id)
        if old is None or old.seller != op.source:
            return _fail(op, "NOT_FOUND")
    if want.amount:
        failure = _may_trade(txn, op, want)
        if failure is not None:
            return _fail(op, failure)
    if old is not None:
        hold(txn, old, -1)
    if want.amount == 0:
        assert old is not None  # noqa: S101 - check() wants an offer to delete
        txn.erase(old.key)
        remove_subentry(txn, op.source, old.sponsor)
        return _success(op, (), struct.pack(">i", DELETED))
    return _trade(txn, op, context, want, old)


def _trade(txn: Txn, op: Operation, context: Context, want: Wanted, old: Offer | None) -> bytes:
    sponsor = old.sponsor if old is not None else context.sponsors.get(op.source)
    if old is None:
        outcome = add_subentry(txn, op.source, sponsor)
        if outcome is not Reserve.FINE:
            return reserve_failure(outcome, op.type, _code(op, "LOW_RESERVE"))
    else:
        txn.erase(old.key)
    failure = _can_fill(txn, op, want)
    if failure is not None:
        return _fail(op, failure)
    done = _take(txn, op, want, passive=want.passive or bool(old is not None and old.flags & PASSIVE_FLAG))
    if done.stop is Stop.SELF:
        return _fail(op, "CROSS_SELF")
    if done.stop is Stop.TOO_MANY:
        return OP_EXCEEDED_WORK_LIMIT
    shift(txn, op.source, want.buying, done.received)
    shift(txn, op.source, want.selling, -done.sent)
    left = _left(txn, op, want, done) if done.stop is not Stop.DONE else 0
    claims = tuple(claim.to_xdr() for claim in done.claims)
    if left == 0:
        remove_subentry(txn, op.source, sponsor)
        return _success(op, claims, struct.pack(">i", DELETED))
    flags = PASSIVE_FLAG if want.passive else (old.flags if old is not None else 0)
    number = want.offer_id or context.next_offer_id()
    offer = Offer(op.source, number, want.selling, want.buying, left, want.n, want.d, flags, sponsor)
    txn.put(offer)
    hold(txn, offer, 1)
    entry = b"\0\0\0\0" + op.source + struct.pack(">q", number) + offer_body(offer)
    return _success(op, claims, struct.pack(">i", UPDATED if want.offer_id else CREATED) + entry)


def _take(txn: Txn, op: Operation, want: Wanted, *, passive: bool) -> Conversion:
    bound = Fraction(want.d, want.n)

    def check(offer: Offer) -> Stop | None:
        price = Fraction(offer.n, offer.d)
        if price > bound or (passive and price == bound):
            return Stop.BAD_PRICE
        return Stop.SELF if offer.seller == op.source else None

    most_sent = min(want.sell_limit, can_sell(txn, op.source, want.selling))
    most_received = min(want.buy_limit, can_buy(txn, op.source, want.buying))
    return convert(txn, want.selling, most_sent, want.buying, most_received, Rounding.NORMAL, check)


def _left(txn: Txn, op: Operation, want: Wanted, done: Conversion) -> int:
    sell = min(want.sell_limit - done.sent, can_sell(txn, op.source, want.selling))
    buy = min(want.buy_limit - done.received, can_buy(txn, op.source, want.buying))
    return adjusted(want.n, want.d, sell, buy)


def _can_fill(txn: Txn, op: Operation, want: Wanted) -> str | None:
    """Whether the account could keep the whole promise."""
    found = exchange_loosely(want.n, want.d, want.sell_limit, MAX_AMOUNT, MAX_AMOUNT, want.buy_limit, Rounding.NORMAL)
    if found.sheep > can_buy(txn, op.source, want.buying):
        return "LINE_FULL"
    if found.wheat > can_sell(txn, op.source, want.selling):
        return "UNDERFUNDED"
    return None


def _may_trade(txn: Txn, op: Operation, want: Wanted) -> str | None:
    if not want.selling.is_native and want.selling.issuer != op.source:
        line = txn.trustline(op.source, want.selling)
        if line is None:
            return "SELL_NO_TRUST"
        if line.balance == 0:
            return "UNDERFUNDED"
        if not line.is_authorized:
            return "SELL_NOT_AUTHORIZED"
    if not want.buying.is_native and want.buying.issuer != op.source:
        line = txn.trustline(op.source, want.buying)
        if line is None:
            return "BUY_NO_TRUST"
        if not line.is_authorized:
            return "BUY_NOT_AUTHORIZED"
    return None


def _code(op: Operation, word: str) -> int:
    if op.type == BUY:
        return Buy[f"MANAGE_BUY_OFFER_{word}"]
    return Sell[f"MANAGE_SELL_OFFER_{word}"]


def _fail(op: Operation, word: str) -> bytes:
    return op_result(op.type, _code(op, word))


def _success(op: Operation, claims: tuple[bytes, ...], effect: bytes) -> bytes:
    return op_result(op.type, 0, struct.pack(">I", len(claims)) + b"".join(claims) + effect)
