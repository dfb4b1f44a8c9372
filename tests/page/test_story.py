"""The page of one payment."""

import re

import pytest
from playwright.sync_api import expect

from tests.page.conftest import PATIENCE, Shop, Watched

expect.set_options(timeout=PATIENCE)


def test_it_tells_the_story_as_it_happens(shop: Shop, watched: Watched) -> None:
    paid = shop.pay()
    page = watched.open(f"/?payment={paid}")
    expect(page.get_by_role("heading", level=1)).to_have_text(paid)
    expect(page.get_by_role("status")).to_have_text("Payment succeeded.")
    expect(page.locator("#story-facts")).to_contain_text("12.5 KIN")
    expect(page.locator("#sentences")).to_contain_text("Attempt 1 signed on channel")
    expect(page.locator("#sentences")).to_contain_text("is on the ledger, in ledger")
    expect(page.locator("#attempts tbody tr")).to_have_count(1)
    expect(page.locator("#told")).to_contain_text("Delivered in 1 try: HTTP 200.")
    page.get_by_text("Body").press("Enter")
    expect(page.locator("#told pre")).to_contain_text('"state":"success"')


def test_its_links_lead_to_horizon(shop: Shop, watched: Watched) -> None:
    paid = shop.pay()
    page = watched.open(f"/?payment={paid}")
    expect(page.get_by_role("status")).to_have_text("Payment succeeded.")
    href = page.locator("#attempts tbody a").get_attribute("href")
    assert re.fullmatch(re.escape(shop.network.horizon_url) + "/transactions/[0-9a-f]{64}", href or "")
    facts = page.locator("#story-facts a").evaluate_all("(links) => links.map((link) => link.href)")
    assert facts == [f"{shop.network.horizon_url}/accounts/{shop.wallet}", href]
    assert page.request.get(href or "").ok


def test_a_failed_payment_says_why(shop: Shop, watched: Watched) -> None:
    failed = shop.pay(recipient_address=shop.nobody)
    page = watched.open(f"/?payment={failed}")
    expect(page.get_by_role("status")).to_have_text("Payment failed.")
    expect(page.locator("#story-standing")).to_contain_text("the recipient's account does not exist")


@pytest.mark.parametrize("payment_id", ["nothing", "..", "%00", "<script>alert(1)</script>", ""])
def test_of_an_id_that_is_not_known_it_says_so(shop: Shop, watched: Watched, payment_id: str) -> None:
    page = watched.open(f"/?payment={payment_id}")
    expect(page.get_by_role("status")).to_have_text("There is no payment with this id.")
    watched.complaints[:] = [said for said in watched.complaints if "404" not in said]
