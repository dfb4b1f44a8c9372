"""Trades as Horizon shows them: an offer that was taken, with the two assets in an order that never changes."""

from typing import Any, NamedTuple

from ..core.addresses import address_of
from ..core.assets import Asset
from ..core.entries import Offer
from ..core.order_book import Claim
from .claims import claims_of, own_offer_of
from .links import link
from .records import OpRecord
from .values import amount, asset_fields, asset_text

SYNTHETIC = 1 << 62
"""Added to an operation's number, it stands for the offer that a taker did not leave in the book."""


class AssetOrder:
    """Which of two assets comes first: the one that was traded first; in the same ledger, by name."""

    def __init__(self) -> None:
        self.places: dict[Asset, int] = {}

    def learn_from(self, trading: list[OpRecord]) -> list[Asset]:
        """Takes note of the assets that a ledger's trades name -> those that are new."""
        claims = [claim for record in trading for claim in claims_of(record)]
        found = {asset for claim in claims for asset in (claim.sold, claim.bought)}
        new = sorted(found - self.places.keys(), key=_name)
        for asset in new:
            self.places[asset] = len(self.places)
        return new


def _name(asset: Asset) -> str:
    return asset.type_name if asset.is_native else f"{asset.type_name}/{asset_text(asset).replace(':', '/')}"


class Side(NamedTuple):
    """What one party gave."""

    offer_id: int
    account: bytes
    asset: Asset
    amount: int


class Trade(NamedTuple):
    """`order` counts the offers that an operation took, from 0; the price is counter/base."""

    record: OpRecord
    order: int
    base: Side
    counter: Side
    base_is_seller: bool
    n: int
    d: int

    @property
    def token(self) -> str:
        """Its paging token."""
        return f"{self.record.token}-{self.order}"

    @property
    def place(self) -> tuple[int, int]:
        """What orders trades."""
        return self.record.token, self.order

    def turned(self) -> "Trade":
        """The same trade with the assets in the other order."""
        return self._replace(
            base=self.counter, counter=self.base, base_is_seller=not self.base_is_seller, n=self.d, d=self.n
        )

    def document(self, base: str) -> dict[str, Any]:
        """As Horizon shows it; the link to itself is always empty there."""
        return {
            "_links": {
                "self": link(""),
                "base": link(f"{base}/accounts/{address_of(self.base.account)}"),
                "counter": link(f"{base}/accounts/{address_of(self.counter.account)}"),
                "operation": link(f"{base}/operations/{self.record.token}"),
            },
            "id": self.token,
            "paging_token": self.token,
            "ledger_close_time": self.record.tx.ledger.closed_at,
            "trade_type": "orderbook",
            **_side("base", self.base),
            **_side("counter", self.counter),
            "base_is_seller": self.base_is_seller,
            "price": {"n": str(self.n), "d": str(self.d)},
        }


def _side(name: str, side: Side) -> dict[str, Any]:
    return {
        f"{name}_offer_id": str(side.offer_id),
        f"{name}_account": address_of(side.account),
        f"{name}_amount": amount(side.amount),
        **asset_fields(side.asset, f"{name}_"),
    }


def trades_of(record: OpRecord, order: AssetOrder) -> list[Trade]:
    """All trades of an operation."""
    claims = claims_of(record)
    if not claims:
        return []
    own = own_offer_of(record)
    taker = record.token | SYNTHETIC if own is None else own
    found = [(at, claim) for at, claim in enumerate(claims) if claim.sold_amount or claim.bought_amount]
    return [_trade(record, at, claim, taker, order) for at, claim in found]


def _trade(record: OpRecord, at: int, claim: Claim, taker: int, order: AssetOrder) -> Trade:
    seller = Side(claim.offer_id, claim.seller, claim.sold, claim.sold_amount)
    buyer = Side(taker, record.operation.source, claim.bought, claim.bought_amount)
    trade = Trade(record, at, seller, buyer, True, *_price(record, claim.offer_id))
    places = order.places
    return trade.turned() if places[claim.sold] > places[claim.bought] else trade


def _price(record: OpRecord, offer_id: int) -> tuple[int, int]:
    """The price of the offer as it stood before."""
    for before, _ in record.tx.applied.operations[record.index]:
        if isinstance(before, Offer) and before.offer_id == offer_id:
            return before.n, before.d
    raise AssertionError(f"no offer {offer_id} was changed")
