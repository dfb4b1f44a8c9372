"""Another root account takes over, as docs/operations.md says: what was paid stays paid, and the new one pays."""

import subprocess
import sys

import pytest
from stellar_sdk import Keypair

from kinpay_server.demo.http import call
from kinpay_server.demo.network import Network
from kinpay_server.exact_json import loads
from tests.system.clients import post, wait_until
from tests.system.conftest import Kinpay, Told, payment

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def run(kinpay: Kinpay, *command: str) -> "subprocess.CompletedProcess[str]":
    """A command of the operator."""
    return subprocess.run(
        [sys.executable, "-m", "kinpay_server", *command, "-c", str(kinpay.config)],
        cwd=kinpay.folder,
        capture_output=True,
        text=True,
        check=False,
    )


def channels(kinpay: Kinpay) -> dict[int, str]:
    """The state of each channel."""
    return {one["index"]: one["state"] for one in loads(run(kinpay, "channels", "list", "--json").stdout)["channels"]}


def test_another_root_account_pays_on_and_pays_nothing_again(
    network: Network, root: Keypair, kinpay: Kinpay, told: Told
) -> None:
    wallet = network.make_wallet().public_key
    other = network.make_wallet()
    network.give_kin(other.public_key, 100)
    bodies = [payment(told, wallet, f"before-{number}") for number in range(3)]
    with kinpay.serving() as (_, url):
        for body in bodies:
            call(f"{url}/payments", body)
        wait_until(lambda: all(told.read()[str(body["id"])]["success"] for body in bodies), lambda: str(told.read()))
        wait_until(lambda: set(channels(kinpay).values()) == {"free"}, lambda: str(channels(kinpay)))
    for index in channels(kinpay):
        assert run(kinpay, "channels", "retire", str(index)).returncode == 0
    (kinpay.folder / "root.seed").write_text(other.secret)
    with kinpay.serving() as (_, url):
        assert {post(url, body)[0] for body in bodies} == {409}
        call(f"{url}/payments", payment(told, wallet, "after"))
        wait_until(lambda: told.read()["after"]["success"], lambda: run(kinpay, "payments", "show", "after").stdout)
        assert call(f"{url}/payments/after")["sender_address"] == other.public_key
        checked = run(kinpay, "check")
        assert checked.returncode == 0, checked.stdout
    assert network.kin_balance(wallet) == 4
    assert network.kin_balance(root.public_key) == 1_000_000 - 3
