"""No web page of another site can make its visitor's browser pay."""

import json
from typing import Any

import pytest


def post(api: Any, headers: bytes, *, host: bytes = b"127.0.0.1:5000") -> bytes:
    body = json.dumps(api.good).encode()
    start = b"POST /payments HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n" % (host, len(body))
    return start + headers + b"\r\n" + body


@pytest.mark.gen_test
@pytest.mark.parametrize(
    "headers",
    [
        b"Sec-Fetch-Site: cross-site\r\n",
        b"Sec-Fetch-Site: same-site\r\nOrigin: http://127.0.0.1:5000\r\n",
        b"Origin: https://evil.example\r\n",
        b"Origin: http://127.0.0.1:8000\r\n",
        b"Origin: null\r\n",
        b"Origin: http://[\r\n",
        b"Origin: \r\n",
    ],
)
async def test_a_post_by_a_page_of_another_site_is_403_with_code_4030_and_not_stored(
    api: Any, wire: Any, store: Any, headers: bytes
) -> None:
    (answer,) = await wire.send(post(api, headers))
    assert answer.code == 4030
    assert store.kept == {}


@pytest.mark.gen_test
@pytest.mark.parametrize(
    "headers",
    [
        b"",
        b"Sec-Fetch-Site: same-origin\r\nOrigin: http://127.0.0.1:5000\r\n",
        b"Sec-Fetch-Site: none\r\n",
        b"Origin: http://127.0.0.1:5000\r\n",
    ],
)
async def test_a_post_by_a_program_or_by_our_own_page_is_accepted(api: Any, wire: Any, headers: bytes) -> None:
    (answer,) = await wire.send(post(api, headers))
    assert answer.status == 202


@pytest.mark.gen_test
async def test_reading_is_left_to_the_browsers_own_rules(wire: Any) -> None:
    (answer,) = await wire.send(b"GET /status HTTP/1.1\r\nHost: x\r\nSec-Fetch-Site: cross-site\r\n\r\n")
    assert answer.status == 200


OWN = b"Sec-Fetch-Site: same-origin\r\nOrigin: http://%s\r\n"


@pytest.mark.gen_test
@pytest.mark.parametrize("host", [b"evil.example:5000", b"evil.example", b"127.0.0.1.evil.example:5000", b"1.2.3:5000"])
@pytest.mark.parametrize("headers", [OWN, b"Origin: http://%s\r\n", b"Sec-Fetch-Site: none\r\nX-Host: %s\r\n"])
async def test_without_tokens_a_site_whose_name_leads_here_cannot_make_a_browser_pay(
    api: Any, wire: Any, store: Any, host: bytes, headers: bytes
) -> None:
    (answer,) = await wire.send(post(api, headers % host, host=host))
    assert answer.code == 4030
    assert store.kept == {}


@pytest.mark.gen_test
@pytest.mark.parametrize("host", [b"localhost:5000", b"[::1]:5000", b"192.0.2.7", b"LocalHost"])
async def test_without_tokens_our_own_page_may_be_open_under_an_address_or_localhost(
    api: Any, wire: Any, host: bytes
) -> None:
    (answer,) = await wire.send(post(api, OWN % host, host=host))
    assert answer.status == 202


@pytest.mark.gen_test
async def test_a_program_may_call_by_any_name(api: Any, wire: Any) -> None:
    (answer,) = await wire.send(post(api, b"", host=b"payments.internal:5000"))
    assert answer.status == 202
