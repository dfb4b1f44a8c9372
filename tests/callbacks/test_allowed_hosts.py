"""What is not allowed is not called, and is not tried again."""

import pytest

from kinpay_server.callbacks.sender import NOT_ALLOWED
from kinpay_server.domain.allowed_hosts import AllowedHosts
from kinpay_server.domain.callback import LIFETIME, Callback, Delivery, next_try
from tests.callbacks.conftest import a_callback, receiving, sending

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


@pytest.mark.gen_test
async def test_a_host_that_is_allowed_is_called() -> None:
    async with receiving(OK) as receiver:
        for rules in ("127.0.0.1", "127.0.0.0/8", f"127.0.0.1:{receiver.port}"):
            async with sending(allowed_hosts=AllowedHosts.parse(rules)) as sender:
                assert (await sender.send(a_callback(receiver.url))).delivered
    assert len(receiver.posted) == 3


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST.", "2130706433", "127.1", "[::ffff:127.0.0.1]"])
@pytest.mark.gen_test
async def test_a_host_that_is_not_allowed_any_more_ends_the_callback_unsent(host: str) -> None:
    async with receiving(OK) as receiver, sending(allowed_hosts=AllowedHosts.parse("app.example 127.0.0.2")) as sender:
        delivery = await sender.send(Callback("c", f"http://{host}:{receiver.port}/", b"{}"))
    assert receiver.posted == []
    assert delivery == Delivery(None, NOT_ALLOWED, final=True)
    assert next_try(delivery, 1, 0, give_up_at=LIFETIME) is None


@pytest.mark.gen_test
async def test_the_port_counts_when_a_rule_names_one() -> None:
    async with receiving(OK) as receiver, sending(allowed_hosts=AllowedHosts.parse("127.0.0.1:1")) as sender:
        assert (await sender.send(a_callback(receiver.url))).final
