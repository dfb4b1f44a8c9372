"""A network, and receivers, that misbehave in every way that Horizon and core have been seen to."""

import random
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from stellar_sdk import Keypair

from kinpay_server.demo.network import Network
from tests.system.clients import PersistentClient, wait_until
from tests.system.conftest import Kinpay, Told, payment
from tests.system.faults import LATE, LOSSES, WELL, misbehaving, set_faults
from tests.system.receivers import moody_receiver
from tests.system.verdict import assert_paid_once, assert_told, wait_until_told

PAYMENTS = 150
KILLS = 3
SEED = 5
SPELLS: Sequence[dict[str, Any]] = (
    LOSSES | LATE,
    LOSSES | {"core_down": True},
    LOSSES | LATE | {"surge_bid": 900, "surge_ops": 990},
    LOSSES | {"ingestion_lag": 8},
    LOSSES | {"stall": 6},
)
"""One after the other, again and again."""

SPELL_SECONDS = 3.0

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@contextmanager
def weather(network: Network) -> Iterator[None]:
    """Bad spells of all kinds until the block ends."""
    over = threading.Event()

    def change() -> None:
        for number in range(1000):
            set_faults(network, **WELL | SPELLS[number % len(SPELLS)])
            if over.wait(SPELL_SECONDS):
                return

    changing = threading.Thread(target=change, daemon=True)
    with misbehaving(network, seed=SEED):
        changing.start()
        try:
            yield
        finally:
            over.set()
            changing.join()


def live_and_die(kinpay: Kinpay, client: PersistentClient, luck: random.Random) -> None:
    """One life of the service, of some seconds."""
    with kinpay.serving() as (program, url):
        client.url = url
        if client.ident is None:
            client.start()
        time.sleep(luck.uniform(3, 7))
        program.kill()


def test_payments_through_bad_spells_of_all_kinds_and_kills_are_each_paid_once_and_told(
    network: Network, root: Keypair, kinpay: Kinpay
) -> None:
    wallet = network.make_wallet().public_key
    luck = random.Random(SEED)
    with moody_receiver(SEED) as receiver:
        told = Told(receiver, defaultdict(Counter))
        bodies = [payment(told, wallet, f"p-{number}") for number in range(PAYMENTS)]
        client = PersistentClient(bodies, pause=0.15)
        live_and_die(kinpay, client, luck)
        with weather(network):
            for _ in range(KILLS):
                live_and_die(kinpay, client, luck)
            with kinpay.serving() as (program, client.url):
                wait_until(lambda: len(told.read()) > PAYMENTS * 0.6)
                program.kill()
        receiver.bad = False
        with kinpay.serving() as (_, client.url):
            wait_until(lambda: not client.is_alive())
            ids = [str(body["id"]) for body in bodies]
            wait_until_told(told, ids)
        assert not client.refusals
        assert_paid_once(network, root.public_key, ids)
        assert_told(told, ids)
        assert network.kin_balance(wallet) == PAYMENTS
