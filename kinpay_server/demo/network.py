"""The sandbox's network as an app and its users use it: wallets, trustlines, balances."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from stellar_sdk import Asset, Keypair, Server, TransactionBuilder
from stellar_sdk.exceptions import SdkError

from kinpay_server.demo.http import call
from kinpay_server.demo.programs import DemoError


@dataclass(frozen=True)
class Network:
    """What `kinpay sandbox --json` says of itself."""

    horizon_url: str
    network_passphrase: str
    friendbot_url: str
    faucet_url: str
    asset_code: str
    asset_issuer: str

    def make_wallet(self) -> Keypair:
        """A new account with XLM from the friendbot and a trustline to KIN."""
        keys = Keypair.random()
        self.befriend(keys)
        return keys

    def befriend(self, keys: Keypair) -> None:
        """Makes the account of these keys, in the same way."""
        call(self.friendbot_url, addr=keys.public_key)
        self.trust(keys)

    def give_kin(self, address: str, amount: int) -> None:
        """Sends it KIN from the faucet."""
        call(self.faucet_url, address=address, amount=str(amount))

    def kin_balance(self, address: str) -> Decimal:
        """What the ledger says that the account holds; raises DemoError if it has no trustline."""
        for line in call(f"{self.horizon_url}/accounts/{address}")["balances"]:
            if (line.get("asset_code"), line.get("asset_issuer")) == (self.asset_code, self.asset_issuer):
                return Decimal(line["balance"])
        raise DemoError(f"{address} has no trustline to {self.asset_code}")

    def trust(self, keys: Keypair) -> None:
        """The account's owner has it trust KIN."""
        try:
            server = Server(self.horizon_url)
            builder = TransactionBuilder(server.load_account(keys.public_key), self.network_passphrase, base_fee=100)
            builder.append_change_trust_op(Asset(self.asset_code, self.asset_issuer))
            transaction = builder.set_timeout(60).build()
            transaction.sign(keys)
            server.submit_transaction(transaction)
        except SdkError as error:
            raise DemoError(f"the trustline of {keys.public_key} was refused: {error}") from None


def network_of(line: str) -> Network | None:
    """The network that a line of the sandbox describes, or None if it is another line."""
    try:
        told: Any = json.loads(line)
        return Network(**{name: told[name].rstrip("/") for name in Network.__dataclass_fields__})
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
