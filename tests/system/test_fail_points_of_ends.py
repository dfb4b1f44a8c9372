"""SIGKILL at the commits by which a payment fails for good, or is found to be dead and may be signed anew."""

import pytest
from stellar_sdk import Keypair

from kinpay_server.demo.http import call
from kinpay_server.demo.network import Network
from kinpay_server.domain.attempt import LEDGERS_VALID
from tests.system.clients import post, wait_until
from tests.system.conftest import Kinpay, Told, payment
from tests.system.faults import misbehaving
from tests.system.payers import EACH, Payer
from tests.system.points import OF_ENDS, points_of
from tests.system.programs import serve_and_die

SENT = "SELECT count(*) FROM attempts WHERE state = 'sent' AND answer = 'PENDING'"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def of_end(end: str) -> list[str]:
    """The two points of a commit."""
    return points_of({end: OF_ENDS[end]})


def test_a_kill_while_dead_attempts_are_settled_pays_each_once(
    network: Network, root: Keypair, kinpay: Kinpay, told: Told
) -> None:
    payer = Payer(network, root, told)
    with kinpay.serving() as (program, url):
        payer.posts(url)
        payer.posts_all_until_they_are_told(url)
        with misbehaving(network, vanish=1):
            payer.posts(url)
            wait_until(lambda: kinpay.rows(SENT) == [(EACH,)], lambda: kinpay.rows("SELECT * FROM attempts"))
            program.kill()
    call(f"{network.horizon_url}/_sandbox/close?ledgers={LEDGERS_VALID}", {})
    for point in of_end("settle an expiry"):
        serve_and_die(point, kinpay, lambda url: None)
    with kinpay.serving() as (_, url):
        payer.posts_all_until_they_are_told(url)
    payer.assert_all_is_well()
    assert kinpay.rows("SELECT count(*) FROM attempts WHERE state = 'expired'") == [(EACH,)]


def test_a_kill_while_a_failure_is_settled_tells_it_and_never_a_success(
    network: Network, root: Keypair, kinpay: Kinpay, told: Told
) -> None:
    payer, stranger = Payer(network, root, told), Keypair.random()
    call(network.friendbot_url, addr=stranger.public_key)

    def work(url: str) -> None:
        payer.posts(url)
        post(url, payment(told, stranger.public_key, f"bad-{len(payer.ids)}"))

    for point in of_end("settle a failure"):
        serve_and_die(point, kinpay, work)
    bad = [f"bad-{EACH}", f"bad-{2 * EACH}"]
    with kinpay.serving() as (_, url):
        payer.posts_all_until_they_are_told(url)
        for one in bad:
            assert post(url, payment(told, stranger.public_key, one))[0] == 202
        wait_until(lambda: all(told.read()[one]["fail"] for one in bad), lambda: told.states)
        wait_until(lambda: {call(f"{url}/payments/{one}")["status"] for one in bad} == {"failed"})
    payer.assert_all_is_well(failing=bad)
