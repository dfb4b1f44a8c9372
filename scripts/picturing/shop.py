"""A service with something to show: payments that land and fail, receivers that answer and do not."""

import itertools
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from stellar_sdk import Keypair

from kinpay_server.demo.configuration import url_of, write_config
from kinpay_server.demo.http import call, receiver
from kinpay_server.demo.network import network_of
from kinpay_server.demo.programs import running

WALLETS = 6
FLOAT = 250_000
APPS = ("shop", "game", "tips")
GONE = "http://127.0.0.1:9/hooks"
"""Nobody listens there."""


@dataclass
class Shop:
    """A running service and who is paid by it."""

    url: str
    wallets: list[str]
    receiver: str
    nobody: str
    luck: random.Random = field(default_factory=lambda: random.Random(7))  # noqa: S311 - only for looks
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1001))
    told: str = ""
    """A payment that has been made."""

    def pay_for(self, seconds: float) -> None:
        """Post payments, more and less of them as time goes by, and wait until the last but few have landed."""
        end, self.told = time.monotonic() + seconds, self._pay()
        while time.monotonic() < end:
            for _ in range(self.luck.choice((0, 1, 1, 2, 3, 5))):
                self._pay()
            time.sleep(self.luck.uniform(0.3, 1.2))

    def _pay(self) -> str:
        number = next(self.numbers)
        fails, lost = number % 29 == 0, number % 17 == 0
        body = {
            "id": f"order-{number}",
            "app_id": self.luck.choice(APPS),
            "amount": str(self.luck.randint(25, 9900) / 100),
            "recipient_address": self.nobody if fails else self.luck.choice(self.wallets),
            "callback": GONE if lost else self.receiver,
        }
        call(f"{self.url}/payments", body)
        return str(body["id"])


@contextmanager
def a_busy_shop(folder: Path) -> Iterator[Shop]:
    """Such a service and all that it needs, until the block ends."""
    with running(["sandbox", "--port", "0", "--json"], folder) as sandbox, receiver() as callbacks:
        network = sandbox.wait_for(network_of)
        root = network.make_wallet()
        network.give_kin(root.public_key, FLOAT)
        config = write_config(folder, network, root, max_channels=48)
        wallets = [network.make_wallet().public_key for _ in range(WALLETS)]
        with running(["serve", "-c", str(config)], folder) as service:
            url = service.wait_for(url_of)
            yield Shop(url, wallets, callbacks.url, Keypair.random().public_key)
