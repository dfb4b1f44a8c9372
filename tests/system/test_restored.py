"""An older copy of the database is put back: the ledger is the last word, so nothing is paid again."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from stellar_sdk import Keypair

from kinpay_server.demo.configuration import write_config
from kinpay_server.demo.network import Network, network_of
from kinpay_server.demo.programs import running
from kinpay_server.exact_json import loads
from tests.system.clients import PersistentClient, post, wait_until
from tests.system.conftest import Kinpay, Told, payment
from tests.system.copies import copy, ids_of, put_back
from tests.system.verdict import assert_paid_once, assert_told, wait_until_told

BEFORE = 30
AFTER = 100

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    """A sandbox whose ledgers close quickly: a service with an older database waits for forty of them."""
    arguments = ["sandbox", "--port", "0", "--json", "--close-seconds", "0.2", "--fast"]
    with running(arguments, tmp_path_factory.mktemp("sandbox")) as sandbox:
        yield sandbox.wait_for(network_of)


@pytest.fixture
def kinpay(network: Network, root: Keypair, tmp_path: Path) -> Kinpay:
    """A service with few channels, so that payments wait for one another."""
    return Kinpay(tmp_path, write_config(tmp_path, network, root, max_channels=12, poll_interval=0.1))


def post_all_again(url: str, bodies: list[dict[str, object]]) -> set[str]:
    """Each is on its way, or known to be paid: those that are answered so, and need not be told any more."""
    known = set()
    for body in bodies:
        status, answer = post(url, body)
        assert status in (202, 409), answer
        if status == 409:
            assert loads(answer)["code"] == 4091
            known.add(str(body["id"]))
    return known


@pytest.mark.parametrize("at_once", [False, True], ids=["once the ledger has been read", "at once"])
def test_a_copy_from_before_100_payments_pays_none_of_them_again_whenever_they_are_posted(
    network: Network, root: Keypair, kinpay: Kinpay, told: Told, at_once: bool
) -> None:
    wallet = network.make_wallet().public_key
    before = [payment(told, wallet, f"before-{number}") for number in range(BEFORE)]
    after = [payment(told, wallet, f"after-{number}") for number in range(AFTER)]
    with kinpay.serving() as (program, url):
        PersistentClient(before, url, pause=0).run()
        wait_until_told(told, ids_of(*before))
        saved = copy(kinpay, "saved.db")
        PersistentClient(after, url, pause=0).run()
        wait_until_told(told, ids_of(*after))
        program.stop()
    put_back(kinpay, saved)
    with kinpay.serving() as (_, url):
        if not at_once:
            wait_until(lambda: post(url, after[-1])[0] == 409)
        post_all_again(url, [*before, *after])
        more = [payment(told, wallet, f"more-{number}") for number in range(20)]
        PersistentClient(more, url, pause=0).run()
        wait_until_told(told, ids_of(*more))
        assert {post(url, body)[0] for body in [*before, *after]} == {409}
    assert_paid_once(network, root.public_key, ids_of(*before, *after, *more))
    assert_told(told, ids_of(*before, *after, *more))


def test_a_copy_that_is_put_back_at_once_after_a_kill_pays_nothing_twice_that_was_on_its_way(
    network: Network, root: Keypair, kinpay: Kinpay, told: Told
) -> None:
    wallet = network.make_wallet().public_key
    before = [payment(told, wallet, f"before-{number}") for number in range(BEFORE)]
    after = [payment(told, wallet, f"after-{number}") for number in range(AFTER)]
    with kinpay.serving() as (program, url):
        PersistentClient(before, url, pause=0).run()
        wait_until_told(told, ids_of(*before))
        saved = copy(kinpay, "saved.db")
        PersistentClient(after, url, pause=0).run()
        wait_until(lambda: any(states["success"] for one, states in told.read().items() if one.startswith("after")))
        program.kill()
    put_back(kinpay, saved)
    with kinpay.serving() as (_, url):
        known = post_all_again(url, [*before, *after])
        wait_until_told(told, set(ids_of(*before, *after)) - known)
    assert_paid_once(network, root.public_key, ids_of(*before, *after))
    assert_told(told, set(ids_of(*before, *after)) - known)
