"""What stops sending and is mended by the operator: it goes on by itself, without a restart."""

import sqlite3
from configparser import ConfigParser
from contextlib import closing

import pytest
from stellar_sdk import Keypair, Server, Signer, TransactionBuilder

from kinpay_server.demo.http import call
from kinpay_server.demo.network import Network
from kinpay_server.ledger.channels import channel_seed
from tests.commands.operator import Operator
from tests.system.clients import post, wait_until
from tests.system.conftest import Kinpay, Told, payment, payments_on_ledger
from tests.system.programs import wrapped
from tests.system.test_serve import checks, trust
from tests.system.verdict import assert_paid_once, assert_told, wait_until_told

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def submit(network: Network, source: Keypair, signer: Keypair, make: "object") -> None:
    """A transaction of somebody else's making."""
    server = Server(network.horizon_url)
    builder = TransactionBuilder(server.load_account(source.public_key), network.network_passphrase, base_fee=100)
    transaction = make(builder).set_timeout(60).build()  # type: ignore[operator]
    transaction.sign(signer)
    server.submit_transaction(transaction)


def channel_key(kinpay: Kinpay, root: Keypair, index: int) -> Keypair:
    """The key of a channel, as whoever has the seed can derive it."""
    config = ConfigParser()
    config.read(kinpay.config)
    salt = config["stellar"]["channel_salt"]
    return Keypair.from_raw_ed25519_seed(channel_seed(root.raw_secret_key(), index, salt))


def test_a_held_payment_is_retried_and_paid_and_so_are_those_that_waited_for_it(
    network: Network, root: Keypair, kinpay: Kinpay, told: Told
) -> None:
    operator, wallet = Operator(kinpay.folder, kinpay.config), network.make_wallet().public_key
    stranger = Keypair.random()
    call(network.friendbot_url, addr=stranger.public_key)
    with wrapped(kinpay, "puzzled", "op_no_trust") as program:
        url = str(program.url())
        post(url, payment(told, stranger.public_key, "strange"))
        wait_until(lambda: "strange is held" in checks(url).get("held", ""), lambda: checks(url))
        post(url, payment(told, wallet, "other"))
        assert "strange" in operator.refuses("check")
        assert call(f"{url}/payments/other")["status"] == "accepted"
        trust(network, stranger)
        operator.says("payments", "retry", "strange")
        wait_until_told(told, ["strange", "other"])
        assert "held" not in checks(url)
    assert_paid_once(network, root.public_key, ["strange", "other"])
    assert_told(told, ["strange", "other"])


def test_payments_wait_while_roots_key_may_not_sign_and_go_on_when_it_may(
    network: Network, root: Keypair, kinpay: Kinpay, told: Told
) -> None:
    wallet, guardian = network.make_wallet().public_key, Keypair.random()
    with kinpay.serving() as (_, url):
        post(url, payment(told, wallet, "before"))
        wait_until_told(told, ["before"])
        signer = Signer.ed25519_public_key(guardian.public_key, 10)
        submit(network, root, root, lambda b: b.append_set_options_op(master_weight=0, signer=signer))
        post(url, payment(told, wallet, "refused"))
        wait_until(lambda: {"root account", "signatures"} <= checks(url).keys(), lambda: checks(url))
        post(url, payment(told, wallet, "waits"))
        submit(network, root, guardian, lambda b: b.append_set_options_op(master_weight=1))
        wait_until_told(told, ["refused", "waits"])
        wait_until(lambda: not checks(url), lambda: checks(url))
    assert_paid_once(network, root.public_key, ["before", "refused", "waits"])
    assert_told(told, ["before", "refused", "waits"])


def test_a_channel_that_was_merged_is_retired_and_what_it_carried_is_paid_by_another(
    network: Network, root: Keypair, kinpay: Kinpay, told: Told
) -> None:
    wallet, thief = network.make_wallet().public_key, network.make_wallet().public_key
    ids = [f"p-{number}" for number in range(4)]
    with kinpay.serving() as (_, url):
        post(url, payment(told, wallet, "before"))
        wait_until_told(told, ["before"])
        channel = channel_key(kinpay, root, 0)
        submit(network, channel, channel, lambda b: b.append_account_merge_op(thief))
        for one in ids:
            post(url, payment(told, wallet, one))
        wait_until_told(told, ids)
        assert not checks(url)
    with closing(sqlite3.connect(kinpay.folder / "kinpay.db")) as database:
        assert database.execute('SELECT state FROM channels WHERE "index" = 0').fetchall() == [("retired",)]
    assert_paid_once(network, root.public_key, ["before", *ids])
    assert_told(told, ["before", *ids])


def test_a_second_service_with_the_same_root_account_is_noticed_and_the_first_stops(
    network: Network, root: Keypair, kinpay: Kinpay, told: Told
) -> None:
    """The second one began with a database of its own, and waited until nothing of the first could be on its way."""
    wallet = network.make_wallet().public_key
    second = Kinpay(kinpay.folder / "second", kinpay.folder / "second" / "kinpay.ini")
    second.folder.mkdir()
    second.config.write_text(kinpay.config.read_text().replace("/kinpay.db", "/second/kinpay.db"))
    (second.folder / "root.seed").write_text(root.secret)
    (second.folder / "root.seed").chmod(0o600)
    with kinpay.serving() as (_, url):
        post(url, payment(told, wallet, "first"))
        wait_until_told(told, ["first"])
        with second.serving() as (_, other):
            post(other, payment(told, wallet, "second"))
            wait_until_told(told, ["second"])
        wait_until(lambda: "second kinpay" in checks(url).get("stopped", ""), lambda: checks(url))
        post(url, payment(told, wallet, "waits"))
        assert call(f"{url}/payments/waits")["status"] == "accepted"
    assert payments_on_ledger(network, root.public_key) == {"1-test-first": 1, "1-test-second": 1}
    with kinpay.serving():
        wait_until_told(told, ["waits"])
    assert_paid_once(network, root.public_key, ["first", "second", "waits"])
