import asyncio
import gzip
import ssl
import time
from email.utils import formatdate
from pathlib import Path

import pytest
import tornado.test

from kinpay_server.callbacks.sender import MOST_OF_A_BODY, parse_retry_after
from kinpay_server.domain.callback import Delivery
from tests.callbacks.conftest import a_callback, receiving, says, sending

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
MUCH = 16 * 1024 * 1024
"""More bytes than sockets hold by themselves, and so few that they are read in no time."""


async def answered(answer: bytes) -> Delivery:
    """What becomes of a callback that is answered so."""
    async with receiving(answer) as receiver, sending() as sender:
        return await sender.send(a_callback(receiver.url))


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
@pytest.mark.gen_test
async def test_every_2xx_is_delivered(status: int) -> None:
    delivery = await answered(b"HTTP/1.1 %d Fine\r\nContent-Length: 0\r\n\r\n" % status)
    assert delivery == Delivery(status)
    assert delivery.delivered


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.gen_test
async def test_a_redirect_is_not_followed_and_not_delivered(status: int) -> None:
    async with receiving(OK) as elsewhere:
        there = elsewhere.url.encode()
        delivery = await answered(b"HTTP/1.1 %d Moved\r\nLocation: %b\r\nContent-Length: 0\r\n\r\n" % (status, there))
        assert elsewhere.posted == []
    assert delivery.status == status
    assert not delivery.delivered


@pytest.mark.parametrize(("status", "reason"), [(400, "Bad Request"), (410, "Gone"), (500, "Oh no"), (503, "Later")])
@pytest.mark.gen_test
async def test_another_status_is_told_with_its_reason(status: int, reason: str) -> None:
    delivery = await answered(b"HTTP/1.1 %d %b\r\nContent-Length: 0\r\n\r\n" % (status, reason.encode()))
    assert delivery == Delivery(status, reason)
    assert not delivery.delivered


@pytest.mark.parametrize("reason", [b"\xff\xfe", b"y" * 5000])
@pytest.mark.gen_test
async def test_a_reason_can_be_stored_whatever_its_bytes_are(reason: bytes) -> None:
    delivery = await answered(b"HTTP/1.1 500 %b\r\nContent-Length: 0\r\n\r\n" % reason)
    assert delivery.status == 500
    assert 0 < len((delivery.error or "").encode()) <= 500


@pytest.mark.gen_test
async def test_what_is_posted_is_the_body_exactly_as_json() -> None:
    body = '{"amount": 0.1, "id": "ä"}'.encode()
    async with receiving(OK) as receiver, sending() as sender:
        await sender.send(a_callback(receiver.url, body))
    [posted] = receiver.posted
    assert posted.line == "POST /hook?x=1 HTTP/1.1"
    assert posted.body == body
    assert posted.headers["Content-Type"] == "application/json"
    assert posted.headers["Content-Length"] == str(len(body))
    assert posted.headers["Host"] == f"127.0.0.1:{receiver.port}"
    assert posted.headers["User-Agent"] == "kinpay"
    assert "Cookie" not in posted.headers


@pytest.mark.gen_test
async def test_a_cookie_is_not_sent_back() -> None:
    async with (
        receiving(b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n") as receiver,
        sending() as sender,
    ):
        for _ in range(2):
            await sender.send(a_callback(receiver.url))
    assert "Cookie" not in receiver.posted[1].headers


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 204 No Content\r\n\r\n",
        OK,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        b"HTTP/1.1 500 Oh no\r\nContent-Length: 2\r\n\r\nno",
    ],
)
@pytest.mark.gen_test
async def test_a_connection_serves_the_next_callback_too(answer: bytes) -> None:
    async with receiving(answer) as receiver, sending() as sender:
        for _ in range(3):
            await sender.send(a_callback(receiver.url))
    assert [posted.connection for posted in receiver.posted] == [1, 1, 1]


@pytest.mark.gen_test
async def test_a_connection_whose_answer_comes_in_pieces_serves_the_next_one_too() -> None:
    async def in_pieces(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\n")
        for _ in range(3):
            await writer.drain()
            await asyncio.sleep(0.01)
            writer.write(b"0123456789")

    async with receiving(in_pieces) as receiver, sending() as sender:
        for _ in range(2):
            assert (await sender.send(a_callback(receiver.url))).delivered
    assert [posted.connection for posted in receiver.posted] == [1, 1]


@pytest.mark.gen_test
async def test_a_connection_that_the_receiver_closes_is_not_used_again() -> None:
    async with (
        receiving(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n") as receiver,
        sending() as sender,
    ):
        for _ in range(2):
            assert (await sender.send(a_callback(receiver.url))).delivered
    assert receiver.connections == 2


@pytest.mark.parametrize("head", [b"Transfer-Encoding: chunked", b"Content-Length: 9999999999", b"X-Until: closed"])
@pytest.mark.gen_test
async def test_an_answer_that_never_ends_is_delivered_and_not_read(head: bytes) -> None:
    sent = 0
    piece = b"8000\r\n" + b"x" * 0x8000 + b"\r\n"

    async def endless(writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n\r\n")
        while sent < MUCH:
            writer.write(piece)
            await writer.drain()
            sent += len(piece)

    async with receiving(endless) as receiver, sending() as sender:
        assert await sender.send(a_callback(receiver.url)) == Delivery(200)
        await asyncio.wait_for(receiver.closed.wait(), 60)
    assert sent < MUCH


@pytest.mark.parametrize("body", [b"", b"only"])
@pytest.mark.gen_test
async def test_an_answer_whose_body_does_not_come_is_delivered_all_the_same(body: bytes) -> None:
    """No answer body is needed: the status tells, and the receiver must not get the callback for days."""
    async with (
        receiving(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n" + body) as receiver,
        sending(seconds=0.3) as sender,
    ):
        assert await sender.send(a_callback(receiver.url)) == Delivery(200)
        await asyncio.wait_for(receiver.closed.wait(), 60)


@pytest.mark.gen_test
async def test_an_answer_that_breaks_off_before_its_body_is_delivered_all_the_same() -> None:
    async def breaks_off(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n")
        await writer.drain()
        writer.close()

    async with receiving(breaks_off) as receiver, sending() as sender:
        assert await sender.send(a_callback(receiver.url)) == Delivery(200)


@pytest.mark.gen_test
async def test_a_bomb_is_not_unpacked() -> None:
    packed = gzip.compress(b"0" * 30_000_000)
    assert len(packed) < MOST_OF_A_BODY
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
    async with receiving(head + packed) as receiver, sending() as sender:
        for _ in range(2):
            assert await sender.send(a_callback(receiver.url)) == Delivery(200)
    assert receiver.connections == 1


@pytest.mark.gen_test
async def test_what_is_no_gzip_though_it_says_so_is_delivered() -> None:
    assert await answered(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope") == Delivery(
        200
    )


@pytest.mark.gen_test
async def test_a_receiver_that_does_not_answer_is_given_up() -> None:
    async def silent(_writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(3600)

    async with receiving(silent) as receiver, sending(seconds=0.2) as sender:
        assert await sender.send(a_callback(receiver.url)) == Delivery(None, "timed out")
        assert len(receiver.posted) == 1


@pytest.mark.gen_test
async def test_a_receiver_that_goes_on_with_its_head_for_ever_is_given_up() -> None:
    async def dribbles(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            writer.write(b"X: y\r\n")
            await writer.drain()
            await asyncio.sleep(0.01)

    async with receiving(dribbles) as receiver, sending(seconds=0.3) as sender:
        assert (await sender.send(a_callback(receiver.url))).status is None


@pytest.mark.gen_test
async def test_a_receiver_that_refuses_the_connection_is_an_error() -> None:
    async with receiving(OK) as receiver:
        pass
    async with sending() as sender:
        delivery = await sender.send(a_callback(receiver.url))
    assert delivery.status is None
    assert "ClientConnectorError" in (delivery.error or "")


@pytest.mark.gen_test(timeout=60)
async def test_a_host_that_has_no_address_is_an_error() -> None:
    async with sending() as sender:
        delivery = await sender.send(a_callback("http://kinpay.invalid/"))
    assert delivery.status is None
    assert "ClientConnectorDNSError" in (delivery.error or "")


@pytest.mark.gen_test
async def test_a_receiver_that_speaks_no_tls_is_an_error() -> None:
    async def speaks_no_tls(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(speaks_no_tls, "127.0.0.1", 0)
    async with server, sending() as sender:
        port = server.sockets[0].getsockname()[1]
        delivery = await sender.send(a_callback(f"https://127.0.0.1:{port}/"))
    assert delivery.status is None
    assert "SSL" in (delivery.error or "")


@pytest.mark.gen_test
async def test_a_certificate_that_nobody_trusts_is_an_error() -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificates = Path(tornado.test.__file__).parent
    tls.load_cert_chain(certificates / "test.crt", certificates / "test.key")
    async with receiving(OK, tls) as receiver, sending() as sender:
        delivery = await sender.send(a_callback(receiver.url))
    assert delivery.status is None
    assert "Certificate" in (delivery.error or "")
    assert receiver.posted == []


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"hello\r\n\r\n",
        b"HTTP/1.1 two hundred OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 " + b"y" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100_000 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: \x00\r\n\r\n",
        b"\xff\xfe" * 100,
        b"HTTP/1.1 99999999999999999999 OK\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n",
    ],
)
@pytest.mark.gen_test
async def test_what_is_no_answer_is_an_error(answer: bytes) -> None:
    async def strange(writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await writer.drain()
        writer.close()

    async with receiving(strange) as receiver, sending() as sender:
        delivery = await sender.send(a_callback(receiver.url))
    assert delivery.status is None
    assert delivery.error
    assert len(delivery.error) <= 500


@pytest.mark.parametrize("body", [b"zz\r\nnot hex\r\n", b"-1\r\nx\r\n", b"ffffffffffffffffff\r\nx\r\n"])
@pytest.mark.gen_test
async def test_a_body_that_cannot_be_understood_does_not_matter(body: bytes) -> None:
    async def strange(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        await writer.drain()
        await asyncio.sleep(0.05)  # so that the head is read by itself
        writer.write(body)
        await writer.drain()
        writer.close()

    async with receiving(strange) as receiver, sending() as sender:
        assert await sender.send(a_callback(receiver.url)) == Delivery(200)


@pytest.mark.parametrize(
    "url", ["http://", "http://[::1", "http://a b/", "http://host:99999/", "gopher://host/", "x" * 9]
)
@pytest.mark.gen_test
async def test_a_url_that_cannot_be_used_is_an_error(url: str) -> None:
    async with sending() as sender:
        delivery = await sender.send(a_callback(url))
    assert delivery.status is None
    assert delivery.error


@pytest.mark.gen_test
async def test_a_slow_receiver_does_not_delay_another_one() -> None:
    finish = asyncio.Event()

    async def slow(writer: asyncio.StreamWriter) -> None:
        await finish.wait()
        await says(OK)(writer)

    async with receiving(slow) as slow_one, receiving(OK) as quick_one, sending() as sender:
        waiting = [asyncio.ensure_future(sender.send(a_callback(slow_one.url))) for _ in range(150)]
        while len(slow_one.posted) < len(waiting):  # noqa: ASYNC110 - it is the receiver that counts
            await asyncio.sleep(0.01)
        for _ in range(5):
            assert await sender.send(a_callback(quick_one.url)) == Delivery(200)
        assert not any(task.done() for task in waiting)
        finish.set()
        assert await asyncio.gather(*waiting) == [Delivery(200)] * 150


@pytest.mark.gen_test
async def test_the_patience_that_a_receiver_asks_for_is_told() -> None:
    assert await answered(b"HTTP/1.1 503 Later\r\nRetry-After: 120\r\nContent-Length: 0\r\n\r\n") == Delivery(
        503, "Later", 120_000
    )


@pytest.mark.parametrize(
    ("value", "milliseconds"),
    [
        (None, None),
        ("0", 0),
        ("120", 120_000),
        ("999999999", 999_999_999_000),
        ("1234567890", None),
        ("-1", None),
        ("1.5", None),
        ("٣", None),
        ("soon", None),
        ("", None),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0),
        ("Wed, 99 Oct 2015 07:28:00 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date_or_nothing(value: str | None, milliseconds: int | None) -> None:
    assert parse_retry_after(value) == milliseconds


@pytest.mark.parametrize("zone", ["GMT", "-0000"])
def test_a_date_is_counted_from_now(zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways of writing UTC, wherever this host stands."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    in_an_hour = formatdate(time.time() + 3600, usegmt=True).replace("GMT", zone)
    wait = parse_retry_after(in_an_hour)
    monkeypatch.undo()
    time.tzset()
    assert wait is not None
    assert 3_000_000 < wait <= 3_600_000
