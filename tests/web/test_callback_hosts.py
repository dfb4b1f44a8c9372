"""A callback that may not be called is refused when it is posted."""

import json
from typing import Any

import pytest
from tornado.web import Application

from kinpay_server.domain.allowed_hosts import AllowedHosts

from .conftest import RECIPIENT, FakeReport, FakeStore, build

JSON = {"Content-Type": "application/json"}


@pytest.fixture
def app(store: FakeStore, report: FakeReport) -> Application:
    return build(store, report, allowed_hosts=AllowedHosts.parse("*.app.example 10.0.0.0/8 one.example:8443"))


@pytest.mark.gen_test
@pytest.mark.parametrize(
    "callback",
    ["https://a.APP.example./x", "http://10.1.2.3:99/", "https://one.example:8443", "http://[::ffff:10.0.0.1]/"],
)
async def test_a_callback_on_an_allowed_host_is_taken(api: Any, callback: str) -> None:
    assert (await api.post(callback=callback)).status == 202


@pytest.mark.gen_test
@pytest.mark.parametrize(
    "callback",
    ["https://app.example/", "http://11.0.0.1/", "https://one.example", "http://[::1]/", "http://a.app.example.evil/"],
)
async def test_a_callback_on_another_host_is_refused_naming_the_field_wherever_one_is_taken(
    api: Any, store: FakeStore, callback: str
) -> None:
    wallet = {"wallet_address": RECIPIENT, "app_id": "kik", "callback": callback}
    service = {"callback": callback, "wallet_addresses": [RECIPIENT]}
    for answer in (
        await api.post(callback=callback),
        await api.call("POST", "/wallets", body=json.dumps(wallet), headers=JSON),
        await api.call("PUT", "/services/s", body=json.dumps(service), headers=JSON),
    ):
        assert answer.refuses(4000, "callback")
        assert "allowed_hosts" in answer.value["fields"]["callback"][0]
        assert "app.example" not in answer.text
    assert store.kept == {}


@pytest.mark.gen_test
async def test_all_that_is_wrong_is_told_together(api: Any) -> None:
    assert (await api.post(callback="http://other.example/", amount=0)).refuses(4000, "callback", "amount")
