"""Ledgers that are full: patience and few higher bids, not bidding against oneself."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from stellar_sdk import Keypair

from kinpay_server.demo.configuration import write_config
from kinpay_server.demo.http import call
from kinpay_server.demo.network import Network, network_of
from kinpay_server.demo.programs import running
from tests.system.clients import PersistentClient, wait_until
from tests.system.conftest import Kinpay, Told, payment
from tests.system.faults import misbehaving
from tests.system.verdict import assert_paid_once, assert_told, wait_until_told

MOST_IN_A_LEDGER = 60
"""Enough for the transaction that opens channels, 57; two ledgers of it wait at most."""
BASE_FEE = 100
PAGE = 200

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    """A sandbox whose ledgers hold little."""
    arguments = ["sandbox", "--port", "0", "--json", "--close-seconds", "0.5", "--fast"]
    with running([*arguments, "--max-ops", str(MOST_IN_A_LEDGER)], tmp_path_factory.mktemp("sandbox")) as sandbox:
        yield sandbox.wait_for(network_of)


@pytest.fixture
def kinpay(network: Network, root: Keypair, tmp_path: Path) -> Kinpay:
    """A service with many more channels than a ledger holds operations."""
    return Kinpay(tmp_path, write_config(tmp_path, network, root, max_channels=200, poll_interval=0.2))


def fees_of_payments(network: Network, root: str) -> list[int]:
    """What each of root's KIN payments has cost in stroops, whoever paid it."""
    hashes = {one["hash"] for one in call(f"{network.horizon_url}/_sandbox/audit")["payments"] if one["from"] == root}
    return [int(one["fee_charged"]) for one in transactions(network, root) if one["hash"] in hashes]


def transactions(network: Network, address: str) -> Iterator[dict[str, Any]]:
    """All transactions of the account."""
    cursor = ""
    while True:
        url = f"{network.horizon_url}/accounts/{address}/transactions"
        page = call(url, limit=str(PAGE), cursor=cursor, include_failed="true")["_embedded"]["records"]
        yield from page
        if len(page) < PAGE:
            return
        cursor = page[-1]["paging_token"]


def test_more_payments_than_ledgers_hold_are_paid_once_at_little_more_than_the_base_fee(
    network: Network, root: Keypair, kinpay: Kinpay, told: Told
) -> None:
    wallet = network.make_wallet().public_key
    bodies = [payment(told, wallet, f"own-{number}") for number in range(800)]
    ids = [str(body["id"]) for body in bodies]
    with kinpay.serving() as (_, url):
        PersistentClient(bodies, url, pause=0).run()
        wait_until_told(told, ids)
    assert_paid_once(network, root.public_key, ids)
    assert_told(told, ids)
    fees = fees_of_payments(network, root.public_key)
    assert len(fees) == len(ids)
    assert sum(fees) <= 3 * BASE_FEE * len(ids)


def test_while_others_fill_the_ledgers_payments_go_on_at_about_their_bid_and_afterwards_at_the_base_fee(
    network: Network, root: Keypair, kinpay: Kinpay, told: Told
) -> None:
    wallet = network.make_wallet().public_key
    bid = 700
    crowded = [payment(told, wallet, f"crowded-{number}") for number in range(300)]
    quiet = [payment(told, wallet, f"quiet-{number}") for number in range(100)]
    with kinpay.serving() as (_, url):
        first = [payment(told, wallet, f"first-{number}") for number in range(200)]
        PersistentClient(first, url, pause=0).run()
        wait_until_told(told, [str(body["id"]) for body in first])
        spent_before = sum(fees_of_payments(network, root.public_key))
        with misbehaving(network, surge_bid=bid, surge_ops=MOST_IN_A_LEDGER):
            PersistentClient(crowded, url, pause=0).run()
            wait_until(lambda: sum(one.startswith("crowded") for one in told.read()) > 50, lambda: len(told.states))
        wait_until_told(told, [str(body["id"]) for body in crowded])
        spent_in_crowd = sum(fees_of_payments(network, root.public_key)) - spent_before
        PersistentClient(quiet, url, pause=0).run()
        wait_until_told(told, [str(body["id"]) for body in quiet])
    ids = [str(body["id"]) for body in [*first, *crowded, *quiet]]
    assert_paid_once(network, root.public_key, ids)
    assert_told(told, ids)
    assert spent_in_crowd <= 3 * bid * len(crowded)
