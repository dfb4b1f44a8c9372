"""SIGKILL at any moment loses nothing and pays nothing twice."""

import random
import threading
import time
from collections.abc import Callable
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest
from stellar_sdk import Keypair

from kinpay_server.demo.network import Network
from kinpay_server.exact_json import dumps
from tests.system.conftest import Kinpay, Told, payment, payments_on_ledger, show

PAYMENTS = 200
KILLS = 10
LONGEST = 120

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


class PersistentClient(threading.Thread):
    """Posts each payment until it is accepted, whatever happens meanwhile; `url` moves when the service is reborn."""

    def __init__(self, bodies: list[dict[str, object]]) -> None:
        super().__init__(daemon=True)
        self.url = ""
        self._bodies = bodies

    def run(self) -> None:
        for body in self._bodies:
            while not self._post(body):
                time.sleep(0.02)
            time.sleep(0.02)

    def _post(self, body: dict[str, object]) -> bool:
        request = Request(f"{self.url}/payments", dumps(body), {"Content-Type": "application/json"})
        try:
            with urlopen(request, timeout=2) as answer:
                return answer.status == 202
        except (URLError, OSError, ValueError):
            return False


def wait_until(done: Callable[[], bool], what: Callable[[], object]) -> None:
    """Wait, but not for ever."""
    deadline = time.monotonic() + LONGEST
    while not done():
        assert time.monotonic() < deadline, show(what())
        time.sleep(0.2)


def test_200_payments_posted_while_the_service_is_killed_ten_times_are_each_paid_once_and_told(
    network: Network, root: Keypair, kinpay: Kinpay, told: Told
) -> None:
    wallet = network.make_wallet().public_key
    bodies = [payment(told, wallet, f"p-{number}") for number in range(PAYMENTS)]
    client = PersistentClient(bodies)
    for kill in range(KILLS):
        with kinpay.serving() as (program, url):
            client.url = url
            if kill == 0:
                client.start()
            time.sleep(random.uniform(0.1, 1.5))
            program.kill()
    with kinpay.serving() as (_, url):
        client.url = url
        wait_until(lambda: not client.is_alive(), lambda: "the client still posts")
        ids = {str(body["id"]) for body in bodies}
        wait_until(lambda: ids <= told.read().keys(), lambda: sorted(ids - told.read().keys()))
    paid = payments_on_ledger(network, root.public_key)
    assert paid == {f"1-test-{one}": 1 for one in ids}
    assert all(states["success"] >= 1 and states["fail"] == 0 for states in told.read().values()), show(told.states)
    assert network.kin_balance(wallet) == PAYMENTS
