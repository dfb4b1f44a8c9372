"""SIGKILL at each commit of a wallet's way: each is created once and told."""

from collections.abc import Mapping
from decimal import Decimal
from http.client import HTTPException
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest
from stellar_sdk import Keypair

from kinpay_server.demo.http import call
from kinpay_server.demo.network import Network
from kinpay_server.exact_json import dumps
from tests.system.clients import GIVES_UP_AFTER, wait_until
from tests.system.conftest import Kinpay, Told, show
from tests.system.payers import EACH
from tests.system.points import OF_WALLETS, points_of
from tests.system.programs import serve_and_die
from tests.system.verdict import wait_until_told

INITIAL_XLM = 2

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def post_wallet(url: str, address: str, callback: str) -> bool:
    """Whether it was accepted. The request has an id of its own, so a repeat is the very same post."""
    body = {"id": address, "wallet_address": address, "app_id": "test", "callback": callback}
    headers = {"Content-Type": "application/json", "X-Request-Id": address}
    try:
        with urlopen(Request(f"{url}/wallets", dumps(body), headers), timeout=GIVES_UP_AFTER) as answer:
            return bool(answer.status == 202)
    except (URLError, OSError, HTTPException):
        return False


def xlm_of(network: Network, address: str) -> Decimal:
    balances: list[Mapping[str, str]] = call(f"{network.horizon_url}/accounts/{address}")["balances"]
    [native] = [Decimal(one["balance"]) for one in balances if one["asset_type"] == "native"]
    return native


def test_a_kill_at_any_point_creates_each_wallet_once_and_tells_it(
    network: Network, kinpay: Kinpay, told: Told
) -> None:
    addresses: list[str] = []

    def work(url: str) -> None:
        new = [Keypair.random().public_key for _ in range(EACH)]
        addresses.extend(new)
        for address in new:
            post_wallet(url, address, told.receiver.url)

    for point in [*points_of(OF_WALLETS), "before: submit", "after: submit"]:
        serve_and_die(point, kinpay, work)
    with kinpay.serving() as (_, url):
        assert all(post_wallet(url, address, told.receiver.url) for address in addresses)
        wait_until_told(told, addresses)
        wait_until(lambda: kinpay.rows("SELECT count(*) FROM channels WHERE state = 'lent'") == [(0,)])
    assert not any(states["fail"] for states in told.read().values()), show(told.states)
    assert {xlm_of(network, address) for address in addresses} == {INITIAL_XLM}
