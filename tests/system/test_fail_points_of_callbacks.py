"""SIGKILL while callbacks are given up, and while dead ones are replayed from the status page: none is lost."""

from http.client import HTTPException
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest
from stellar_sdk import Keypair

from kinpay_server.demo.network import Network
from kinpay_server.exact_json import dumps
from tests.system.clients import GIVES_UP_AFTER, post, wait_until
from tests.system.conftest import Kinpay, Told, payment
from tests.system.points import OF_CALLBACKS, points_of
from tests.system.programs import serve_and_die
from tests.system.receivers import Moody, Refusing, moody_receiver
from tests.system.verdict import assert_paid_once

PAYMENTS = 40
"""After ten failures a receiver is left alone, so most of what waits for it is never tried, and is given up."""

OLD = "UPDATE callbacks SET give_up_at = 1, next_try_at = 1 WHERE state = 'waiting'"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def in_state(kinpay: Kinpay, state: str) -> list[str]:
    """The ids of the callbacks in that state."""
    return [one for [one] in kinpay.rows("SELECT id FROM callbacks WHERE state = ? ORDER BY id", state)]


def replay(url: str, body: dict[str, object]) -> None:
    """As the status page asks for it; a service that is killed answers nothing."""
    headers = {"Content-Type": "application/json", "Kinpay-Page": "yes"}
    try:
        with urlopen(Request(f"{url}/page/replay", dumps(body), headers), timeout=GIVES_UP_AFTER):
            return
    except (URLError, OSError, HTTPException):
        return


def take_all(receiver: Moody) -> set[str]:
    """The payments that the receiver was told of."""
    taken = set()
    while not receiver.callbacks.empty():
        taken.add(receiver.callbacks.get()["value"]["id"])
    return taken


def test_a_kill_while_callbacks_are_given_up_or_replayed_loses_none(
    network: Network, root: Keypair, kinpay: Kinpay, told: Told
) -> None:
    wallet = network.make_wallet().public_key
    ids = [f"p-{number}" for number in range(PAYMENTS)]
    with moody_receiver(1, Refusing) as receiver:
        with kinpay.serving() as (_, url):
            for one in ids:
                post(url, payment(told, wallet, one) | {"callback": receiver.url})
            wait_until(lambda: len(in_state(kinpay, "waiting")) == PAYMENTS, lambda: in_state(kinpay, "waiting"))
        kinpay.rows(OLD)
        for point in points_of({"give_up": OF_CALLBACKS["give_up"]}):
            serve_and_die(point, kinpay, lambda url: None)
        with kinpay.serving():
            wait_until(lambda: len(in_state(kinpay, "dead")) == PAYMENTS, lambda: in_state(kinpay, "waiting"))
        for point in points_of({"replay_one_dead": OF_CALLBACKS["replay_one_dead"]}):
            one = in_state(kinpay, "dead")[0]
            serve_and_die(point, kinpay, lambda url, one=one: replay(url, {"callback": one}))
        for point in points_of({"replay_some_dead": OF_CALLBACKS["replay_some_dead"]}):
            serve_and_die(point, kinpay, lambda url: replay(url, {"all": True}))
        receiver.bad = False
        with kinpay.serving():
            wait_until(lambda: len(in_state(kinpay, "delivered")) == PAYMENTS, lambda: in_state(kinpay, "dead"))
        assert take_all(receiver) == set(ids)
    assert_paid_once(network, root.public_key, ids)
