"""The arithmetic of crossing an offer, with core's rounding (exchangeV10 in OfferExchange.cpp).

"Wheat" is what the offer sells, "sheep" what it wants; its price is n/d sheep for one wheat.
"""

from enum import Enum
from typing import NamedTuple

from .reserves import MAX_AMOUNT


class Rounding(Enum):
    """Whom the last stroop favours."""

    NORMAL = 0
    STRICT_RECEIVE = 1
    STRICT_SEND = 2


class Exchange(NamedTuple):
    """What changes hands; `wheat_stays` says that the offer is not used up."""

    wheat: int
    sheep: int
    wheat_stays: bool


def exchange(
    n: int, d: int, wheat_send: int, wheat_receive: int, sheep_send: int, sheep_receive: int, rounding: Rounding
) -> Exchange:
    """The largest exchange within four limits; nothing at all where rounding would cost more than 1%."""
    found = exchange_loosely(n, d, wheat_send, wheat_receive, sheep_send, sheep_receive, rounding)
    if found.wheat > 0 and found.sheep > 0:
        if rounding is Rounding.NORMAL and not _within_bound(n, d, found.wheat, found.sheep):
            return Exchange(0, 0, found.wheat_stays)
        return found
    if rounding is Rounding.STRICT_SEND and found.sheep:
        return found
    return Exchange(0, 0, found.wheat_stays)


def exchange_loosely(
    n: int, d: int, wheat_send: int, wheat_receive: int, sheep_send: int, sheep_receive: int, rounding: Rounding
) -> Exchange:
    """The same without the bound on the error."""
    wheat_value = min(wheat_send * n, sheep_receive * d)
    sheep_value = min(sheep_send * d, wheat_receive * n)
    if wheat_value > sheep_value:
        if rounding is Rounding.STRICT_SEND:
            return Exchange(sheep_value // n, min(sheep_send, sheep_receive), True)
        if n > d or rounding is Rounding.STRICT_RECEIVE:
            wheat = sheep_value // n
            return Exchange(wheat, -(-wheat * n // d), True)
        sheep = sheep_value // d
        return Exchange(sheep * d // n, sheep, True)
    if n > d:
        wheat = wheat_value // n
        return Exchange(wheat, wheat * n // d, False)
    sheep = wheat_value // d
    return Exchange(-(-sheep * d // n), sheep, False)


def adjusted(n: int, d: int, wheat_send: int, sheep_receive: int) -> int:
    """How much an offer may promise so that it can be taken whole."""
    return exchange(n, d, wheat_send, MAX_AMOUNT, MAX_AMOUNT, sheep_receive, Rounding.NORMAL).wheat


def liabilities(n: int, d: int, amount: int) -> tuple[int, int]:
    """(selling, buying) liabilities of an offer of that amount."""
    found = exchange_loosely(n, d, amount, MAX_AMOUNT, MAX_AMOUNT, MAX_AMOUNT, Rounding.NORMAL)
    return found.wheat, found.sheep


def _within_bound(n: int, d: int, wheat: int, sheep: int) -> bool:
    return abs(100 * n * wheat - 100 * d * sheep) <= n * wheat
