"""The scenes of the demo: a wallet is created, paid, and watched."""

from __future__ import annotations

from stellar_sdk import Keypair

from kinpay_server.demo.http import call
from kinpay_server.demo.programs import DemoError
from kinpay_server.demo.stage import Stage

AMOUNT = 5
OTHERS = 7
"""What somebody else pays to the wallet."""


def create_wallet(stage: Stage) -> str:
    """An app's user gets a wallet: its key stays with the user, the service creates the account. Its address."""
    keys = Keypair.random()
    address: str = keys.public_key
    call(f"{stage.url}/wallets", {"wallet_address": address, "app_id": "demo", "callback": stage.callbacks.url})
    stage.told(lambda event: event["value"].get("wallet_address") == address, "the wallet")
    stage.story.step("wallet", f"POST /wallets: {address[:8]}… is created on the ledger")
    stage.network.trust(keys)
    stage.story.step("", f"its owner has it trust {stage.network.asset_code}")
    return address


def pay(stage: Stage, wallet: str) -> None:
    """One payment; its callback and its status say that it is made."""
    status = call(f"{stage.url}/payments", stage.payment("first", wallet, AMOUNT))["status"]
    stage.story.step("payment", f"POST /payments: {AMOUNT} {stage.network.asset_code} to the wallet: {status}")
    event = stage.told(lambda event: event["value"].get("id") == "first", "the payment")
    value = event["value"]
    if event["state"] != "success" or value["amount"] != AMOUNT:
        raise DemoError(f"the callback tells something else: {event}")
    stage.story.step("callback", f"{value['id']} is paid, in transaction {value['transaction_id'][:10]}…")
    status = call(f"{stage.url}/payments/first")["status"]
    if status != "succeeded":
        raise DemoError(f"the callback said success, but GET /payments/first says {status}")


def watch(stage: Stage, wallet: str) -> None:
    """A service is told of what others pay to the wallet."""
    service = {"callback": stage.callbacks.url, "wallet_addresses": [wallet]}
    call(f"{stage.url}/services/shop", service, method="PUT")
    stage.story.step("watch", "PUT /services/shop: told of each payment at the wallet")
    stage.network.give_kin(wallet, OTHERS)
    event = stage.told(lambda event: event["value"].get("sender_address") not in (None, stage.root), "the payment")
    value = event["value"]
    if (value["recipient_address"], value["amount"]) != (wallet, OTHERS):
        raise DemoError(f"the callback tells of another payment: {event}")
    stage.story.step("callback", f"{value['sender_address'][:8]}… has paid {value['amount']} to the wallet")


def check_balance(stage: Stage, wallet: str) -> None:
    """The ledger has the last word."""
    balance, wanted = stage.network.kin_balance(wallet), AMOUNT + OTHERS
    if balance != wanted:
        raise DemoError(f"the ledger says that the wallet holds {balance} {stage.network.asset_code}, not {wanted}")
    stage.story.step("ledger", f"the wallet holds {balance.normalize():f} {stage.network.asset_code}")
