"""Ways to pay through the order books, found as Horizon finds them: best amounts hop by hop, three hops at most."""

from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any, NamedTuple

from ..core.assets import Asset
from ..core.entries import Offer
from .values import amount, asset_fields, asset_text

MAX_HOPS = 3
PATHS_FOR_EACH = 5
"""How many ways are shown between the same two assets."""
MAX_INT64 = (1 << 63) - 1


class Way(NamedTuple):
    """What to give, what it brings, and the assets in between."""

    source: Asset
    source_amount: int
    destination: Asset
    destination_amount: int
    between: tuple[Asset, ...]

    def document(self) -> dict[str, Any]:
        """As Horizon shows it."""
        return {
            **asset_fields(self.source, "source_"),
            "source_amount": amount(self.source_amount),
            **asset_fields(self.destination, "destination_"),
            "destination_amount": amount(self.destination_amount),
            "path": [asset_fields(asset) for asset in self.between],
        }


Books = dict[Asset, dict[Asset, list[Offer]]]
Price = Callable[[list[Offer], int], int | None]
Found = Callable[[tuple[Asset, ...], int], None]


def ways_to_receive(
    offers: Iterable[Offer], wanted: Asset, total: int, sources: dict[Asset, int | None], payer: bytes | None
) -> list[Way]:
    """Ways to bring `total` of an asset; `sources` are what may be given, with what there is of it (None: enough).

    Offers of the payer's own are passed over.
    """
    books = _books((o for o in offers if o.seller != payer), lambda o: (o.selling, o.buying))
    found: list[Way] = []

    def keep(path: tuple[Asset, ...], need: int) -> None:
        have = sources.get(path[-1], 0)
        if have is None or need <= have:
            found.append(Way(path[-1], need, wanted, total, path[-2:0:-1]))

    if _known(books, wanted) and any(_known(books, asset) for asset in sources):
        _search(books, wanted, total, set(sources), _cost, lambda a, b: b < a, keep)
    found.sort(key=lambda way: (_name(way.source), way.source_amount, len(way.between)))
    return _first_of_each(found, lambda way: way.source)


def ways_to_send(offers: Iterable[Offer], given: Asset, total: int, destinations: Iterable[Asset]) -> list[Way]:
    """Ways to turn `total` of an asset into one of the destinations, the most first."""
    books = _books(offers, lambda o: (o.buying, o.selling))
    targets = set(destinations)
    found: list[Way] = []

    def keep(path: tuple[Asset, ...], got: int) -> None:
        found.append(Way(given, total, path[-1], got, path[1:-1]))

    if _known(books, given) and any(_known(books, asset) for asset in targets):
        _search(books, given, total, targets, _yield, lambda a, b: b > a, keep)
    found.sort(key=lambda way: (_name(way.destination), -way.destination_amount, len(way.between)))
    return _first_of_each(found, lambda way: way.destination)


def _books(offers: Iterable[Offer], ends: Callable[[Offer], tuple[Asset, Asset]]) -> Books:
    """From each asset to each next one the offers on the way, the cheapest first; every asset is there."""
    books: Books = {}
    for offer in offers:
        start, end = ends(offer)
        books.setdefault(end, {})
        books.setdefault(start, {}).setdefault(end, []).append(offer)
    for nexts in books.values():
        for side in nexts.values():
            side.sort(key=lambda o: (Fraction(o.n, o.d), o.offer_id))
    return books


def _known(books: Books, asset: Asset) -> bool:
    return asset in books


def _search(
    books: Books,
    start: Asset,
    total: int,
    targets: set[Asset],
    price: Price,
    better: Callable[[int, int], bool],
    keep: Found,
) -> None:
    """Bellman and Ford's way: each round makes the best paths a hop longer; every improvement is kept."""
    best: dict[Asset, tuple[int, tuple[Asset, ...]]] = {start: (total, (start,))}
    if start in targets:
        keep((start,), total)
    for hop in range(MAX_HOPS):
        updated = dict(best)
        for here in books:
            if here not in best:
                continue
            have, path = best[here]
            for there, side in books[here].items():
                if there in path or (hop == MAX_HOPS - 1 and there not in targets):
                    continue
                next_amount = price(side, have)
                if next_amount is None or next_amount <= 0:
                    continue
                if there not in updated or better(updated[there][0], next_amount):
                    updated[there] = (next_amount, (*path, there))
                    if there in targets:
                        keep((*path, there), next_amount)
        best = updated


def _cost(side: list[Offer], need: int) -> int | None:
    """What must be given for `need` of what these offers sell; None if they do not have it."""
    spent = 0
    for offer in side:
        most = offer.amount
        if offer.n <= offer.d:
            most = -(-(offer.amount * offer.n // offer.d) * offer.d // offer.n)
        taken = min(most, need)
        spent += -(-taken * offer.n // offer.d)
        need -= taken
        if need == 0:
            return spent if spent <= MAX_INT64 else None
    return None


def _yield(side: list[Offer], have: int) -> int | None:
    """What `have` brings from these offers; None if they cannot take it all."""
    got = 0
    for offer in side:
        bought = have * offer.d // offer.n
        if bought == 0:
            return None
        if bought <= offer.amount:
            return got + bought
        most = offer.amount
        if offer.n <= offer.d:
            most = min(most, -(-(offer.amount * offer.n // offer.d) * offer.d // offer.n))
        have -= -(-most * offer.n // offer.d)
        got += most
        if have <= 0:
            return got if have == 0 else None
    return None


def _name(asset: Asset) -> str:
    return "native" if asset.is_native else f"{asset.type_name}/{asset_text(asset).replace(':', '/')}"


def _first_of_each(ways: list[Way], end: Callable[[Way], Asset]) -> list[Way]:
    kept: list[Way] = []
    counts: dict[Asset, int] = {}
    for way in ways:
        counts[end(way)] = counts.get(end(way), 0) + 1
        if counts[end(way)] <= PATHS_FOR_EACH:
            kept.append(way)
    return kept
