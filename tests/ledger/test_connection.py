import asyncio
from dataclasses import replace
from typing import Any

import pytest

from kinpay_server.ledger.connection import HorizonConnection, NoAnswer, RateLimit

REPLY_HEADERS = {"X-Ratelimit-Limit": "101", "X-Ratelimit-Remaining": "97", "X-Ratelimit-Reset": "1"}


async def three_reads(ledger: Any) -> None:
    for _ in range(3):
        await ledger.fees()


def test_connections_are_kept_open(talk, recorded):
    talk(recorded("root/fee_stats", "GET"), three_reads)
    assert len({asked.connection for asked in talk.asked}) == 1
    assert len(talk.asked) == 3


def test_horizon_is_not_asked_to_zip(talk, recorded):
    talk(recorded("root/fee_stats", "GET"), three_reads)
    assert talk.asked[0].headers["Accept-Encoding"] == "identity"


def test_the_rate_limit_is_what_the_last_answer_said(talk, recorded):
    async def ask(ledger: Any) -> list[Any]:
        before = ledger.rate_limit
        await ledger.fees()
        return [before, ledger.rate_limit]

    reply = replace(recorded("root/fee_stats", "GET"), headers=REPLY_HEADERS)
    assert talk(reply, ask) == [None, RateLimit(limit=101, remaining=97, reset=1)]
    assert talk(replace(reply, headers={**REPLY_HEADERS, "X-Ratelimit-Reset": "soon"}), ask) == [None, None]


def test_a_path_is_added_to_the_address_whatever_its_end():
    for url in ("http://h.example/horizon", "http://h.example/horizon/"):
        assert str(HorizonConnection(url, timeout=1).url("/fee_stats")) == "http://h.example/horizon/fee_stats"


def test_a_horizon_that_nobody_runs_is_a_failed_connection():
    async def ask() -> None:
        connection = HorizonConnection("http://127.0.0.1:1", timeout=5)
        await connection.open()
        try:
            await connection.get("/")
        finally:
            await connection.close()

    with pytest.raises(NoAnswer) as caught:
        asyncio.run(ask())
    assert caught.value.code == "connection failed"


def test_a_connection_that_was_not_opened_says_so():
    with pytest.raises(RuntimeError, match="not open"):
        asyncio.run(HorizonConnection("http://127.0.0.1:1", timeout=5).get("/"))


def test_closing_twice_does_no_harm():
    async def close() -> None:
        connection = HorizonConnection("http://127.0.0.1:1", timeout=5)
        await connection.open()
        await connection.close()
        await connection.close()

    asyncio.run(close())


OK = b"HTTP/1.1 200 OK\r\n"
BROKEN = {
    "gzip that is none": OK + b"Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
    "an encoding that nobody asked for": OK + b"Content-Encoding: br\r\nContent-Length: 2\r\n\r\n{}",
    "less than it says": OK + b"Content-Length: 700\r\n\r\n{}",
    "a chunk that is cut off": OK + b'Transfer-Encoding: chunked\r\n\r\n7\r\n{"a"',
    "a chunk of no length": OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    "two lengths": OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    "bytes in its head": OK + b"X-\xff: \xff\r\nContent-Length: 2\r\n\r\n{}",
    "no HTTP": b"hello\r\n\r\n",
    "nothing": b"",
}


@pytest.mark.parametrize("raw", BROKEN.values(), ids=BROKEN.keys())
def test_what_is_broken_on_its_way_is_no_answer_and_nothing_else_is_raised(raw: bytes) -> None:
    """Another error would leave a batch, all of which has been sent, without a word of what was answered."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(raw)
        writer.close()

    async def ask() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        connection = HorizonConnection(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", timeout=60)
        await connection.open()
        try:
            await connection.post_form(connection.url("/transactions_async"), b"tx=AAAA")
        finally:
            await connection.close()
            server.close()

    with pytest.raises(NoAnswer) as caught:
        asyncio.run(ask())
    assert caught.value.code == "connection lost"
