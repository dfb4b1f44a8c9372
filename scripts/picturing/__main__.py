"""Pictures of the status page, on a desktop and a phone, light and dark: `scripts/screenshots`.

A sandbox and a service are started, payments are made for some minutes, some of which fail and some of whose receivers
do not answer, and each page is taken with Debian's Chromium.
"""

import argparse
import shutil
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from kinpay_server.demo.programs import DemoError
from picturing.shop import a_busy_shop

ARGUMENTS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
SIZES = {"desktop": (1200, 900), "phone": (390, 844)}
SCHEMES = ("light", "dark")
FOLDER = Path(__file__).parent.parent.parent / "docs" / "images"


def main() -> None:
    """Take all of them."""
    parser = argparse.ArgumentParser(prog="scripts/screenshots", description=__doc__)
    parser.add_argument("--minutes", type=float, default=5.0, help="how long payments are made before (5)")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the pictures go (docs/images)")
    parser.add_argument("--whole", action="store_true", help="the whole length of the pages, to look at them")
    options = parser.parse_args()
    chromium = shutil.which("chromium")
    if chromium is None:
        parser.exit(1, "scripts/screenshots: Chromium is missing. On Debian: apt-get install chromium\n")
    options.folder.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory() as folder, a_busy_shop(Path(folder)) as shop:
            shop.pay_for(60 * options.minutes)
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
                for name, path in {"page": "/", "payment": f"/?payment={shop.told}"}.items():
                    _take(browser, shop.url + path, options.folder / name, whole=options.whole)
                browser.close()
    except DemoError as error:
        parser.exit(1, f"scripts/screenshots: {error}\n")


def _take(browser: Browser, url: str, name: Path, *, whole: bool) -> None:
    for size, (width, height) in SIZES.items():
        for scheme in SCHEMES:
            page = browser.new_page(
                viewport={"width": width, "height": height},
                color_scheme="light" if scheme == "light" else "dark",
                device_scale_factor=1,
            )
            page.goto(url)
            page.wait_for_selector("#overview:not([hidden]), #story:not([hidden]) #sentences li")
            page.wait_for_timeout(500)
            path = name.with_name(f"{name.name}-{size}-{scheme}.png")
            page.screenshot(path=path, full_page=whole)
            print(f"{path} {path.stat().st_size // 1024} KiB", flush=True)
            page.close()


if __name__ == "__main__":
    main()
