"""Assets, offers and order books as Horizon shows them."""

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from ..core.addresses import address_of
from ..core.assets import Asset
from ..core.entries import Offer
from .history import History
from .links import link
from .values import amount, asset_fields, flag_fields, price_text

_STATES = ("authorized", "authorized_to_maintain_liabilities", "unauthorized")


def asset_token(asset: Asset) -> str:
    """What orders assets."""
    return f"{asset.code}_{address_of(asset.issuer)}_{asset.type_name}"


def asset(found: Asset, history: History) -> dict[str, Any]:
    """Who holds how much of an asset."""
    snapshot = history.snapshot
    counts, sums = dict.fromkeys(_STATES, 0), dict.fromkeys(_STATES, 0)
    for holder in snapshot.by_asset.get(found, ()):
        line = snapshot.lines[holder][found]
        state = _STATES[0 if line.is_authorized else 1 if line.may_keep_offers else 2]
        counts[state] += 1
        sums[state] += line.balance
    issuer = snapshot.account(found.issuer)
    domain = issuer.home_domain.decode("utf-8", "replace") if issuer is not None else ""
    waiting = [c.amount for c in snapshot.claimable.values() if c.asset == found]
    return {
        "_links": {"toml": link(f"https://{domain}/.well-known/stellar.toml" if domain else "")},
        **asset_fields(found),
        "paging_token": asset_token(found),
        "num_claimable_balances": len(waiting),
        "num_liquidity_pools": 0,
        "num_contracts": 0,
        "num_archived_contracts": 0,
        "accounts": counts,
        "claimable_balances_amount": amount(sum(waiting)),
        "liquidity_pools_amount": amount(0),
        "contracts_amount": amount(0),
        "archived_contracts_amount": amount(0),
        "balances": {state: amount(total) for state, total in sums.items()},
        "flags": flag_fields(issuer.flags if issuer is not None else 0),
    }


def offer(found: Offer, history: History, base: str) -> dict[str, Any]:
    """An offer that stands."""
    seller = address_of(found.seller)
    modified = history.ledger(found.modified)
    body: dict[str, Any] = {
        "_links": {
            "self": link(f"{base}/offers/{found.offer_id}"),
            "offer_maker": link(f"{base}/accounts/{seller}"),
        },
        "id": str(found.offer_id),
        "paging_token": str(found.offer_id),
        "seller": seller,
        "selling": asset_fields(found.selling),
        "buying": asset_fields(found.buying),
        "amount": amount(found.amount),
        "price_r": {"n": found.n, "d": found.d},
        "price": price_text(Fraction(found.n, found.d)),
        "last_modified_ledger": found.modified,
        "last_modified_time": modified.closed_at if modified is not None else None,
    }
    if found.sponsor is not None:
        body["sponsor"] = address_of(found.sponsor)
    return body


def order_book(history: History, selling: Asset, buying: Asset, limit: int) -> dict[str, Any]:
    """Both sides, each price once, the best first."""
    offers = history.snapshot.offers.values()
    asks = [o for o in offers if (o.selling, o.buying) == (selling, buying)]
    bids = [o for o in offers if (o.selling, o.buying) == (buying, selling)]
    return {
        "bids": _levels(((Fraction(o.d, o.n), o) for o in bids), limit, descending=True),
        "asks": _levels(((Fraction(o.n, o.d), o) for o in asks), limit, descending=False),
        "base": asset_fields(selling),
        "counter": asset_fields(buying),
    }


def _levels(offers: Iterable[tuple[Fraction, Offer]], limit: int, *, descending: bool) -> list[dict[str, Any]]:
    totals: dict[Fraction, int] = {}
    for value, found in offers:
        totals[value] = totals.get(value, 0) + found.amount
    return [
        {
            "price_r": {"n": value.numerator, "d": value.denominator},
            "price": price_text(value),
            "amount": amount(totals[value]),
        }
        for value in sorted(totals, reverse=descending)[:limit]
    ]
