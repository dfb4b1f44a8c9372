"""What a person sees on the status page, and does with it."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.page.conftest import PATIENCE, Shop, Watched

expect.set_options(timeout=PATIENCE)

TYPE = """(text) => {
  const box = document.getElementById("q");
  box.value = text;
  box.dispatchEvent(new Event("input", { bubbles: true }));
}"""
"""What a keyboard cannot send is put there by a script."""

MARKUP = "<img src=x onerror=a()>"


def row(page: Page, payment_id: str) -> object:
    return page.locator("#payments tbody tr").filter(has=page.get_by_role("link", name=payment_id, exact=True))


def wait_until_paid(shop: Shop, page: Page, payment_id: str) -> None:
    expect(row(page, payment_id)).to_contain_text("succeeded")


def test_a_payment_appears_and_lands_without_a_reload(shop: Shop, watched: Watched) -> None:
    page = watched.open()
    loaded = page.evaluate("performance.timeOrigin")
    expect(page.get_by_role("status")).to_have_text("All is well: payments are accepted, made and told.")
    paid = shop.pay()
    wait_until_paid(shop, page, paid)
    expect(row(page, paid)).to_contain_text("12.5")
    failed = shop.pay(recipient_address=shop.nobody)
    expect(row(page, failed)).to_contain_text("the recipient's account does not exist")
    assert page.evaluate("performance.timeOrigin") == loaded


def test_the_pictures_tell_what_was_done_in_words_too(shop: Shop, watched: Watched) -> None:
    page = watched.open()
    wait_until_paid(shop, page, shop.pay())
    expect(page.locator("#rates svg")).to_have_attribute(
        "aria-label", re.compile("Payments: accepted .*, landed .*, failed")
    )
    expect(page.locator("#latency svg")).to_have_attribute("aria-label", re.compile(r"to the ledger [\d.]+ m?s"))
    page.get_by_text("As a table").press("Enter")
    expect(page.locator("#minutes tbody tr")).not_to_have_count(0)
    expect(page.get_by_role("img", name=re.compile(r"Channels: \d+ free"))).to_be_visible()


def test_root_and_ledger_are_shown(shop: Shop, watched: Watched) -> None:
    page = watched.open()
    expect(page.locator("#root")).to_contain_text(re.compile(r"9\d\d,\d\d\d(\.\d+)? KIN"))
    expect(page.locator("#ledger")).to_contain_text("Newest ledger")
    assert "horizon_url" in page.locator("#config").inner_html()
    assert "not set" in page.locator("#config").inner_html()


def test_payments_are_searched_while_somebody_types_and_the_address_keeps_it(shop: Shop, watched: Watched) -> None:
    wanted, other = shop.pay("needle-1"), shop.pay("hay-1")
    page = watched.open()
    wait_until_paid(shop, page, wanted)
    page.get_by_role("searchbox").fill("needle")
    expect(row(page, other)).to_have_count(0)
    expect(row(page, wanted)).to_have_count(1)
    assert page.url.endswith("?q=needle")
    page.reload()
    expect(row(page, wanted)).to_have_count(1)
    expect(row(page, other)).to_have_count(0)
    href = row(page, wanted).locator("td").last.get_by_role("link").get_attribute("href")
    for text in (href.rpartition("/")[2], href.rpartition("/")[2][:8], shop.wallet, "shop"):
        page.get_by_role("searchbox").fill(text)
        expect(page.locator("#payments-note")).to_have_text("")
        expect(row(page, wanted)).to_have_count(1)


def test_payments_are_filtered_by_the_keyboard_alone(shop: Shop, watched: Watched) -> None:
    paid, failed = shop.pay(), shop.pay(recipient_address=shop.nobody)
    page = watched.open()
    wait_until_paid(shop, page, paid)
    expect(row(page, failed)).to_contain_text("failed")
    page.get_by_role("searchbox").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("radio", name="Failed")).to_be_checked()
    expect(row(page, paid)).to_have_count(0)
    expect(row(page, failed)).to_have_count(1)
    assert page.url.endswith("?status=failed")


def test_the_table_stands_still_while_somebody_points_at_it(shop: Shop, watched: Watched) -> None:
    before = shop.pay()
    page = watched.open()
    wait_until_paid(shop, page, before)
    row(page, before).hover()
    after = shop.pay()
    expect(page.locator("#payments-note")).to_have_text("Held still while you point at it.")
    assert row(page, after).count() == 0
    page.mouse.move(0, 0)
    wait_until_paid(shop, page, after)


@pytest.mark.parametrize(
    "typed", [MARKUP, "'; DROP TABLE payments; --", "%_*", "\ud83d", "a" * 250, "\u202e<script>", "G" * 56]
)
def test_whatever_is_typed_into_the_search_is_text(shop: Shop, watched: Watched, typed: str) -> None:
    page = watched.open()
    page.evaluate(TYPE, typed)
    expect(page.locator("#payments-note")).to_have_text(re.compile("No payment has"))
    expect(page.get_by_role("status")).to_contain_text("well")
    assert page.locator("main img, main script").count() == 0


def test_ids_apps_and_receivers_that_hold_markup_are_text_everywhere(shop: Shop, watched: Watched) -> None:
    watched.page.add_init_script("window.a = () => { window.ran = true; }")
    shop.receiver.status = 410
    try:
        shop.pay(
            MARKUP,
            callback=f"{shop.receiver.url}?{MARKUP.replace(' ', '/')}",
            recipient_address=shop.wallet,
            app_id="s",
        )
        shop.pay("x", app_id="<b onclick=a()>hi</b>")
        page = watched.open()
        wait_until_paid(shop, page, MARKUP)
        expect(page.locator("#dead")).to_contain_text(MARKUP)
        row(page, MARKUP).get_by_role("link", name=MARKUP).click()
        expect(page.get_by_role("heading", level=1)).to_have_text(MARKUP)
        expect(page.locator("#sentences")).to_contain_text(MARKUP.replace(" ", "/"))
        assert page.locator("main img, main b[onclick]").count() == 0
        assert page.evaluate("window.ran") is None
        page.get_by_role("button", name=re.compile("Replay")).first.wait_for()
    finally:
        shop.receiver.status = 200
    page.get_by_role("button", name=re.compile("Replay")).first.click()
    expect(page.locator("#told")).to_contain_text("delivered")


def test_a_dead_callback_is_replayed_and_delivered(shop: Shop, watched: Watched) -> None:
    shop.receiver.status = 410
    try:
        page = watched.open()
        paid = shop.pay()
        expect(page.locator("#dead")).to_contain_text(paid)
        expect(page.get_by_role("status")).to_have_text("Payments are made, but something should be looked at.")
        expect(page.locator("#matters")).to_contain_text("given up")
    finally:
        shop.receiver.status = 200
    while not shop.receiver.taken.empty():
        shop.receiver.taken.get()
    page.get_by_role("button", name=f"Replay the callback of payment {paid}").click()
    expect(page.locator("#replay-note")).to_have_text("1 callback is sent again now.")
    expect(page.locator("#replay-note")).to_be_focused()
    expect(page.locator("#dead")).not_to_contain_text(paid)
    assert shop.receiver.taken.get(timeout=60).startswith("payment-")


def test_all_dead_callbacks_are_replayed(shop: Shop, watched: Watched) -> None:
    shop.receiver.status = 410
    try:
        paid = {shop.pay() for _ in range(3)}
        page = watched.open()
        for one in paid:
            expect(page.locator("#dead")).to_contain_text(one)
    finally:
        shop.receiver.status = 200
    page.get_by_role("button", name="Replay all").click()
    expect(page.locator("#replay-note")).to_have_text(re.compile(r"\d+ callbacks are sent again now."))
    expect(page.locator("#dead-part")).to_be_hidden()
