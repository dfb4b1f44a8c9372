"""SIGKILL at each commit of watching: who watches is told of every payment, and of none by two events."""

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from http.client import HTTPException
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest

from kinpay_server.demo.http import Receiver, receiver
from kinpay_server.demo.network import Network
from tests.system.clients import GIVES_UP_AFTER, wait_until
from tests.system.conftest import Kinpay
from tests.system.points import OF_WATCHERS, points_of
from tests.system.programs import serve_and_die
from tests.system.test_watched import Ledger

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


class Watcher:
    """A service that watches, and the ids of what it was told."""

    def __init__(self, name: str, kept: Receiver) -> None:
        self.name = name
        self.receiver = kept
        self._ids: set[str] = set()

    def told(self) -> set[str]:
        while not self.receiver.callbacks.empty():
            self._ids.add(self.receiver.callbacks.get()["value"]["id"])
        return self._ids

    def put(self, url: str, *addresses: str) -> bool:
        body = {"callback": self.receiver.url, "wallet_addresses": addresses}
        return ask("PUT", f"{url}/services/{self.name}", body)

    def wait_for(self, ids: Sequence[str]) -> None:
        wait_until(lambda: set(ids) <= self.told(), lambda: {self.name: sorted(set(ids) - self.told())})


@pytest.fixture
def watchers() -> Iterator[list[Watcher]]:
    with ExitStack() as receivers:
        yield [Watcher(name, receivers.enter_context(receiver())) for name in ("shop", "bank", "club")]


def ask(method: str, url: str, body: object = None) -> bool:
    """Whether it was answered well; a service that is killed answers nothing."""
    data = None if body is None else json.dumps(body).encode()
    request = Request(url, data, {"Content-Type": "application/json"}, method=method)
    try:
        with urlopen(request, timeout=GIVES_UP_AFTER):
            return True
    except (URLError, OSError, HTTPException):
        return False


def test_a_kill_at_any_point_leaves_no_payment_untold_and_none_told_by_two_events(
    network: Network, kinpay: Kinpay, watchers: list[Watcher]
) -> None:
    shop, bank, club = watchers
    ledger = Ledger(network)
    payer, wallet = ledger.wallet(1000), ledger.wallet().public_key
    watch = f"services/club/watchers/{wallet}/payments/once"
    paid: list[str] = []

    def pay(payment_id: str) -> None:
        ledger.pay(payer, wallet, "1", memo=f"1-app-{payment_id}")
        paid.append(payment_id)

    def work(url: str) -> None:
        """What each process is asked for, until it dies: put all, and take some of it away again."""
        put = bank.put(url, wallet) and club.put(url) and ask("PUT", f"{url}/{watch}")
        if put and ask("DELETE", f"{url}/{watch}"):
            ask("DELETE", f"{url}/services/bank")

    with kinpay.serving() as (program, url):
        assert shop.put(url, wallet)
        pay("first")
        shop.wait_for(paid)
        program.kill()
    for number, point in enumerate(points_of(OF_WATCHERS)):
        pay(f"p-{number}")
        kinpay.rows("UPDATE payment_watches SET expires_at = 1")
        serve_and_die(point, kinpay, work)
    with kinpay.serving() as (_, url):
        assert club.put(url)
        assert bank.put(url, wallet)
        assert ask("PUT", f"{url}/{watch}")
        pay("once")
        for one in watchers:
            one.wait_for(["once"])
        assert ask("DELETE", f"{url}/services/bank")
        assert ask("DELETE", f"{url}/{watch}")
        pay("last")
        shop.wait_for(paid)
    assert "last" not in bank.told() | club.told()
    assert kinpay.rows("SELECT count(*) FROM callbacks WHERE url = ?", shop.receiver.url) == [(len(paid),)]
