"""The operator's commands, as an operator calls them, on the database of a service that has made some payments."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from stellar_sdk import Keypair

from kinpay_server.demo.http import call
from kinpay_server.demo.network import Network
from tests.commands.operator import Operator
from tests.system.clients import wait_until
from tests.system.conftest import Kinpay, Told, payment
from tests.system.conftest import kinpay as kinpay
from tests.system.conftest import network as network
from tests.system.conftest import root as root
from tests.system.conftest import told as told

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


@pytest.fixture
def operator(kinpay: Kinpay) -> Operator:
    return Operator(kinpay.folder, kinpay.config)


@pytest.fixture
def paid(network: Network, kinpay: Kinpay, told: Told) -> Iterator[str]:
    """The id of a payment that was made; the service runs."""
    wallet = network.make_wallet().public_key
    with kinpay.serving() as (_, url):
        call(f"{url}/payments", payment(told, wallet, "order-1", 5))
        wait_until(lambda: told.read()["order-1"]["success"])
        yield "order-1"


def database(operator: Operator) -> sqlite3.Connection:
    """The service's database."""
    return sqlite3.connect(operator.folder / "kinpay.db", isolation_level=None)


def test_the_whole_story_of_a_payment_is_told_in_sentences(operator: Operator, paid: str) -> None:
    said = operator.says("payments", "show", paid)
    for sentence in ("Posted by test: 5 KIN", "Attempt 1 signed on channel 0", "is on the ledger", "It is paid"):
        assert sentence in " ".join(said.split())
    story = operator.json("payments", "show", paid)
    assert len(story["attempts"]) == 1


def test_payments_channels_and_callbacks_are_listed(operator: Operator, paid: str) -> None:
    assert [one["id"] for one in operator.json("payments", "list")["payments"]] == [paid]
    assert operator.json("channels", "list")["channels"][0]["state"] == "free"
    (callback,) = operator.json("callbacks", "list")["callbacks"]
    assert callback["payment_id"] == paid
    assert paid in operator.says("callbacks", "show", callback["id"])


def test_an_unknown_payment_is_one_sentence_and_status_1(operator: Operator, paid: str) -> None:
    assert "no payment" in operator.refuses("payments", "show", "nobody")


def test_a_callback_is_sent_again_with_the_same_id(operator: Operator, paid: str, told: Told) -> None:
    (callback,) = operator.json("callbacks", "list")["callbacks"]
    operator.says("callbacks", "replay", callback["id"])
    wait_until(lambda: told.read()[paid]["success"] == 2)


def test_all_is_well_says_check_and_what_is_not_it_names(operator: Operator, paid: str) -> None:
    done = operator.run("check")
    assert done.returncode == 0, done.stdout
    config = operator.folder / "kinpay.ini"
    text = config.read_text()
    config.write_text(text.replace("network = kinpay sandbox ; local", "network = TESTNET"))
    assert "network" in operator.refuses("check")


def test_ledger_and_database_agree_after_payments(operator: Operator, paid: str) -> None:
    done = operator.json("reconcile")
    assert done["differences"] == []
    assert "1 KIN payments out of the root account, 1 that the database believes paid" in operator.says("reconcile")


def test_a_payment_with_another_amount_on_the_ledger_is_a_difference(operator: Operator, paid: str) -> None:
    with database(operator) as db:
        db.execute("UPDATE payments SET amount = amount + 1")
    db.close()
    assert "other terms" in operator.refuses("reconcile")


def test_a_payment_on_the_ledger_that_the_database_lost_is_a_difference(operator: Operator, paid: str) -> None:
    with database(operator) as db:
        db.execute("PRAGMA foreign_keys = OFF")
        for table in ("callbacks", "attempts", "payments"):
            db.execute(f"DELETE FROM {table}")  # noqa: S608 - names of ours
    db.close()
    assert "unknown" in operator.refuses("reconcile")


def test_a_held_payment_is_tried_again_only_when_the_ledger_has_not_paid_it(operator: Operator, paid: str) -> None:
    assert "not held" in operator.refuses("payments", "retry", paid)
    with database(operator) as db:
        db.execute("UPDATE payments SET status = 'submitted', reason = 'held: op_strange', transaction_id = NULL")
    db.close()
    assert "is paid" in operator.refuses("payments", "retry", paid)


def test_channels_are_created_by_the_running_service_and_one_can_be_retired(operator: Operator, paid: str) -> None:
    before = len(operator.json("channels", "list")["channels"])
    operator.says("channels", "create", "3")
    channels = operator.json("channels", "list")["channels"]
    assert [c["state"] for c in channels] == ["free"] * (before + 3)
    operator.says("channels", "retire", "0")
    assert operator.json("channels", "list")["channels"][0]["state"] == "retired"
    assert "retired" in operator.refuses("channels", "retire", "0")


def test_channels_are_created_without_a_service(operator: Operator, root: Keypair) -> None:
    operator.says("channels", "create", "21")
    assert [c["state"] for c in operator.json("channels", "list")["channels"]] == ["free"] * 21


def test_a_copy_is_made_while_the_service_runs_and_never_over_another_file(
    operator: Operator, paid: str, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.db"
    assert "1 payments" in operator.says("backup", str(copy))
    with sqlite3.connect(copy) as copied:
        assert copied.execute("SELECT id FROM payments").fetchall() == [(paid,)]
    copied.close()
    assert "exists" in operator.refuses("backup", str(copy))


def test_the_schema_is_not_upgraded_under_a_running_service(operator: Operator, paid: str) -> None:
    assert "another kinpay" in operator.refuses("db", "upgrade")


def test_the_help_of_every_command_is_quick_and_complete() -> None:
    for command in ([], ["channels"], ["payments"], ["callbacks"], ["reconcile"], ["check"], ["backup"], ["sandbox"]):
        done = subprocess.run(
            [sys.executable, "-m", "kinpay_server", *command, "--help"],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0
        assert "Usage: kinpay" in done.stdout


def test_wrong_usage_is_status_2() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "kinpay_server", "channels", "create", "many"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
