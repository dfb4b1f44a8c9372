"""Opening a port, and what is no HTTP at all."""

import socket
from typing import Any

import pytest

from kinpay_server.web.listening import CannotListen, listen
from kinpay_server.web.server import serve


@pytest.mark.gen_test
async def test_port_0_lets_the_system_choose(app: Any) -> None:
    server, port = serve(app, "127.0.0.1", 0)
    assert port > 0
    with socket.create_connection(("127.0.0.1", port)):
        pass
    server.stop()


@pytest.mark.gen_test
async def test_a_port_in_use_is_one_clear_sentence(app: Any, wire: Any) -> None:
    with pytest.raises(CannotListen) as caught:
        serve(app, "127.0.0.1", wire.port)
    assert str(caught.value) == f"cannot listen on 127.0.0.1 port {wire.port}: address already in use"


@pytest.mark.gen_test
async def test_a_host_of_another_machine_is_one_clear_sentence(app: Any) -> None:
    for host in ("192.0.2.1", "no-such-host.invalid"):
        with pytest.raises(CannotListen, match=f"^cannot listen on {host} port 0: [^\n]+$"):
            serve(app, host, 0)


def test_all_addresses_get_the_same_port() -> None:
    sockets = listen("", 0)
    assert len({one.getsockname()[1] for one in sockets}) == 1
    for one in sockets:
        one.close()


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="needs IPv6")
def test_a_port_that_is_free_on_some_addresses_only_is_given_back() -> None:
    with socket.create_server(("::", 0), family=socket.AF_INET6) as other:
        port = other.getsockname()[1]
        with pytest.raises(CannotListen, match="address already in use"):
            listen("", port)
        socket.create_server(("0.0.0.0", port)).close()  # noqa: S104 - only to see that it is free


@pytest.mark.gen_test
@pytest.mark.parametrize(
    "request_bytes",
    [
        b"nonsense\r\n\r\n",
        b"GET /status HTTP/1.1\r\n\r\n",
        b"GET /status HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET /status HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n",
        b"POST /payments HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"POST /payments HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n{}",
        b"POST /payments HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
    ],
)
async def test_what_is_no_http_is_refused_in_the_one_shape(wire: Any, request_bytes: bytes) -> None:
    (answer,) = await wire.send(request_bytes)
    assert answer.code == 4000
    assert answer.headers["Connection"] == "close"
