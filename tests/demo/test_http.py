"""The demo's own HTTP: exact numbers, and errors that a person understands."""

from decimal import Decimal

import pytest

from kinpay_server.demo.configuration import url_of
from kinpay_server.demo.http import call, receiver
from kinpay_server.demo.network import Network, network_of
from kinpay_server.demo.programs import DemoError


def test_a_callback_is_kept_with_its_exact_amount() -> None:
    with receiver() as callbacks:
        with pytest.raises(DemoError, match="cannot be used"):  # an empty answer is no JSON
            call(callbacks.url, {"value": {"amount": 0.1}})
        assert callbacks.callbacks.get(timeout=10) == {"value": {"amount": Decimal("0.1")}}


def test_a_refusal_is_told_with_its_status() -> None:
    with receiver() as callbacks, pytest.raises(DemoError, match="answered 501"):
        call(callbacks.url)


def test_a_server_that_is_gone_is_told() -> None:
    with receiver() as callbacks:
        pass
    with pytest.raises(DemoError, match="cannot be used"):
        call(callbacks.url)


def test_the_sandbox_is_known_by_its_line_and_by_no_other() -> None:
    line = (
        '{"horizon_url": "http://h/", "network_passphrase": "p", "friendbot_url": "http://h/friendbot", '
        '"faucet_url": "http://h/faucet", "asset_code": "KIN", "asset_issuer": "G", "more": 1}'
    )
    assert network_of(line) == Network("http://h", "p", "http://h/friendbot", "http://h/faucet", "KIN", "G")
    assert [network_of(other) for other in ("", "hello", "[]", "1", "{}")] == [None] * 5


def test_the_service_is_known_by_its_line_and_by_no_other() -> None:
    assert url_of("listening on http://127.0.0.1:5000\n") == "http://127.0.0.1:5000"
    assert url_of("not yet listening\n") is None
