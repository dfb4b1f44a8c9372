"""The page that shows the API: it is whole, and nothing of it comes from elsewhere."""

import re
from typing import Any

import pytest

from kinpay_server.web.docs import POLICY


@pytest.mark.gen_test
async def test_the_page_is_answered(api: Any) -> None:
    answer = await api.get("/docs")
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["X-Request-Id"]


@pytest.mark.gen_test
async def test_all_that_the_page_is_made_of_is_answered_with_its_type(api: Any) -> None:
    page = (await api.get("/docs")).text
    found = re.findall(r'(?:src|href)="([^"]+)"', page)
    types = {
        "docs/swagger-ui.css": "text/css; charset=utf-8",
        "docs/swagger-ui-bundle.js": "text/javascript; charset=utf-8",
        "docs/start.js": "text/javascript; charset=utf-8",
        "docs/favicon-32x32.png": "image/png",
        "openapi.json": "application/json; charset=utf-8",
    }
    assert {*found} == {*types}
    for path, content_type in types.items():
        answer = await api.call("HEAD", f"/{path}")
        assert (answer.status, answer.headers["Content-Type"]) == (200, content_type)
        assert int(answer.headers["Content-Length"]) > 100


@pytest.mark.gen_test
async def test_nothing_is_loaded_from_elsewhere_and_nothing_runs_that_is_written_into_the_page(api: Any) -> None:
    page, start = (await api.get("/docs")).text, (await api.get("/docs/start.js")).text
    for text in (page, start):
        assert not re.search(r"https?:|//[a-z]", text)
    assert not re.search(r"<script(?! src=)|<style|\son[a-z]+=|style=", page)
    assert "validatorUrl: null" in start


@pytest.mark.gen_test
async def test_a_browser_is_told_to_load_only_what_is_ours(api: Any) -> None:
    for path in ("/docs", "/docs/start.js"):
        headers = (await api.get(path)).headers
        assert headers["Content-Security-Policy"] == POLICY
        assert headers["X-Content-Type-Options"] == "nosniff"
    assert "unsafe" not in POLICY
    assert "script-src 'self'" in POLICY


@pytest.mark.gen_test
async def test_only_the_files_of_the_page_are_answered(api: Any) -> None:
    for name in ("index.html", "swagger-ui.js", "x", "..", "%2e%2e%2fdocs.py", "..%2F..%2Fdocs.py", "start.js%00"):
        assert (await api.get(f"/docs/{name}")).refuses(4040)
