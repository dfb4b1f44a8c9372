"""The page is usable by everybody: axe finds nothing serious, all is reached by keyboard, nothing is cut off."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.page.conftest import PATIENCE, Shop, watching

expect.set_options(timeout=PATIENCE)

DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 360, "height": 740}
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="module")
def busy(shop: Shop) -> Iterator[Shop]:
    """A shop with something in each part of the page."""
    shop.receiver.status = 410
    shop.pay("given-up")
    shop.pay("gone", callback="http://127.0.0.1:9/nobody")
    shop.pay("failed", recipient_address=shop.nobody)
    shop.pay("a" * 21)
    yield shop
    shop.receiver.status = 200


def ready(page: Page, path: str) -> None:
    page.wait_for_selector("#overview:not([hidden]), #story:not([hidden])")
    if path == "/":
        expect(page.locator("#dead tbody tr")).not_to_have_count(0)
        expect(page.locator("#receivers")).to_contain_text("127.0.0.1:9")
        page.locator("summary").first.press("Enter")
        page.locator("summary").last.press("Enter")
    else:
        expect(page.get_by_role("button", name="Replay")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("path", ["/", "/?payment=given-up"])
def test_axe_finds_nothing(busy: Shop, browser: Browser, path: str, size: dict[str, int], scheme: str) -> None:
    with watching(browser, busy.url, viewport=size, color_scheme=scheme) as watched:
        page = watched.open(path)
        ready(page, path)
        found = Axe().run(page, options={"runOnly": STANDARDS, "resultTypes": ["violations", "passes"]})
        assert found.response["passes"], "axe looked at nothing"
        assert found.response["violations"] == [], found.generate_report()
        assert watched.complaints == []


@pytest.mark.parametrize("path", ["/", "/?payment=given-up"])
def test_on_a_phone_nothing_makes_the_page_wider_than_the_screen(busy: Shop, browser: Browser, path: str) -> None:
    with watching(browser, busy.url, viewport=PHONE, has_touch=True, is_mobile=True) as watched:
        page = watched.open(path)
        ready(page, path)
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


def test_everything_that_can_be_used_is_reached_by_the_tab_key_and_shows_it(busy: Shop, browser: Browser) -> None:
    with watching(browser, busy.url) as watched:
        page = watched.open()
        expect(page.locator("#dead tbody tr")).not_to_have_count(0)
        reached = set()
        for _ in range(120):
            page.keyboard.press("Tab")
            reached.add(page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()"))
            outline = "getComputedStyle(document.activeElement).outlineStyle"
            beside = "getComputedStyle(document.activeElement.nextElementSibling ?? document.body).outlineStyle"
            if page.evaluate("document.activeElement !== document.body"):
                assert "none" not in (page.evaluate(f"{outline} !== 'none' || {beside} !== 'none' ? 'seen' : 'none'"),)
        assert {
            "To the content",
            "API",
            "As a table",
            "q",
            "given-up",
            "Replay",
            "replay-all",
            "Configuration",
        } <= reached


def test_only_the_state_in_words_is_spoken_of_by_itself(busy: Shop, browser: Browser) -> None:
    with watching(browser, busy.url) as watched:
        page = watched.open()
        live = page.locator("[aria-live], [role=status], [role=alert], [role=log]")
        expect(live).to_have_count(1)
        expect(live).to_have_id("sentence")
