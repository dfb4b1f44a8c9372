"""The connection is lost and found again; the page asks for a password; it works below a path."""

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Error, expect

from kinpay_server.demo.http import call
from tests.page.conftest import PATIENCE, Shop, a_shop, watching

expect.set_options(timeout=PATIENCE)

TOKEN = "a-token-of-the-tests-0123"


@pytest.fixture
def closed(tmp_path: Path) -> Iterator[Shop]:
    """A shop that each test opens by itself."""
    with a_shop(tmp_path) as shop:
        yield shop


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A shop that wants a token."""
    with a_shop(tmp_path_factory.mktemp("guarded"), options=f"api_tokens = ops:{TOKEN}") as shop, shop.serving():
        yield shop


@contextmanager
def below(prefix: str, url: str) -> Iterator[str]:
    """A proxy that takes the path away before it asks the service; its own URL with the path."""
    target = urlsplit(url)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if not self.path.startswith(prefix + "/"):
                self.send_error(404)
                return
            connection = http.client.HTTPConnection(target.hostname or "", target.port, timeout=60)
            connection.request(self.command, self.path.removeprefix(prefix), body, dict(self.headers))
            answer = connection.getresponse()
            content = answer.read()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in ("content-length", "transfer-encoding", "connection", "date"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
            connection.close()

        do_GET = do_POST = _pass_on  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}{prefix}"
    server.shutdown()
    server.server_close()


def test_a_lost_connection_is_told_and_one_that_is_back_goes_on_by_itself(closed: Shop, browser: Browser) -> None:
    with closed.serving():
        base = closed.url
        opened = watching(browser, base)
        watched = opened.__enter__()
        page = watched.open()
        expect(page.get_by_role("status")).to_contain_text("All is well")
    expect(page.get_by_role("status")).to_contain_text("Connection lost; trying again. What is shown is from")
    expect(page.locator("body.stale #overview")).to_be_visible()
    with closed.serving():
        assert closed.url == base
        expect(page.get_by_role("status")).to_contain_text("All is well")
        expect(page.locator("body.stale")).to_have_count(0)
        paid = closed.pay()
        expect(page.locator("#payments")).to_contain_text(paid)
        opened.__exit__(None, None, None)
    assert not [said for said in watched.complaints if "ERR_CONNECTION_REFUSED" not in said]


def test_what_is_wrong_is_said_with_what_to_do_and_so_is_that_it_is_mended(closed: Shop, browser: Browser) -> None:
    with closed.serving(), watching(browser, closed.url) as watched:
        page = watched.open()
        expect(page.get_by_role("status")).to_contain_text("All is well")
        call(f"{closed.network.horizon_url}/_sandbox/faults", {"rate_limited": 1.0})
        expect(page.locator("#standing")).to_have_attribute("data-level", "trouble")
        expect(page.locator("#matters")).to_contain_text("Horizon does not answer")
        call(f"{closed.network.horizon_url}/_sandbox/faults", {"rate_limited": 0.0})
        expect(page.get_by_role("status")).to_contain_text("All is well")


def test_with_tokens_the_page_is_shown_to_who_has_one_as_a_password(guarded: Shop, browser: Browser) -> None:
    with watching(browser, guarded.url, http_credentials={"username": "me", "password": TOKEN}) as watched:
        page = watched.open()
        expect(page.get_by_role("status")).to_contain_text("well")
        assert watched.complaints == []
    with watching(browser, guarded.url) as watched, pytest.raises(Error, match="ERR_INVALID_AUTH_CREDENTIALS"):
        watched.page.goto(guarded.url + "/")  # without a window there is nobody to ask for the password


def test_below_a_path_everything_works_replay_too(closed: Shop, browser: Browser) -> None:
    with closed.serving(), below("/pay/kin", closed.url) as base, watching(browser, base) as watched:
        page = watched.open("/")
        closed.receiver.status = 410
        paid = closed.pay()
        expect(page.locator("#dead")).to_contain_text(paid)
        closed.receiver.status = 200
        page.get_by_role("link", name=paid, exact=True).first.click()
        expect(page.get_by_role("heading", level=1)).to_have_text(paid)
        assert page.url.startswith(f"{base}/?payment=")
        page.get_by_role("button", name="Replay").click()
        expect(page.locator("#told")).to_contain_text("Delivered")
        page.get_by_role("link", name="All payments").click()
        expect(page.locator("#payments")).to_contain_text(paid)
        assert watched.complaints == []
        page.get_by_role("link", name="Status as JSON").click()
        expect(page.locator("body")).to_contain_text('"app_name"')
