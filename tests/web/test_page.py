"""The status page over HTTP: who may see it, what may be changed from it; nothing of it comes from elsewhere."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from tornado.web import Application

import kinpay_server.web
from kinpay_server.web import page
from kinpay_server.web.page import POLICY

from .conftest import FakeReport, FakeStore, build

TOKEN = "0123456789abcdef"
OWN = {"Kinpay-Page": "replay", "Content-Type": "application/json"}
DATA = ("/page/about", "/page/overview", "/page/payments", "/page/payment?id=p-17")
WEB = Path(kinpay_server.web.__file__).parent
FILES = sorted(path.name for path in (WEB / "static" / "page").iterdir())


async def replay(api: Any, body: object, **headers: str) -> Any:
    return await api.call("POST", "/page/replay", body=json.dumps(body), headers=OWN | headers)


@pytest.mark.gen_test
async def test_the_page_is_answered_at_the_root(api: Any) -> None:
    answer = await api.get("/")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert "<main" in answer.text


@pytest.mark.gen_test
async def test_all_that_the_page_is_made_of_is_answered_and_relative_so_that_a_path_before_it_does_no_harm(
    api: Any,
) -> None:
    found = re.findall(r'(?:src|href|action)="([^"#]+)"', (await api.get("/")).text)
    assert {"page/files/main.js", "page/files/page.css", "page/files/icon.svg", "docs", "status", "./"} == {*found}
    for path in found:
        assert (await api.get("/" + path.removeprefix("./"))).status == 200


@pytest.mark.parametrize("name", FILES)
@pytest.mark.gen_test
async def test_each_file_has_its_type_and_imports_only_others_of_them(api: Any, name: str) -> None:
    answer = await api.get(f"/page/files/{name}")
    kinds = {"js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8", "svg": "image/svg+xml"}
    assert (answer.status, answer.headers["Content-Type"]) == (200, kinds[name.rpartition(".")[2]])
    imported = re.findall(r'from "([^"]+)"', answer.text)
    assert {path.removeprefix("./") for path in imported} <= {*FILES}
    without_namespaces = re.sub(r"http://www\.w3\.org/\S+", "", answer.text)
    assert not re.search(r"https?:|//[a-z]+\.", without_namespaces)


def test_nothing_is_written_as_markup_by_the_scripts_or_run_from_the_page_itself() -> None:
    scripts = "".join((WEB / "static" / "page" / name).read_text() for name in FILES if name.endswith(".js"))
    assert not re.search(r"innerHTML|outerHTML\s*=|insertAdjacentHTML|document\.write|\beval\(|new Function", scripts)
    html = (WEB / "templates" / "page.html").read_text()
    assert not re.search(r"<script(?! type=\"module\" src=)|<style|\son[a-z]+=|style=", html)
    assert "unsafe" not in POLICY


@pytest.mark.gen_test
async def test_a_browser_is_told_to_load_only_what_is_ours_and_to_ask_whether_it_has_changed(api: Any) -> None:
    for path in ("/", "/page/files/main.js"):
        headers = (await api.get(path)).headers
        assert headers["Content-Security-Policy"] == POLICY
        assert headers["X-Content-Type-Options"] == "nosniff"
        again = await api.call("GET", path, headers={"If-None-Match": headers["Etag"]})
        assert (again.status, again.text) == (304, "")


@pytest.mark.gen_test
async def test_only_the_files_of_the_page_are_answered(api: Any) -> None:
    for name in ("page.html", "x", "..", "%2e%2e%2fdocs%2fstart.js", "..%2F..%2Fpage.py", "main.js%00"):
        assert (await api.get(f"/page/files/{name}")).refuses(4040)


@pytest.mark.gen_test
async def test_the_overview_is_answered_with_exact_amounts_as_text(api: Any) -> None:
    value = (await api.get("/page/overview")).value
    assert value["root"] == {
        "kin": {"held": "1.5", "spent": "0.0000005", "watched": 3_600_000, "lasts": 10_800_000_000_000},
        "xlm": None,
    }
    assert value["standing"]["matters"] == [{"about": "horizon", "text": "it is slow"}]
    assert value["network"] == {"ledger": 100, "closed_at": 1_700_000_000_000, "behind": 1}
    assert [one["payment_id"] for one in value["channels"]["squares"]] == ["p-17", None]
    assert [one["id"] for one in value["dead"]["newest"]] == ["payment-ab"]


@pytest.mark.gen_test
async def test_the_newest_payments_are_answered_or_those_with_a_status(api: Any) -> None:
    await api.post(amount=1.5)
    [row] = (await api.get("/page/payments")).value["payments"]
    assert (row["id"], row["amount"], row["status"]) == ("p-17", "1.5", "accepted")
    assert (await api.get("/page/payments?status=failed")).value == {"payments": [], "searched": False}
    assert (await api.get("/page/payments?status=lost")).refuses(4000, "status")


@pytest.mark.gen_test
async def test_a_search_is_narrowed_by_the_status(api: Any) -> None:
    await api.post()
    assert [one["id"] for one in (await api.get("/page/payments?q=%20p-1")).value["payments"]] == ["p-17"]
    assert (await api.get("/page/payments?q=p-1&status=failed")).value == {"payments": [], "searched": True}


@pytest.mark.parametrize("typed", ["%00", "%ED%A0%80", "a%0Ab", "%F0%9F%92%A9" * 50, "'%20OR%201=1--", "%25%5f*"])
@pytest.mark.gen_test
async def test_whatever_is_typed_the_search_answers(api: Any, typed: str) -> None:
    answer = await api.get(f"/page/payments?q={typed}")
    assert answer.status == 200 or answer.refuses(4000, "q")


@pytest.mark.gen_test
async def test_the_story_of_a_payment_is_answered_whatever_its_id_is(api: Any) -> None:
    for payment_id in ("..", "a/b?c#d", "<b>x"):
        assert (await api.post(id=payment_id)).status == 202
        quoted = payment_id.replace("#", "%23").replace("<", "%3C").replace("?", "%3F")
        value = (await api.get(f"/page/payment?id={quoted}")).value
        assert (value["id"], value["standing"]) == (payment_id, "It waits to be signed and sent.")
    assert (await api.get("/page/payment?id=other")).refuses(4041)
    assert (await api.get("/page/payment")).refuses(4041)


@pytest.mark.gen_test
async def test_a_dead_callback_is_replayed_once(api: Any) -> None:
    assert (await replay(api, {"callback": "payment-ab"})).value == {"replayed": 1}
    assert (await replay(api, {"callback": "payment-ab"})).value == {"replayed": 0}


@pytest.mark.gen_test
async def test_all_that_are_dead_are_replayed_when_that_is_said(api: Any) -> None:
    assert (await replay(api, {"all": True})).value == {"replayed": 1}


@pytest.mark.parametrize(
    "body", [{}, {"callback": 1}, {"callback": ""}, {"all": 1}, {"all": "true"}, {"all": True, "callback": "c"}]
)
@pytest.mark.gen_test
async def test_a_replay_says_what_is_meant_or_is_refused(api: Any, store: FakeStore, body: object) -> None:
    assert (await replay(api, body)).refuses(4000, "callback")
    assert store.page.dead


@pytest.mark.parametrize(
    "headers",
    [
        {"Kinpay-Page": ""},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
@pytest.mark.gen_test
async def test_a_page_of_another_site_replays_nothing(api: Any, store: FakeStore, headers: dict[str, str]) -> None:
    sent = {name: value for name, value in (OWN | headers).items() if value}
    answer = await api.call("POST", "/page/replay", body='{"all": true}', headers=sent)
    assert answer.refuses(4030)
    assert store.page.dead


@pytest.mark.gen_test
async def test_no_other_site_is_allowed_to_send_our_header(api: Any) -> None:
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Headers": "kinpay-page"}
    answer = await api.call("OPTIONS", "/page/replay", headers=asked)
    assert answer.status == 204
    assert not [name for name in answer.headers if name.lower().startswith("access-control")]


@pytest.mark.gen_test
async def test_without_tokens_the_page_is_for_this_machine_only(api: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "_is_loopback", lambda _address: False)
    for path in ("/", "/page/files/main.js", *DATA):
        assert (await api.get(path)).refuses(4030)
    assert (await replay(api, {"all": True})).refuses(4030)
    assert (await api.get("/status")).status == 200


@pytest.mark.parametrize(
    ("address", "loopback"),
    [("127.0.0.1", True), ("127.8.0.1", True), ("::1", True), ("::ffff:127.0.0.1", True), ("10.0.0.1", False),
     ("::ffff:10.0.0.1", False), ("fe80::1%eth0", False), ("2001:db8::1", False), ("", False), (None, False)],
)  # fmt: skip
def test_this_machine_is_known_by_its_addresses(address: str | None, loopback: bool) -> None:
    assert page._is_loopback(address) is loopback


class TestGuarded:
    """With tokens."""

    @pytest.fixture
    def app(self, store: FakeStore, report: FakeReport) -> Application:
        return build(store, report, api_tokens={"ops": TOKEN})

    @pytest.mark.gen_test
    async def test_everything_of_the_page_asks_for_a_password(self, api: Any) -> None:
        for path in ("/", "/page/files/main.js", *DATA):
            answer = await api.get(path)
            assert answer.refuses(4010)
            assert 'Basic realm="kinpay", charset="UTF-8"' in answer.headers.get_list("WWW-Authenticate")
        assert (await replay(api, {"all": True})).refuses(4010)

    @pytest.mark.gen_test
    async def test_with_one_of_the_tokens_it_is_shown_to_anybody(
        self, api: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(page, "_is_loopback", lambda _address: False)
        assert (await api.get("/", Authorization=f"Bearer {TOKEN}")).status == 200
        assert (await replay(api, {"all": True}, Authorization=f"Bearer {TOKEN}")).value == {"replayed": 1}

    @pytest.mark.gen_test
    async def test_the_password_that_a_browser_sends_by_itself_replays_nothing_for_another_site(
        self, api: Any, store: FakeStore
    ) -> None:
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
        answer = await api.call("POST", "/page/replay", body='{"all": true}', headers=headers)
        assert answer.refuses(4030)
        assert store.page.dead
