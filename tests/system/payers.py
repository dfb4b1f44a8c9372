"""Somebody who pays through a service that dies again and again, and what must be true in the end."""

from collections.abc import Collection

from stellar_sdk import Asset, Keypair, Server, TransactionBuilder

from kinpay_server.demo.network import Network
from tests.system.clients import PersistentClient, post
from tests.system.conftest import Kinpay, Told, payment
from tests.system.verdict import assert_paid_once, assert_told, wait_until_told

EACH = 4
"""Payments that are posted before each death."""


class Payer:
    """Posts payments to one wallet."""

    def __init__(self, network: Network, root: Keypair, told: Told) -> None:
        self.wallet = network.make_wallet().public_key
        self._network = network
        self._root = root
        self._told = told
        self._bodies: list[dict[str, object]] = []
        self._found: list[str] = []

    @property
    def ids(self) -> list[str]:
        """What was posted, answered or not."""
        return [str(body["id"]) for body in self._bodies]

    def posts(self, url: str, count: int = EACH) -> None:
        """New payments, once each, whatever comes of it."""
        first = len(self._bodies)
        new = [payment(self._told, self.wallet, f"p-{number}") for number in range(first, first + count)]
        self._bodies += new
        for body in new:
            post(url, body)

    def pays_by_hand(self, payment_id: str) -> None:
        """A payment with a memo of ours that the service has not made."""
        pay_by_hand(self._network, self._root, self.wallet, payment_id)
        self._found.append(payment_id)

    def posts_all_until_they_are_told(self, url: str) -> None:
        """Once more, to a service that lives; what was paid by hand is refused as paid."""
        client = PersistentClient(self._bodies, url, pause=0)
        client.run()
        assert not client.refusals
        wait_until_told(self._told, self.ids)
        for one in self._found:
            assert post(url, payment(self._told, self.wallet, one))[0] == 409

    def assert_all_is_well(self, failing: Collection[str] = ()) -> None:
        """Each was paid once and told; those that fail were not paid, and told as nothing else."""
        assert_paid_once(self._network, self._root.public_key, [*self.ids, *self._found])
        assert_told(self._told, self.ids, failing)


def pay_by_hand(network: Network, root: Keypair, wallet: str, payment_id: str) -> None:
    """A payment out of root with a memo of ours that the service has not made."""
    server = Server(network.horizon_url)
    builder = TransactionBuilder(server.load_account(root.public_key), network.network_passphrase, base_fee=100)
    builder.append_payment_op(wallet, Asset(network.asset_code, network.asset_issuer), "1")
    transaction = builder.add_text_memo(f"1-test-{payment_id}").set_timeout(60).build()
    transaction.sign(root)
    server.submit_transaction(transaction)


def with_options(kinpay: Kinpay, **stellar: object) -> Kinpay:
    """The same service, with other options in [stellar]."""
    lines = "".join(f"{name} = {value}\n" for name, value in stellar.items())
    kinpay.config.write_text(kinpay.config.read_text().replace("[stellar]\n", f"[stellar]\n{lines}"))
    return kinpay
