"""The status page in Debian's Chromium, over the whole service and a sandbox, each a process of its own."""

import itertools
import queue
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Request, sync_playwright

from kinpay_server.demo.configuration import url_of, write_config
from kinpay_server.demo.http import call
from kinpay_server.demo.network import Network, network_of
from kinpay_server.demo.programs import Program, running

CHROMIUM = shutil.which("chromium")
ARGUMENTS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
PATIENCE = 60_000
"""Milliseconds for whatever the page is waited for."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of these need a browser, start programs, and take their time."""
    missing = pytest.mark.skip(reason="CHROMIUM IS MISSING (apt-get install chromium): the status page was NOT tried")
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.slow)
            item.add_marker(pytest.mark.timeout(300))
            if CHROMIUM is None:
                item.add_marker(missing)


class Receiver:
    """Answers callbacks with `status`, and keeps the ids of the payments that it took."""

    def __init__(self) -> None:
        self.status = 200
        self.taken: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.url = ""


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver on a free port."""
    kept = Receiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(kept.status)
            self.send_header("Content-Length", "0")
            self.end_headers()
            if kept.status == 200:
                kept.taken.put(self.headers["webhook-id"])

        def log_message(self, format: str, *args: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    kept.url = f"http://127.0.0.1:{server.server_port}/told"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield kept
    server.shutdown()
    server.server_close()


@dataclass
class Shop:
    """A service with a port that stays the same, and what is around it."""

    folder: Path
    config: Path
    network: Network
    receiver: Receiver
    wallet: str
    nobody: str
    """An address without an account."""

    url: str = ""
    program: Program | None = None
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def pay(self, payment_id: str | None = None, **changes: Any) -> str:
        """Post a payment; its id."""
        body = {
            "id": payment_id or f"order-{next(self.numbers)}",
            "app_id": "shop",
            "amount": "12.5",
            "recipient_address": self.wallet,
            "callback": self.receiver.url,
        } | changes
        call(f"{self.url}/payments", body)
        return str(body["id"])

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Run the service."""
        with running(["serve", "-c", str(self.config)], self.folder) as program:
            self.url = program.wait_for(url_of)
            self.program = program
            yield


@contextmanager
def a_shop(folder: Path, *, options: str = "") -> Iterator[Shop]:
    """A shop that is not open yet; `options` are lines of its [security] section."""
    with running(["sandbox", "--port", "0", "--json", "--close-seconds", "0.5", "--fast"], folder) as sandbox:
        network = sandbox.wait_for(network_of)
        root = network.make_wallet()
        network.give_kin(root.public_key, 1_000_000)
        config = write_config(folder, network, root, max_channels=20, poll_interval=0.2)
        text = config.read_text().replace("port = 0\n", f"port = {free_port()}\n")
        config.write_text(text + f"[security]\n{options}\n")
        wallet, nobody = network.make_wallet().public_key, type(root).random().public_key
        with receiving() as receiver:
            yield Shop(folder, config, network, receiver, wallet, nobody)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        port: int = one.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A shop that is open."""
    with a_shop(tmp_path_factory.mktemp("shop")) as shop, shop.serving():
        yield shop


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's; closed with the module, because its loop would stand in the way of others."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@dataclass
class Watched:
    """A page, and all that went wrong or elsewhere on it."""

    page: Page
    base: str
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.set_default_timeout(PATIENCE)
        self.page.on("console", self._said)
        self.page.on("pageerror", self._failed)
        self.page.on("request", self._asked)

    def open(self, path: str = "/") -> Page:
        """Load a page and wait until it has something to show."""
        self.page.goto(self.base + path)
        self.page.wait_for_selector("#overview:not([hidden]), #story:not([hidden])")
        return self.page

    @property
    def elsewhere(self) -> list[str]:
        """Requests to other hosts."""
        return [url for url in self.requests if not url.startswith(self.base + "/")]

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def _failed(self, error: Error) -> None:
        self.complaints.append(str(error))

    def _asked(self, request: Request) -> None:
        self.requests.append(request.url)


@contextmanager
def watching(browser: Browser, base: str, **context: Any) -> Iterator[Watched]:
    """A page of its own; at the end it must not have asked another host for anything."""
    opened = browser.new_context(**context)
    watched = Watched(opened.new_page(), base)
    yield watched
    opened.close()
    assert watched.elsewhere == []


@pytest.fixture
def watched(browser: Browser, shop: Shop) -> Iterator[Watched]:
    """A page on the shop that must be without complaints."""
    with watching(browser, shop.url) as watched:
        yield watched
    assert watched.complaints == []
