"""`scripts/bench --watched`: strangers are paid in full ledgers, and services that watch them are told."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import quote, urlsplit
from urllib.request import Request, urlopen

from stellar_sdk import Account, Asset, Keypair, Server, TransactionBuilder

from benchmark.posts import post_all
from kinpay_server.demo.network import Network

IN_A_LEDGER = 1000
"""Payments, each in a transaction of its own: all that a ledger takes."""

AFTER_CLOSE = 0.1
CONNECTIONS = 8
OPERATIONS = 100


@dataclass
class Watched:
    """Who pays, by whose transactions, to whom."""

    network: Network
    payer: Keypair
    sources: Sequence[tuple[Keypair, Account]]
    addresses: Sequence[str]
    paid: int = 0

    def pay(self, count: int) -> None:
        """So many payments in as few ledgers as possible; returns when the last has been sent."""
        requests = list(self._requests(count))
        for start in range(0, count, IN_A_LEDGER):
            _wait_for_a_ledger()
            some = requests[start : start + IN_A_LEDGER]
            posted = asyncio.run(post_all(self.network.horizon_url, some, connections=CONNECTIONS, rate=None))
            if posted.statuses.keys() != {201}:
                raise RuntimeError(f"the sandbox answered {dict(posted.statuses)}")

    def _requests(self, count: int) -> Iterator[bytes]:
        asset = Asset(self.network.asset_code, self.network.asset_issuer)
        for number in range(self.paid, self.paid + count):
            keys, account = self.sources[number % len(self.sources)]
            builder = TransactionBuilder(account, self.network.network_passphrase, base_fee=100)
            builder.add_text_memo(f"1-bnch-{number}").set_timeout(300)
            to = self.addresses[number % len(self.addresses)]
            transaction = builder.append_payment_op(to, asset, "0.0000001", self.payer.public_key).build()
            transaction.sign(keys)
            transaction.sign(self.payer)
            yield _submission(self.network.horizon_url, transaction.to_xdr())
        self.paid += count


def prepare(network: Network, url: str, callbacks: Sequence[str], addresses: int) -> Watched:
    """Accounts on the ledger, and a service for each callback URL, each watching its part of the addresses."""
    payer = network.make_wallet()
    network.give_kin(payer.public_key, 1000)
    with ThreadPoolExecutor(16) as several:
        watched = list(several.map(lambda _: network.make_wallet().public_key, range(addresses)))
    for number, callback in enumerate(callbacks):
        _put(f"{url}/services/bench-{number}", callback, watched[number :: len(callbacks)])
    return Watched(network, payer, _sources(network, payer, 2 * IN_A_LEDGER), watched)


def _sources(network: Network, payer: Keypair, count: int) -> list[tuple[Keypair, Account]]:
    """Accounts whose sequence numbers are used, so that there may be many payments in a ledger."""
    server, made = Server(network.horizon_url), [Keypair.random() for _ in range(count)]
    for start in range(0, count, OPERATIONS):
        builder = TransactionBuilder(server.load_account(payer.public_key), network.network_passphrase, base_fee=100)
        for keys in made[start : start + OPERATIONS]:
            builder.append_create_account_op(keys.public_key, "2")
        transaction = builder.set_timeout(60).build()
        transaction.sign(payer)
        server.submit_transaction(transaction)
    with ThreadPoolExecutor(CONNECTIONS) as several:
        return list(zip(made, several.map(lambda keys: server.load_account(keys.public_key), made), strict=True))


def _submission(horizon_url: str, envelope: str) -> bytes:
    body = f"tx={quote(envelope, safe='')}".encode()
    head = f"POST /transactions_async HTTP/1.1\r\nHost: {urlsplit(horizon_url).netloc}\r\n"
    return (
        f"{head}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
    )


def _put(url: str, callback: str, addresses: Sequence[str]) -> None:
    body = json.dumps({"callback": callback, "wallet_addresses": addresses}).encode()
    with urlopen(Request(url, body, {"Content-Type": "application/json"}, method="PUT"), timeout=60) as answer:  # noqa: S310
        answer.read()


def _wait_for_a_ledger() -> None:
    """The sandbox closes one at each whole second."""
    time.sleep(1 - time.time() % 1 + AFTER_CLOSE)
