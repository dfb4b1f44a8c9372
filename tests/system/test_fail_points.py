"""SIGKILL at each named point of a payment's way, one after the other on one database."""

import pytest
from stellar_sdk import Asset, Keypair, Server, TransactionBuilder

from kinpay_server.demo.network import Network
from tests.system.clients import PersistentClient, post
from tests.system.conftest import Kinpay, Told, payment
from tests.system.dying import POINTS
from tests.system.programs import wrapped
from tests.system.verdict import assert_paid_once, assert_told, wait_until_told

EACH = 4
"""Payments that are posted before each death."""

NTH = {"before: one of the requests": 3, "after: one of the requests": 2}
"""In the middle of them: some are answered, some under way, some not sent."""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def test_a_kill_at_any_point_loses_nothing_and_pays_nothing_twice(
    network: Network, root: Keypair, kinpay: Kinpay, told: Told
) -> None:
    wallet = network.make_wallet().public_key
    bodies: list[dict[str, object]] = []
    found: list[str] = []
    for number, point in enumerate(POINTS):
        if point.endswith("record_found"):
            found.append(f"found-{number}")
            pay_by_hand(network, root, wallet, found[-1])
        with wrapped(kinpay, "dying", point, str(NTH.get(point, 1))) as program:
            url = program.url()
            posted = [payment(told, wallet, f"p-{number}-{one}") for one in range(EACH)]
            bodies += posted
            for body in posted if url else []:
                post(str(url), body)
            assert program.wait_killed(), f"{point}: {program.last_words()}"
    ids = [str(body["id"]) for body in bodies]
    with kinpay.serving() as (_, url):
        client = PersistentClient(bodies, url, pause=0)
        client.run()
        wait_until_told(told, ids)
        for one in found:
            assert post(url, payment(told, wallet, one))[0] == 409
    assert not client.refusals
    assert_paid_once(network, root.public_key, [*ids, *found])
    assert_told(told, ids)


def pay_by_hand(network: Network, root: Keypair, wallet: str, payment_id: str) -> None:
    """A payment out of root with a memo of ours that the service has not made."""
    server = Server(network.horizon_url)
    builder = TransactionBuilder(server.load_account(root.public_key), network.network_passphrase, base_fee=100)
    builder.append_payment_op(wallet, Asset(network.asset_code, network.asset_issuer), "1")
    transaction = builder.add_text_memo(f"1-test-{payment_id}").set_timeout(60).build()
    transaction.sign(root)
    server.submit_transaction(transaction)
