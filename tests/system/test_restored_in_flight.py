"""A copy that is put back within seconds, while what was sent since it was made still waits in core's queue."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from stellar_sdk import Keypair

from kinpay_server.demo.configuration import write_config
from kinpay_server.demo.http import call
from kinpay_server.demo.network import Network, network_of
from kinpay_server.demo.programs import DemoError, running
from tests.system.clients import PersistentClient, wait_until
from tests.system.conftest import Kinpay, Told, payment
from tests.system.copies import copy, ids_of, put_back
from tests.system.faults import WELL, misbehaving, set_faults
from tests.system.verdict import assert_paid_once, assert_told, wait_until_told

CHANNELS = 19
"""One transaction opens so many."""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    """A sandbox with ledgers slow enough for a service to be started while one waits."""
    arguments = ["sandbox", "--port", "0", "--json", "--close-seconds", "1", "--fast"]
    with running(arguments, tmp_path_factory.mktemp("sandbox")) as sandbox:
        yield sandbox.wait_for(network_of)


@pytest.fixture
def kinpay(network: Network, root: Keypair, tmp_path: Path) -> Kinpay:
    """A service with more channels than payments are on their way."""
    return Kinpay(tmp_path, write_config(tmp_path, network, root, max_channels=CHANNELS, poll_interval=0.1))


def all_pending(kinpay: Kinpay, count: int) -> bool:
    """Whether so many attempts are in core's queue."""
    with closing(sqlite3.connect(kinpay.folder / "kinpay.db")) as database:
        query = "SELECT count(*) FROM attempts WHERE state = 'sent' AND answer = 'PENDING'"
        return bool(database.execute(query).fetchone()[0] == count)


def is_ready(url: str) -> bool:
    """Whether the start is over, and payments are sent."""
    try:
        call(f"{url}/status")
    except DemoError:
        return False
    return True


def newest_ledger(network: Network) -> int:
    """The number of the last one that closed."""
    return int(call(f"{network.horizon_url}/_sandbox/audit")["ledger"])


def test_what_waits_in_the_queue_while_a_copy_is_put_back_is_not_paid_again(
    network: Network, root: Keypair, kinpay: Kinpay, told: Told
) -> None:
    wallet = network.make_wallet().public_key
    before = [payment(told, wallet, f"before-{number}") for number in range(CHANNELS)]
    flying = [payment(told, wallet, f"flying-{number}") for number in range(5)]
    others = [payment(told, wallet, f"other-{number}") for number in range(8)]
    with kinpay.serving() as (program, url):
        PersistentClient(before, url, pause=0).run()
        wait_until_told(told, ids_of(*before))
        saved = copy(kinpay, "saved.db")
        set_faults(network, stall=2)
        PersistentClient(flying, url, pause=0).run()
        wait_until(lambda: all_pending(kinpay, len(flying)))
        with misbehaving(network, surge_bid=10_000_000, surge_ops=1000):
            sent_in = newest_ledger(network)
            program.kill()
            put_back(kinpay, saved)
            with kinpay.serving() as (_, url):
                wait_until(lambda: is_ready(url) or newest_ledger(network) >= sent_in + 3)
                set_faults(network, **WELL)
                PersistentClient([*others, *flying], url, pause=0).run()
                wait_until_told(told, ids_of(*others, *flying))
    ids = ids_of(*before, *others, *flying)
    assert_paid_once(network, root.public_key, ids)
    assert_told(told, ids)
