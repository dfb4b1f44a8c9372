"""Every answer carries a request id, every error has one shape, whatever went wrong."""

import json
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from kinpay_server.domain.errors import Unavailable

SECRET = "SELECT secret FROM seeds"


@pytest.mark.gen_test
@pytest.mark.parametrize(
    "path",
    [
        "/nope",
        "/page",
        "/page/",
        "/page/files",
        "/payments/",
        "/payments/a/b",
        "/payment",
        "/%FF",
        "/PAYMENTS",
        "//payments",
    ],
)
async def test_an_unknown_route_is_404_with_code_4040(api: Any, path: str) -> None:
    for method in ("GET", "POST", "OPTIONS", "DELETE"):
        assert (await api.call(method, path)).refuses(4040)


@pytest.mark.gen_test
@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/payments", "GET, POST, HEAD, OPTIONS"),
        ("/payments/p-17", "GET, HEAD, OPTIONS"),
        ("/status", "GET, HEAD, OPTIONS"),
        ("/config", "GET, HEAD, OPTIONS"),
    ],
)
async def test_a_method_that_a_route_has_not_is_405_with_code_4050_and_allow(api: Any, path: str, allowed: str) -> None:
    for method in {"POST", "PUT", "DELETE", "PATCH", "BREW"} - set(allowed.split(", ")):
        answer = await api.call(method, path)
        assert answer.refuses(4050)
        assert answer.headers["Allow"] == allowed
    options = await api.call("OPTIONS", path)
    assert (options.status, options.headers["Allow"], options.text) == (204, allowed, "")


@pytest.mark.gen_test
async def test_head_answers_as_get_without_a_body(api: Any) -> None:
    await api.post()
    for path in ("/payments", "/payments/p-17", "/status", "/config", "/payments/other"):
        get, head = await api.get(path), await api.call("HEAD", path)
        assert (head.status, head.text) == (get.status, "")
        assert head.headers["Content-Length"] == get.headers["Content-Length"]


@pytest.mark.gen_test
async def test_a_path_that_is_not_utf8_is_no_crash(api: Any) -> None:
    for path in ("%FF", "%ED%A0%80", "%C3", "%C0%80"):
        assert (await api.get(f"/payments/{path}")).refuses(4000)


@pytest.mark.gen_test
@pytest.mark.parametrize("error", [RuntimeError(SECRET), KeyError(SECRET), OSError(5, SECRET), UnicodeError(SECRET)])
async def test_a_crash_is_500_with_code_5000_and_tells_only_the_log(api: Any, store: Any, error: Exception) -> None:
    store.fails_with = error
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as logged:
        answers = [await api.post(request_id="r-1"), await api.get("/payments/p-17", **{"X-Request-Id": "r-1"})]
    for answer in answers:
        assert answer.refuses(5000)
        assert "message" not in answer.value
        assert SECRET not in answer.text + answer.headers.get("X-Error", "")
        assert answer.headers["X-Request-Id"] == "r-1"
    assert [(line["log_level"], line["request_id"], line["exc_info"]) for line in logged] == [
        ("error", "r-1", error)
    ] * 2


@pytest.mark.gen_test
async def test_a_database_that_cannot_take_it_now_is_503_with_code_5030_and_retry_after(api: Any, store: Any) -> None:
    store.fails_with = Unavailable("the disk is full")
    with capture_logs():
        answer = await api.post()
    assert answer.refuses(5030)
    assert answer.headers["Retry-After"] == "1"
    assert answer.value["message"] == "the disk is full"


@pytest.mark.gen_test
async def test_mistakes_of_callers_are_not_logged_as_ours(api: Any) -> None:
    with capture_logs() as logged:
        await api.post(amount=0)
        await api.get("/nope")
        await api.call("BREW", "/payments")
    assert logged == []


@pytest.mark.gen_test
@pytest.mark.parametrize("sent", ["x", "0b5e-17", "a b", "~!" * 64, "r"])
async def test_the_callers_request_id_is_on_every_answer(api: Any, sent: str) -> None:
    for method, path in (("GET", "/status"), ("GET", "/nope"), ("BREW", "/payments"), ("OPTIONS", "/payments")):
        answer = await api.call(method, path, headers={"X-Request-Id": sent})
        assert answer.headers.get_list("X-Request-Id") == [sent]
    assert (await api.post(request_id=sent, amount=0)).headers["X-Request-Id"] == sent
    assert (await api.post(request_id=sent)).headers["X-Request-Id"] == sent


@pytest.mark.gen_test
async def test_the_request_id_of_the_caller_is_kept_with_the_payment(api: Any, store: Any) -> None:
    await api.post(request_id="r-1")
    assert store.kept["p-17"].request_id == "r-1"


@pytest.mark.gen_test
@pytest.mark.parametrize("sent", [b"", b" ", b"\xc3\xa9", b"x" * 129, b"a\tb", b"\xff"])
async def test_a_request_id_that_is_none_is_replaced_by_a_new_one(wire: Any, sent: bytes) -> None:
    request = b"GET /status HTTP/1.1\r\nHost: x\r\nX-Request-Id: " + sent + b"\r\n\r\n"
    ids = [answer.headers["X-Request-Id"] for answer in await wire.send(request, request)]
    assert len(set(ids)) == 2
    assert all(len(one) == 36 for one in ids)


@pytest.mark.gen_test
async def test_a_new_request_id_is_the_same_in_the_answer_and_in_the_log(api: Any, store: Any) -> None:
    store.fails_with = RuntimeError()
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as logged:
        answer = await api.post()
    assert [line["request_id"] for line in logged] == [answer.headers["X-Request-Id"]]


@pytest.mark.gen_test
async def test_each_request_logs_under_its_own_id(api: Any, store: Any) -> None:
    store.fails_with = RuntimeError()
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as logged:
        await api.post(request_id="one")
        await api.post(request_id="two")
    assert [line["request_id"] for line in logged] == ["one", "two"]


@pytest.mark.gen_test
async def test_a_connection_can_be_used_again_after_errors(api: Any, wire: Any, store: Any) -> None:
    body = json.dumps(api.good).encode()
    post = b"POST /payments HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"
    with capture_logs():
        answers = await wire.send(
            b"GET /nope HTTP/1.1\r\nHost: x\r\n\r\n",
            post % 3 + b"{x}",
            b"BREW /payments HTTP/1.1\r\nHost: x\r\n\r\n",
            post % 70_000 + b"x" * 70_000,
            b"GET /payments/%FF HTTP/1.1\r\nHost: x\r\n\r\n",
            post % len(body) + body,
        )
    assert [one.code for one in answers[:-1]] == [4040, 4001, 4050, 4130, 4000]
    assert answers[-1].status == 202


@pytest.mark.gen_test
async def test_the_answer_does_not_tell_which_server_it_is(api: Any) -> None:
    assert "Server" not in (await api.get("/status")).headers
