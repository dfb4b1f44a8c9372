"""The best-known client of the old service, as it behaves: impatient, repeating, and sure of what it is told."""

import random
import time
import uuid
from hashlib import sha256
from http.client import HTTPException
from threading import Thread
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import pytest
from stellar_sdk import Keypair

from kinpay_server.demo.http import call
from kinpay_server.demo.network import Network
from kinpay_server.exact_json import dumps
from tests.system.clients import PersistentClient, wait_until
from tests.system.conftest import Kinpay, Told, payment, payments_on_ledger

ORDERS = 60
TIMEOUT = 0.3
REPEATS = 6
KILLS = 4

BAD_NETWORK = {
    "seed": 7,
    "lost_after": 0.1,
    "timeout_after": 0.2,
    "error_after": 0.05,
    "cut_after": 0.05,
    "rate_limited": 0.02,
    "slow": 0.05,
    "slow_seconds": 0.5,
}
NEEDED = {"id", "transaction_id", "sender_address", "recipient_address", "amount", "timestamp"}

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


class OldClient(Thread):
    """Posts orders; gives up on a POST after 300 ms and repeats it at once, up to six times, whatever it got."""

    def __init__(self, url: str, orders: list[dict[str, object]]) -> None:
        super().__init__(daemon=True)
        self.url = url
        self._orders = orders
        self.posts = 0

    def run(self) -> None:
        for order in self._orders:
            self.place(order)

    def place(self, order: dict[str, object]) -> bool:
        """Whether it was taken in the end."""
        request_id = str(uuid.uuid4())
        for _ in range(1 + REPEATS):
            self.posts += 1
            if self._post(order, request_id):
                return True
        return False

    def _post(self, order: dict[str, object], request_id: str) -> bool:
        headers = {"Content-Type": "application/json", "X-Request-Id": request_id}
        try:
            with urlopen(Request(f"{self.url}/payments", dumps(order), headers), timeout=TIMEOUT) as answer:
                return answer.status == 202
        except (HTTPError, URLError, OSError, ValueError, HTTPException):
            return False


class App(OldClient):
    """Whose users press the button again when an order was given up, until it is taken or known as paid."""

    def __init__(self, orders: list[dict[str, object]], told: Told) -> None:
        super().__init__("", orders)
        self._told = told

    def run(self) -> None:
        for order in self._orders:
            while not self.place(order) and not self._told.states[str(order["id"])]["success"]:
                time.sleep(0.2)


def test_every_order_is_paid_once_and_known_as_paid_under_load_while_the_service_is_killed(
    network: Network, root: Keypair, kinpay: Kinpay, told: Told
) -> None:
    wallet = network.make_wallet().public_key
    orders = [payment(told, wallet, f"order-{number}", 1 + number % 3) for number in range(ORDERS)]
    others = [payment(told, wallet, f"load-{number}", 1) for number in range(3 * ORDERS)]
    apps = [App(orders[number::5], told) for number in range(5)]
    load = PersistentClient(others)
    ids = {str(order["id"]) for order in (*orders, *others)}
    for kill in range(KILLS + 1):
        with kinpay.serving() as (program, url):
            load.url = url
            for app in apps:
                app.url = url
            if not kill:
                for client in (*apps, load):
                    client.start()
            if kill < KILLS:
                time.sleep(random.uniform(0.3, 1.5))
                told.read()
                program.kill()
                continue
            wait_until(lambda: told.read() and not any(one.is_alive() for one in (*apps, load)))
            wait_until(lambda: all(told.read()[one]["success"] for one in ids), lambda: dict(told.states))
    assert payments_on_ledger(network, root.public_key) == {f"1-test-{one}": 1 for one in ids}
    assert not any(states["fail"] for states in told.states.values())


def test_every_order_of_many_impatient_clients_is_paid_once_and_known_as_paid_on_a_bad_network(
    network: Network, root: Keypair, kinpay: Kinpay, told: Told
) -> None:
    wallet = network.make_wallet().public_key
    orders = [payment(told, wallet, f"order-{number}", 1 + number % 3) for number in range(ORDERS)]
    call(f"{network.horizon_url}/_sandbox/faults", BAD_NETWORK)
    try:
        with kinpay.serving() as (_, url):
            clients = [OldClient(url, orders[number::5]) for number in range(5)]
            # Every order is placed by two clients at once, as an app that lost its own answer would.
            clients += [OldClient(url, orders[number::5]) for number in range(5)]
            for client in clients:
                client.start()
            for client in clients:
                client.join()
            ids = {str(order["id"]) for order in orders}
            wait_until(lambda: all(told.read()[one]["success"] for one in ids), lambda: dict(told.states))
    finally:
        call(f"{network.horizon_url}/_sandbox/faults", dict.fromkeys(BAD_NETWORK, 0))
    assert payments_on_ledger(network, root.public_key) == {f"1-test-{one}": 1 for one in ids}
    assert not any(states["fail"] for states in told.states.values())


def test_a_callback_holds_all_that_the_old_client_reads(network: Network, kinpay: Kinpay, told: Told) -> None:
    wallet = network.make_wallet().public_key
    with kinpay.serving() as (_, url):
        call(f"{url}/payments", payment(told, wallet, "one", 2))
        body = told.receiver.callbacks.get(timeout=60)
        paid = call(f"{url}/payments/one")
    assert set(body) == {"object", "state", "action", "value"}
    assert set(body["value"]) >= NEEDED
    assert body["value"] == paid


def test_a_wallet_that_exists_is_told_with_the_very_words_that_the_old_client_knows(
    network: Network, kinpay: Kinpay, told: Told
) -> None:
    new, existing = Keypair.random().public_key, network.make_wallet().public_key
    with kinpay.serving() as (_, url):
        for name, address in (("new", new), ("old", existing)):
            body = {"id": name, "wallet_address": address, "app_id": "test", "callback": told.receiver.url}
            call(f"{url}/wallets", body)
        events = {}
        while len(events) < 2:
            body = told.receiver.callbacks.get(timeout=60)
            events[body["value"]["id"]] = body
        shown = call(f"{url}/wallets/{new}")
        call(f"{url}/payments", payment(told, existing, "paid-1", 2))
        call(f"{url}/payments", payment(told, existing, "paid-2", 3))
        wait_until(lambda: all(told.read()[one]["success"] for one in ("paid-1", "paid-2")))
        first = call(f"{url}/wallets/{existing}/payments?limit=1&order=desc")
        second = call(f"{url}/wallets/{existing}/payments?limit=1&order=desc&cursor={first['next']}")
        every = call(f"{url}/wallets/{existing}/payments")
    assert events["new"]["state"] == "success"
    assert (events["old"]["action"], events["old"]["state"]) == ("create", "fail")
    assert events["old"]["value"]["reason"] == "account exists"
    assert {page["payments"][0]["id"] for page in (first, second)} == {"paid-1", "paid-2"}
    assert [one["amount"] for one in every["payments"]] in ([2, 3], [3, 2])
    assert every["next"] is None
    assert shown == {"wallet_address": new, "kin_balance": 0, "native_balance": 2, "id": new}


def test_the_old_services_channels_are_found_again_and_used_as_they_are(
    network: Network, root: Keypair, kinpay: Kinpay, told: Told
) -> None:
    """They hold XLM of their own; their keys come from root's seed, their number and the salt."""
    salt = next(line.split(" = ")[1] for line in kinpay.config.read_text().splitlines() if "channel_salt" in line)
    seed = sha256(root.raw_secret_key() + (0).to_bytes(2, "big") + salt.encode()).digest()
    channel = Keypair.from_raw_ed25519_seed(seed).public_key
    call(network.friendbot_url, addr=channel)
    before = call(f"{network.horizon_url}/accounts/{channel}")
    with kinpay.serving() as (_, url):
        call(f"{url}/payments", payment(told, network.make_wallet().public_key, "one"))
        wait_until(lambda: told.read()["one"]["success"])
        time.sleep(0.5)
    after = call(f"{network.horizon_url}/accounts/{channel}")
    assert int(after["sequence"]) == int(before["sequence"]) + 1
    assert not after.get("sponsor")
