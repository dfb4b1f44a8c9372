"""The log of a service that pays: a line for each change of state, found again by its ids, and nothing else."""

import json
import re
import secrets
from pathlib import Path
from typing import Any

import pytest
import requests
from stellar_sdk import Keypair

from kinpay_server.demo.network import Network
from tests.system.clients import wait_until
from tests.system.conftest import Kinpay, Told, payment

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

TOKEN = secrets.token_urlsafe(24)
SECRET = "whsec_" + secrets.token_hex(32)
IDLE_ROUNDS = 10
"""So many times, at least, the ledger is looked at while nothing happens."""


def lines(log: Path) -> list[dict[str, Any]]:
    """All of the log: each line is an object with what a line must have."""
    found = [json.loads(line) for line in log.read_text().splitlines()]
    assert all({"time", "level", "event", "logger"} <= one.keys() for one in found), found
    return found


def about(log: Path, payment_id: str) -> list[dict[str, Any]]:
    """Those that concern one payment."""
    return [one for one in lines(log) if one.get("payment_id") == payment_id]


def looks(url: str) -> float:
    """How many requests have gone to Horizon."""
    text = requests.get(f"{url}/metrics", auth=("", TOKEN), timeout=60).text
    (count,) = re.findall(r'^kinpay_horizon_request_seconds_count{method="GET"} (\S+)$', text, re.MULTILINE)
    return float(count)


@pytest.fixture
def guarded(kinpay: Kinpay) -> Kinpay:
    """A service with all the secrets that there may be."""
    with kinpay.config.open("a") as config:
        config.write(f"[security]\napi_tokens = shop:{TOKEN}\n[callbacks]\nsigning_secret = {SECRET}\n")
    return kinpay


def post(url: str, body: dict[str, Any], request_id: str) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}", "X-Request-Id": request_id}
    assert requests.post(f"{url}/payments", json=body, headers=headers, timeout=60).status_code == 202


def test_a_payment_is_told_of_from_its_post_to_its_callback(
    network: Network, guarded: Kinpay, told: Told, root: Keypair
) -> None:
    wallet, stranger = network.make_wallet().public_key, Keypair.random().public_key
    with guarded.serving() as (program, url):
        post(url, payment(told, wallet, "pays"), "r-1")
        post(url, payment(told, stranger, "fails"), "r-2")
        wait_until(lambda: all(len(about(program.log, one)) == 3 for one in ("pays", "fails")))
        accepted, succeeded, delivered = about(program.log, "pays")
        assert [one["event"] for one in about(program.log, "fails")] == [
            "payment accepted",
            "payment failed",
            "callback delivered",
        ]
    assert (accepted["event"], accepted["request_id"], accepted["caller"]) == ("payment accepted", "r-1", "shop")
    assert (succeeded["event"], delivered["event"]) == ("payment succeeded", "callback delivered")
    assert delivered["callback_id"] == f"payment-{succeeded['attempt']}"
    assert isinstance(succeeded["channel"], int)
    assert succeeded["ledger"] > 1
    assert all("request_id" not in one and "caller" not in one for one in (succeeded, delivered))
    assert_no_secret_is_in(program.log.read_text(), guarded, root)


def assert_no_secret_is_in(text: str, kinpay: Kinpay, root: Keypair) -> None:
    salt = re.findall(r"^channel_salt = (\S+)$", kinpay.config.read_text(), re.MULTILINE)
    for secret in (root.secret, root.secret[10:40], TOKEN, SECRET, SECRET[6:], *salt):
        assert secret not in text
    assert re.search(r"S[A-Z2-7]{55}", text) is None


def test_with_everything_logged_no_secret_is(network: Network, guarded: Kinpay, told: Told, root: Keypair) -> None:
    config = guarded.config.read_text()
    guarded.config.write_text(config.replace("[watcher]", "[logging]\nlevel = debug\n[watcher]"))
    with guarded.serving() as (program, url):
        post(url, payment(told, network.make_wallet().public_key, "pays"), "r-1")
        wait_until(lambda: len(about(program.log, "pays")) == 3)
    text = program.log.read_text()
    assert '"level":"debug"' in text
    assert_no_secret_is_in(text, guarded, root)


def test_nothing_is_said_while_nothing_happens(guarded: Kinpay) -> None:
    with guarded.serving() as (program, url):
        wait_until(lambda: "ready to send" in program.log.read_text())
        before, seen = len(lines(program.log)), looks(url)
        wait_until(lambda: looks(url) >= seen + IDLE_ROUNDS)
        assert lines(program.log)[before:] == []
