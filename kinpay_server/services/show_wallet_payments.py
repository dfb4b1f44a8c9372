"""Show the KIN payments of a wallet, in both directions, as the ledger has them."""

from dataclasses import dataclass

from kinpay_server.domain.errors import Unavailable, WalletNotFound
from kinpay_server.domain.watch import SeenPayment
from kinpay_server.services.ports import Ledger, LedgerUnavailable

PAGE = 200
MOST_PAGES = 5
"""So many pages of Horizon are read for one answer at most: KIN may be rare among what a wallet is paid."""


@dataclass(frozen=True, slots=True)
class WalletPayments:
    """A page: `next` is the position after which the next one begins, None when there is no more."""

    payments: tuple[SeenPayment, ...]
    next: int | None


class ShowWalletPayments:
    """The use case behind `GET /wallets/{address}/payments`."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def __call__(self, address: str, *, after: int | None, limit: int, newest_first: bool) -> WalletPayments:
        """At most `limit` payments after a position. A page may hold fewer and still have a next one.

        Raises `WalletNotFound`, and `Unavailable` when Horizon cannot tell: never a false 404.
        """
        try:
            return await self._read(address, after, limit, newest_first=newest_first)
        except LedgerUnavailable as error:
            raise Unavailable("the ledger cannot be asked now") from error

    async def _read(self, address: str, after: int | None, limit: int, *, newest_first: bool) -> WalletPayments:
        found: list[SeenPayment] = []
        for _ in range(MOST_PAGES):
            page = await self._ledger.payments_of(address, after, PAGE, newest_first=newest_first)
            if page.last is None and not found and after is None:
                await self._must_exist(address)
            found += page.watched({address})
            if len(found) >= limit:
                more = page.full or len(found) > limit
                return WalletPayments(tuple(found[:limit]), found[limit - 1].position if more else None)
            if not page.full:
                return WalletPayments(tuple(found), None)
            after = page.last
        return WalletPayments(tuple(found), after)

    async def _must_exist(self, address: str) -> None:
        if await self._ledger.account(address) is None:
            raise WalletNotFound(f"no account {address} on the ledger")
