"""The demo itself: one payment from HTTP to the ledger to the callback, on programs of its own."""

from __future__ import annotations

import json
import queue
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from rich.console import Console

from kinpay_server.demo.configuration import url_of, write_config
from kinpay_server.demo.http import Receiver, call, receiver
from kinpay_server.demo.network import Network, network_of
from kinpay_server.demo.programs import DemoError, running

AMOUNT = 5
FLOAT = 1_000_000
CALLBACK_WITHIN = 60.0


class Story:
    """Tells each step with the time since the start; colours only on a terminal."""

    def __init__(self) -> None:
        self._console = Console(highlight=False, soft_wrap=True)
        self._start = time.monotonic()

    def step(self, title: str, text: str) -> None:
        """One line: seconds, what it is about, what happened."""
        self._console.print(f"[dim]{self._elapsed()}[/]  [bold]{title:<9}[/] {text}")

    def failed(self, why: str) -> None:
        """The line that ends a demo that failed."""
        self._console.print(f"[dim]{self._elapsed()}[/]  [bold red]failed[/]")
        self.plain(why)

    def plain(self, text: str) -> None:
        """Text as it is, to be read or copied."""
        self._console.print(text, markup=False)

    def _elapsed(self) -> str:
        return f"{time.monotonic() - self._start:5.1f} s"


def play(*, stay_up: bool) -> int:
    """Plays the demo, and returns its exit status; with `stay_up` it goes on until Ctrl-C."""
    story = Story()
    signal.signal(signal.SIGTERM, _leave)
    try:
        _play(story, stay_up)
    except DemoError as error:
        story.failed(str(error))
        return 1
    return 0


def _play(story: Story, stay_up: bool) -> None:
    with tempfile.TemporaryDirectory(prefix="kinpay-demo-") as name, receiver() as callbacks:
        folder = Path(name)
        with _sandbox(story, folder) as network, _service(story, folder, network) as url:
            wallet = _make_user_wallet(story, network)
            _pay(story, url, wallet, callbacks)
            _check_balance(story, network, wallet)
            if stay_up:
                _stay_up(story, url, network, wallet, callbacks)


@contextmanager
def _sandbox(story: Story, folder: Path) -> Iterator[Network]:
    with running(["sandbox", "--port", "0", "--json"], folder) as program:
        network = program.wait_for(network_of)
        story.step("sandbox", f"a Stellar network of its own at {network.horizon_url}")
        yield network
        program.stop()
        story.step("sandbox", "stopped")


@contextmanager
def _service(story: Story, folder: Path, network: Network) -> Iterator[str]:
    root = network.make_wallet()
    network.give_kin(root.public_key, FLOAT)
    story.step("root", f"{root.public_key} has XLM, a trustline and {FLOAT:,} {network.asset_code} to pay with")
    with running(["serve", "-c", str(write_config(folder, network, root))], folder) as program:
        url = program.wait_for(url_of)
        story.step("service", f"listening on {url}")
        yield url
        program.stop()
        story.step("service", "stopped")


def _make_user_wallet(story: Story, network: Network) -> str:
    address: str = network.make_wallet().public_key
    story.step("wallet", f"{address} has a trustline to {network.asset_code}")
    return address


def _pay(story: Story, url: str, wallet: str, callbacks: Receiver) -> None:
    """Posts one payment, and waits until its callback and its status say that it is made."""
    story.step("payment", f"POST /payments: {AMOUNT} to the wallet: {_post(url, 'first', wallet, callbacks)['status']}")
    value = _callback(callbacks, "first")
    story.step("callback", f"payment {value['id']} succeeded in transaction {value['transaction_id']}")
    status = call(f"{url}/payments/first")["status"]
    if status != "succeeded":
        raise DemoError(f"the callback said success, but GET /payments/first says {status}")


def _post(url: str, payment_id: str, wallet: str, callbacks: Receiver) -> dict[str, Any]:
    answer: dict[str, Any] = call(f"{url}/payments", _payment(payment_id, wallet, callbacks))
    return answer


def _payment(payment_id: str, wallet: str, callbacks: Receiver) -> dict[str, Any]:
    return {
        "id": payment_id,
        "app_id": "demo",
        "amount": AMOUNT,
        "recipient_address": wallet,
        "callback": callbacks.url,
    }


def _callback(callbacks: Receiver, payment_id: str) -> dict[str, Any]:
    try:
        told = callbacks.callbacks.get(timeout=CALLBACK_WITHIN)
    except queue.Empty:
        raise DemoError(f"no callback came within {CALLBACK_WITHIN:g} s") from None
    value: dict[str, Any] = told["value"]
    if told["state"] != "success" or value["id"] != payment_id or value["amount"] != AMOUNT:
        raise DemoError(f"the callback tells something else: {told}")
    return value


def _check_balance(story: Story, network: Network, wallet: str) -> None:
    balance = network.kin_balance(wallet)
    if balance != AMOUNT:
        raise DemoError(f"the ledger says that the wallet holds {balance} {network.asset_code}, not {AMOUNT}")
    story.step("ledger", f"the wallet holds {balance.normalize():f} {network.asset_code}")


def _stay_up(story: Story, url: str, network: Network, wallet: str, callbacks: Receiver) -> None:
    story.plain(_to_try(url, network, wallet, callbacks))
    try:
        while True:
            told = callbacks.callbacks.get()
            story.step("callback", f"payment {told['value']['id']}: {told['state']}")
    except KeyboardInterrupt:
        story.plain("")


def _to_try(url: str, network: Network, wallet: str, callbacks: Receiver) -> str:
    body = json.dumps(_payment("second", wallet, callbacks))
    return f"""
Pay the wallet again (each payment has its own id), and look at the payment, the wallet and the service:

  curl {url}/payments -H 'Content-Type: application/json' -d '{body}'
  curl {url}/payments/second
  curl {network.horizon_url}/accounts/{wallet}
  curl {url}/status

Callbacks are shown here as they come. Ctrl-C stops everything.
"""


def _leave(_signal: int, _frame: object) -> NoReturn:
    """SIGTERM ends the demo as an exception does, so that its programs end with it."""
    sys.exit(143)
