"""Whatever is sent, the answer is no 5xx and has the contract's shape."""

import asyncio
import json
import string
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote_from_bytes

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kinpay_server.web.server import serve

from .conftest import RECIPIENT, FakeReport, FakeStore, RawAnswer, build

Send = Callable[[bytes], RawAnswer]

GOOD = {"id": "p", "app_id": "kik", "amount": 5, "recipient_address": RECIPIENT, "callback": "https://app.example"}

any_text = st.text(st.characters(exclude_categories=()), max_size=40)
any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | any_text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(any_text, inner, max_size=3),
    max_leaves=8,
)
any_changes = st.dictionaries(st.sampled_from([*GOOD, "other"]), any_json, max_size=6)


@pytest.fixture(scope="module")
def send() -> Iterator[Send]:
    """Sends over one connection, which no answer may end."""
    with asyncio.Runner() as runner:

        async def start() -> tuple[Any, asyncio.StreamReader, asyncio.StreamWriter]:
            server, port = serve(build(FakeStore(), FakeReport()), "127.0.0.1", 0)
            return server, *await asyncio.open_connection("127.0.0.1", port)

        async def exchange(request: bytes) -> RawAnswer:
            writer.write(request)
            return await RawAnswer.read(reader)

        async def stop() -> None:
            writer.close()
            await writer.wait_closed()
            server.stop()
            await server.close_all_connections()

        server, reader, writer = runner.run(start())
        yield lambda request: runner.run(exchange(request))
        runner.run(stop())


def post(body: bytes) -> bytes:
    return b"POST /payments HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


def is_accepted_or_refused(answer: RawAnswer) -> bool:
    return answer.status == 202 or answer.code in (4000, 4001, 4091)


@settings(deadline=None, max_examples=150)
@given(st.binary(max_size=200))
@example(b'{"amount":1e99999999999999999999}')
@example(b'"\\ud800"')
def test_any_bytes_as_a_body_are_refused(send: Send, body: bytes) -> None:
    assert send(post(body)).code in (4000, 4001)


@settings(deadline=None, max_examples=150)
@given(any_json)
def test_any_json_as_a_body_is_refused(send: Send, value: Any) -> None:
    assert send(post(json.dumps(value).encode())).code in (4000, 4001)


@settings(deadline=None, max_examples=250)
@given(any_changes)
@example({"id": "\ud800"})
@example({"other": {"\ud800": "\udfff"}})
@example({"callback": "http://a\udfff"})
@example({"callback": "http://[v1.x]"})
def test_any_values_in_a_payment_are_accepted_or_refused(send: Send, changes: dict[str, Any]) -> None:
    assert is_accepted_or_refused(send(post(json.dumps(GOOD | changes).encode())))


@settings(deadline=None, max_examples=150)
@given(st.text(string.printable + "é[]@\\\ud800", max_size=40))
def test_any_callback_is_accepted_or_refused(send: Send, rest: str) -> None:
    assert is_accepted_or_refused(send(post(json.dumps(GOOD | {"callback": f"http://{rest}"}).encode())))


@settings(deadline=None, max_examples=150)
@given(st.from_regex(r"-?[0-9]{1,30}(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,30})?", fullmatch=True))
def test_any_number_is_accepted_or_refused(send: Send, literal: str) -> None:
    assert is_accepted_or_refused(
        send(post(json.dumps(GOOD | {"amount": 0})[:-1].encode() + b',"amount":%s}' % literal.encode()))
    )


@settings(deadline=None, max_examples=150)
@given(st.binary(min_size=1, max_size=40))
def test_any_bytes_as_an_id_in_a_path_are_found_or_refused(send: Send, raw: bytes) -> None:
    answer = send(f"GET /payments/{quote_from_bytes(raw, safe='')} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    assert answer.status == 200 or answer.code in (4000, 4041)


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(["status", "app_id", "limit", "cursor", "x"]), st.binary(max_size=40))
def test_any_bytes_in_a_query_are_used_or_refused(send: Send, name: str, raw: bytes) -> None:
    answer = send(f"GET /payments?{name}={quote_from_bytes(raw, safe='')} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    assert answer.status == 200 or answer.code == 4000
