"""Services that watch addresses are told of the payments there, each once, with everything as it is."""

import itertools
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import quote
from urllib.request import Request, urlopen

import pytest
from stellar_sdk import Asset, Keypair, MuxedAccount, Server, TransactionBuilder

from kinpay_server.demo.http import Receiver, call, receiver
from kinpay_server.demo.network import Network
from tests.system.clients import wait_until
from tests.system.conftest import Kinpay, Told, payment

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

XLM = Asset.native()


@dataclass
class Shop:
    """A service by the name of `id`: what it watches, and what it was told."""

    id: str
    receiver: Receiver

    def __post_init__(self) -> None:
        self.events: list[dict[str, Any]] = []

    def told(self) -> list[dict[str, Any]]:
        """The values of all payments that it was told of, in the order in which they came."""
        while not self.receiver.callbacks.empty():
            self.events.append(self.receiver.callbacks.get())
        return [event["value"] for event in self.events]

    def watches(self, url: str, *addresses: str) -> None:
        body = {"callback": self.receiver.url, "wallet_addresses": addresses}
        assert send("PUT", f"{url}/services/{self.id}", body)["wallet_addresses"] == list(addresses)

    def watches_payment(self, url: str, address: str, payment_id: str) -> None:
        path = f"{url}/services/{self.id}/watchers/{address}/payments/{quote(payment_id, safe='')}"
        assert send("PUT", path) == {}

    def wait(self, count: int) -> list[dict[str, Any]]:
        """Wait until it was told so often."""
        wait_until(lambda: len(self.told()) >= count, self.told)
        return self.told()


@pytest.fixture
def shops() -> Iterator[Sequence[Shop]]:
    with receiver() as one, receiver() as other:
        yield Shop("shop", one), Shop("bank", other)


def send(method: str, url: str, body: object = None) -> Any:
    """The JSON that answers."""
    data = None if body is None else json.dumps(body).encode()
    with urlopen(Request(url, data, {"Content-Type": "application/json"}, method=method), timeout=60) as answer:
        return json.loads(answer.read())


class Ledger:
    """Makes transactions as anybody may."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.kin = Asset(network.asset_code, network.asset_issuer)
        self._server = Server(network.horizon_url)

    def wallet(self, kin: int = 0) -> Keypair:
        keys = self.network.make_wallet()
        if kin:
            self.network.give_kin(keys.public_key, kin)
        return keys

    def submit(self, builder: TransactionBuilder, *signers: Keypair, memo: str | None = None) -> str:
        """Its hash, once it is on the ledger."""
        if memo is not None:
            builder.add_text_memo(memo)
        transaction = builder.set_timeout(60).build()
        for keys in signers:
            transaction.sign(keys)
        return str(self._server.submit_transaction(transaction)["hash"])

    def by(self, keys: Keypair) -> TransactionBuilder:
        return TransactionBuilder(self._server.load_account(keys.public_key), self.network.network_passphrase, 100)

    def pay(self, sender: Keypair, to: str, amount: str, memo: str | None = None, asset: Asset | None = None) -> str:
        return self.submit(self.by(sender).append_payment_op(to, asset or self.kin, amount), sender, memo=memo)

    def bumped(self, sender: Keypair, to: str, amount: str, sponsor: Keypair) -> str:
        """A payment in a fee bump that somebody else pays for."""
        inner = self.by(sender).append_payment_op(to, self.kin, amount).set_timeout(60).build()
        inner.sign(sender)
        bump = TransactionBuilder.build_fee_bump_transaction(
            sponsor.public_key, 200, inner, self.network.network_passphrase
        )
        bump.sign(sponsor)
        return str(self._server.submit_transaction(bump)["hash"])

    def same_code(self, holder: Keypair) -> Asset:
        """An asset that is called KIN too, held by `holder`."""
        issuer = self.wallet()
        other = Asset(self.network.asset_code, issuer.public_key)
        self.submit(self.by(holder).append_change_trust_op(other), holder)
        self.pay(issuer, holder.public_key, "10", asset=other)
        return other


@pytest.fixture
def ledger(network: Network) -> Ledger:
    return Ledger(network)


def test_a_payment_between_two_strangers_and_one_of_ours_are_told_once_to_each_service(
    network: Network, root: Keypair, kinpay: Kinpay, told: Told, shops: Sequence[Shop], ledger: Ledger
) -> None:
    shop, bank = shops
    alice, bob = ledger.wallet(100), ledger.wallet(100)
    with kinpay.serving() as (_, url):
        shop.watches(url, alice.public_key, bob.public_key)
        bank.watches(url, bob.public_key)
        first = ledger.pay(alice, bob.public_key, "1.2345678", memo="1-app-order-1")
        second = ledger.pay(alice, bob.public_key, "2")
        call(f"{url}/payments", payment(told, bob.public_key, "ours", 3))
        for one in shops:
            one.wait(3)
        wait_until(lambda: told.read()["ours"]["success"])
        ours = call(f"{url}/payments/ours")
        checks = call(f"{url}/status")["checks"]
    assert shop.told() == bank.told()
    assert [value["amount"] for value in shop.told()] == [Decimal("1.2345678"), 2, 3]
    assert [value["transaction_id"] for value in shop.told()] == [first, second, ours["transaction_id"]]
    assert [(value["app_id"], value["id"]) for value in shop.told()] == [
        ("app", "order-1"),
        (None, None),
        ("test", "ours"),
    ]
    assert shop.told()[0]["sender_address"] == alice.public_key
    assert shop.told()[2] == ours
    assert "0 ledgers (0 s) behind" in checks["watcher"]["message"]
    assert {(e["object"], e["action"], e["state"]) for e in shop.events} == {("payment", "receive", "success")}


def test_what_happens_while_it_is_down_is_told_after_the_start_and_nothing_twice(
    network: Network, kinpay: Kinpay, shops: Sequence[Shop], ledger: Ledger
) -> None:
    shop, bank = shops
    alice, bob = ledger.wallet(100), ledger.wallet()
    with kinpay.serving() as (_, url):
        shop.watches(url, bob.public_key)
        bank.watches(url)
        bank.watches_payment(url, bob.public_key, "order/3")
        bank.watches_payment(url, bob.public_key, "order/9")
        ledger.pay(alice, bob.public_key, "1", memo="1-app-order/1")
        shop.wait(1)
    ledger.pay(alice, bob.public_key, "2", memo="1-app-order/2")
    ledger.pay(alice, bob.public_key, "3", memo="1-app-order/3")
    with kinpay.serving() as (program, url):
        shop.wait(3)
        bank.wait(1)
        send("DELETE", f"{url}/services/bank/watchers/{bob.public_key}/payments/order%2F9")
        program.kill()
    ledger.pay(alice, bob.public_key, "9", memo="1-app-order/9")
    with kinpay.serving() as (_, url):
        shop.wait(4)
        assert send("DELETE", f"{url}/services/shop")["id"] == "shop"
        ledger.pay(alice, bob.public_key, "5", memo="1-app-order/3")
        bank.wait(2)
    assert [value["amount"] for value in shop.told()[::3]] == [1, 9]
    assert {value["amount"] for value in shop.told()} == {1, 2, 3, 9}
    assert len(shop.told()) == 4
    assert [value["amount"] for value in bank.told()] == [3, 5]


def test_kin_that_comes_along_a_path_muxed_bumped_or_sponsored_is_told_and_other_assets_never(
    network: Network, kinpay: Kinpay, shops: Sequence[Shop], ledger: Ledger
) -> None:
    shop, _ = shops
    alice, bob, maker = ledger.wallet(1000), ledger.wallet(), ledger.wallet(1000)
    ledger.submit(ledger.by(maker).append_manage_sell_offer_op(ledger.kin, XLM, "500", "0.5"), maker)
    ledger.submit(ledger.by(maker).append_manage_sell_offer_op(XLM, ledger.kin, "50", "4"), maker)
    other = ledger.same_code(alice)
    ledger.submit(ledger.by(bob).append_change_trust_op(other), bob)
    with kinpay.serving() as (_, url):
        shop.watches(url, bob.public_key)
        ledger.pay(alice, bob.public_key, "3", asset=other)
        ledger.pay(alice, bob.public_key, "4", asset=XLM)
        ledger.submit(  # 10 KIN are delivered for 5 XLM
            ledger.by(alice).append_path_payment_strict_receive_op(bob.public_key, XLM, "6", ledger.kin, "10", []),
            alice,
        )
        ledger.submit(  # 8 KIN are spent for 2 XLM
            ledger.by(bob).append_path_payment_strict_send_op(alice.public_key, ledger.kin, "8", XLM, "1", []), bob
        )
        ledger.pay(alice, MuxedAccount(bob.public_key, 7).account_muxed, "11")
        bumped = ledger.bumped(alice, bob.public_key, "12", sponsor=maker)
        two = ledger.by(maker).append_payment_op(bob.public_key, ledger.kin, "13", alice.public_key)
        ledger.submit(two.append_payment_op(bob.public_key, ledger.kin, "14", alice.public_key), maker, alice)
        seen = shop.wait(6)
    assert [value["amount"] for value in seen[:4]] == [10, 8, 11, 12]
    assert {value["amount"] for value in seen[4:]} == {13, 14}
    assert {value["recipient_address"] for value in itertools.chain(seen[:1], seen[2:])} == {bob.public_key}
    assert (seen[0]["sent"]["amount"], seen[0]["sent"]["asset_code"]) == (5, "XLM")
    assert (seen[1]["received"]["amount"], seen[1]["received"]["asset_code"]) == (2, "XLM")
    assert seen[3]["transaction_id"] == bumped
    assert all("sent" not in value for value in seen[2:])


def test_more_addresses_are_watched_by_the_list_of_the_network_and_the_change_loses_nothing(
    network: Network, kinpay: Kinpay, shops: Sequence[Shop], ledger: Ledger
) -> None:
    shop, bank = shops
    alice, bob = ledger.wallet(100), ledger.wallet()
    strangers = [Keypair.random().public_key for _ in range(600)]
    with kinpay.serving() as (_, url):
        shop.watches(url, bob.public_key)
        ledger.pay(alice, bob.public_key, "1")
        shop.wait(1)
        shop.watches(url, *strangers, bob.public_key)
        ledger.pay(alice, bob.public_key, "2")
        shop.wait(2)
        many = call(f"{url}/status")["checks"]["watcher"]["message"]
        shop.watches(url, bob.public_key)
        ledger.pay(alice, bob.public_key, "3")
        shop.wait(3)
        bank.watches(url, bob.public_key)
        shop.watches(url, *strangers)
        ledger.pay(alice, bob.public_key, "4")
        bank.wait(1)
    assert "the network's list for 601 accounts" in many
    assert [value["amount"] for value in shop.told()] == [1, 2, 3]
