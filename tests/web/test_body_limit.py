"""Bodies over 64 KiB are answered with 413 in the contract's shape."""

import asyncio
import contextlib
import json
from typing import Any

import pytest
from tornado.httputil import HTTPConnection, HTTPHeaders, HTTPMessageDelegate, RequestStartLine

from kinpay_server.web import body_limit

from .conftest import RawAnswer

LIMIT = 64 * 1024
HEAD = b"POST /payments HTTP/1.1\r\nHost: x\r\nX-Request-Id: r-1\r\n"
STATUS = b"GET /status HTTP/1.1\r\nHost: x\r\n\r\n"


def declared(body: bytes) -> bytes:
    return HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body


def chunked(*chunks: bytes) -> bytes:
    return (
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"".join(b"%x\r\n%s\r\n" % (len(c), c) for c in (*chunks, b""))
    )


def padded(api: Any, size: int) -> bytes:
    """A good payment in a body of just that size."""
    body = json.dumps(api.good | {"padding": ""}).encode()
    return body[:-2] + b"x" * (size - len(body)) + body[-2:]


@pytest.mark.gen_test
async def test_a_body_of_just_64_kib_is_read(api: Any, wire: Any, store: Any) -> None:
    body = padded(api, LIMIT)
    assert len(body) == LIMIT
    answers = await wire.send(declared(body), chunked(body), chunked(*(body[at : at + 1] for at in range(LIMIT))))
    assert [one.status for one in answers] == [202] * 3


@pytest.mark.gen_test
async def test_a_byte_more_is_413_with_code_4130_and_the_connection_goes_on(api: Any, wire: Any, store: Any) -> None:
    body = padded(api, LIMIT + 1)
    answers = await wire.send(declared(body), STATUS, chunked(body), STATUS, chunked(body[:9], body[9:]), STATUS)
    assert [one.code for one in answers[::2]] == [4130] * 3
    assert [one.headers["X-Request-Id"] for one in answers[::2]] == ["r-1"] * 3
    assert [one.status for one in answers[1::2]] == [200] * 3
    assert store.kept == {}


@pytest.mark.gen_test
async def test_the_limit_holds_on_every_route_and_method(wire: Any) -> None:
    for method, path in ((b"GET", b"/status"), (b"PUT", b"/nope"), (b"BREW", b"/payments")):
        head = method + b" " + path + b" HTTP/1.1\r\nHost: x\r\n"
        (answer,) = await wire.send(head + b"Content-Length: 65537\r\n\r\n" + b"x" * 65537)
        assert answer.code == 4130


@pytest.mark.gen_test
async def test_a_body_that_is_declared_too_large_is_answered_before_it_is_sent(wire: Any) -> None:
    for length in (b"65537", b"10000000000", b"999999999999999999"):
        (answer,) = await wire.send(HEAD + b"Content-Length: " + length + b"\r\n\r\n")
        assert answer.code == 4130


@pytest.mark.gen_test
async def test_a_refused_body_gets_one_answer_and_no_more(wire: Any) -> None:
    for length in (b"70000", b"10000000000"):
        reader, writer = await asyncio.open_connection("127.0.0.1", wire.port)
        writer.write(HEAD + b"Content-Length: " + length + b"\r\n\r\nxyz")
        answer = await RawAnswer.read(reader)
        writer.write_eof()
        assert (answer.code, await reader.read()) == (4130, b"")
        writer.close()
        await writer.wait_closed()


@pytest.mark.gen_test
async def test_a_length_beyond_all_sense_is_refused_in_the_one_shape(wire: Any) -> None:
    for length in (b"9" * 19, b"9" * 5000, b"-1", b"x", b"1, 2", b"\xb2"):
        (answer,) = await wire.send(HEAD + b"Content-Length: " + length + b"\r\n\r\n")
        assert answer.code == 4000


@pytest.mark.gen_test
async def test_a_client_that_asks_before_it_sends_is_refused_at_once(wire: Any) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", wire.port)
    writer.write(HEAD + b"Expect: 100-continue\r\nContent-Length: 70000\r\n\r\n")
    everything = await reader.read()
    assert everything.startswith(b"HTTP/1.1 413 ")
    assert b"100" not in everything.partition(b"\r\n")[0]
    assert everything.count(b"HTTP/1.1") == 1
    writer.close()
    await writer.wait_closed()


@pytest.mark.gen_test
async def test_a_client_that_sends_megabytes_before_it_reads_gets_the_answer(wire: Any) -> None:
    body = b"x" * (1024 * 1024)
    assert [one.code for one in await wire.send(declared(body), chunked(body))] == [4130, 4130]


@pytest.mark.gen_test
async def test_what_goes_on_sending_is_cut_off(wire: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body_limit, "MAX_DISCARDED", 100_000)
    reader, writer = await asyncio.open_connection("127.0.0.1", wire.port)
    writer.write(HEAD + b"Content-Length: 300000\r\n\r\n" + b"x" * 150_000)
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 413 ")
    with contextlib.suppress(ConnectionResetError):
        await reader.read()
    assert reader.at_eof() or reader.exception() is not None
    writer.close()


@pytest.mark.gen_test
async def test_a_body_that_does_not_arrive_is_not_waited_for(wire: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body_limit, "BODY_SECONDS", 0.01)
    for start in (
        b"Content-Length: 10\r\n\r\n{",
        b"Content-Length: 70000\r\n\r\n{",
        b"Transfer-Encoding: chunked\r\n\r\n",
    ):
        reader, writer = await asyncio.open_connection("127.0.0.1", wire.port)
        writer.write(HEAD + start)
        await reader.read()
        assert reader.at_eof()
        writer.close()
        await writer.wait_closed()


@pytest.mark.gen_test
async def test_a_connection_whose_body_did_arrive_is_not_ended_later(
    wire: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(body_limit, "BODY_SECONDS", 0.02)
    reader, writer = await asyncio.open_connection("127.0.0.1", wire.port)
    for _ in range(2):
        writer.write(declared(b"{}"))
        assert (await RawAnswer.read(reader)).code == 4000
        await asyncio.sleep(0.05)
    writer.close()
    await writer.wait_closed()


def test_the_routes_are_told_just_once_how_a_request_ended() -> None:
    for chunks, told in (([b"x" * 10], ["data", "finish"]), ([b"x", b"x" * LIMIT], ["data", "closed"])):
        routes, connection = Routes(), Connection()
        limited = body_limit.LimitedBody(routes, connection)
        limited.headers_received(RequestStartLine("POST", "/", "HTTP/1.1"), HTTPHeaders())
        for chunk in chunks:
            limited.data_received(chunk)
        limited.finish()
        if told[-1] == "closed":
            limited.on_connection_close()
        assert routes.told == told
        assert connection.told == (["headers", "finish"] if told[-1] == "closed" else [])


class Routes(HTTPMessageDelegate):
    def __init__(self) -> None:
        self.told: list[str] = []

    def data_received(self, chunk: bytes) -> None:
        self.told.append("data")

    def finish(self) -> None:
        self.told.append("finish")

    def on_connection_close(self) -> None:
        self.told.append("closed")


class Connection(HTTPConnection):
    def __init__(self) -> None:
        self.told: list[str] = []

    def write_headers(self, *_: Any) -> "asyncio.Future[None]":
        self.told.append("headers")
        return None  # type: ignore[return-value]

    def finish(self) -> None:
        self.told.append("finish")


@pytest.mark.gen_test
async def test_a_client_that_goes_away_in_its_body_leaves_nothing(wire: Any, store: Any) -> None:
    for start in (
        b"Content-Length: 10\r\n\r\n{",
        b"Content-Length: 70000\r\n\r\n{",
        b"Transfer-Encoding: chunked\r\n\r\n5\r\n",
    ):
        _, writer = await asyncio.open_connection("127.0.0.1", wire.port)
        writer.write(HEAD + start)
        await writer.drain()
        writer.close()
        await writer.wait_closed()
    (answer,) = await wire.send(STATUS)
    assert (answer.status, store.kept) == (200, {})
