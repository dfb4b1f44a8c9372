"""Find payments by what an operator has at hand: an id, an address, a transaction's hash, an app."""

import asyncio
import re
from collections.abc import Awaitable
from typing import Protocol

from kinpay_server.domain.payment import Payment

MOST = 50
LEAST_OF_HASH = 6
LEAST_OF_ADDRESS = 6

_HASH = re.compile(f"[0-9a-f]{{{LEAST_OF_HASH},64}}", re.IGNORECASE)
_ADDRESS = re.compile(f"G[A-Z2-7]{{{LEAST_OF_ADDRESS - 1},55}}")


class PaymentFinder(Protocol):
    """Where they are looked up, each way by an index; at most `limit` of them."""

    async def with_id(self, beginning: str, limit: int) -> list[Payment]:
        """Payments whose ids begin so."""

    async def of_app(self, app_id: str, limit: int) -> list[Payment]:
        """The newest payments of an app."""

    async def to_address(self, beginning: str, limit: int) -> list[Payment]:
        """Payments to addresses that begin so, for a whole address the newest."""

    async def by_hash(self, beginning: str, limit: int) -> list[Payment]:
        """Payments that a transaction was signed for, or was seen to make, whose hash begins so."""


async def find_payments(finder: PaymentFinder, text: str) -> list[Payment]:
    """At most `MOST` payments that the text may mean, newest first; none for nothing but blanks.

    Ids, addresses (`G…`) and hashes may be given by their beginnings, of addresses and hashes at least 6 characters.
    Raises `Unavailable`.
    """
    wanted = text.strip()
    if not wanted:
        return []
    ways: list[Awaitable[list[Payment]]] = [finder.with_id(wanted, MOST), finder.of_app(wanted, MOST)]
    if _ADDRESS.fullmatch(wanted):
        ways.append(finder.to_address(wanted, MOST))
    if _HASH.fullmatch(wanted):
        ways.append(finder.by_hash(wanted.lower(), MOST))
    found = {payment.id: payment for way in await asyncio.gather(*ways) for payment in way}
    return sorted(found.values(), key=lambda one: (one.id != wanted, -one.created_at, one.id))[:MOST]
