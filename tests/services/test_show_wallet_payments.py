"""A wallet's payments, read from Horizon's pages."""

from dataclasses import dataclass
from typing import Any

import pytest

from kinpay_server.domain.errors import Unavailable, WalletNotFound
from kinpay_server.domain.watch import SeenPayment
from kinpay_server.services.ports import LedgerUnavailable
from kinpay_server.services.show_wallet_payments import MOST_PAGES, ShowWalletPayments
from tests.services.fake_ledger import account


@dataclass
class Page:
    """`PaymentsPage` of KIN payments at these positions."""

    positions: list[int]
    full: bool
    last: int | None

    def watched(self, addresses: set[str]) -> list[SeenPayment]:
        return [SeenPayment(one, "GS", "GW", 1, "h", "t", 0, None) for one in self.positions]


class Lists:
    """A ledger of which only these pages are read."""

    def __init__(self, *pages: Page, exists: bool = True) -> None:
        self.pages = list(pages)
        self.asked: list[int | None] = []
        self.exists = exists

    async def payments_of(self, address: str, position: int | None, limit: int, *, newest_first: bool) -> Page:
        self.asked.append(position)
        if not self.pages:
            raise LedgerUnavailable("down")
        return self.pages.pop(0)

    async def account(self, address: str) -> Any:
        return account(address) if self.exists else None


async def show(lists: Lists, limit: int = 3) -> tuple[list[int], int | None]:
    """Positions and `next`."""
    ledger: Any = lists
    page = await ShowWalletPayments(ledger)("GW", after=None, limit=limit, newest_first=False)
    return [one.position for one in page.payments], page.next


@pytest.mark.gen_test
async def test_the_last_page_has_no_next() -> None:
    assert await show(Lists(Page([1, 2], False, 9))) == ([1, 2], None)
    assert await show(Lists(Page([1, 2, 3], False, 9))) == ([1, 2, 3], None)


@pytest.mark.gen_test
async def test_the_next_page_begins_after_the_last_payment_shown() -> None:
    assert await show(Lists(Page([1, 2, 3, 4], False, 9))) == ([1, 2, 3], 3)
    assert await show(Lists(Page([1, 2, 3], True, 9))) == ([1, 2, 3], 3)


@pytest.mark.gen_test
async def test_pages_without_kin_are_read_over_up_to_a_limit() -> None:
    lists = Lists(Page([], True, 200), Page([250], False, 260))
    assert await show(lists) == ([250], None)
    assert lists.asked == [None, 200]
    assert await show(Lists(*(Page([], True, number) for number in range(10)))) == ([], MOST_PAGES - 1)


@pytest.mark.gen_test
async def test_a_wallet_that_does_not_exist_is_said_and_an_empty_one_is_empty() -> None:
    with pytest.raises(WalletNotFound):
        await show(Lists(Page([], False, None), exists=False))
    assert await show(Lists(Page([], False, None))) == ([], None)


@pytest.mark.gen_test
async def test_a_silent_horizon_is_no_missing_wallet() -> None:
    with pytest.raises(Unavailable):
        await show(Lists())
