"""Commands of the operator that write, killed before and after their commit: all of it is done or nothing, and it may
be said again."""

from pathlib import Path
from shutil import copyfile

import pytest
from stellar_sdk import Keypair

from kinpay_server.demo.configuration import write_config
from kinpay_server.demo.http import call
from kinpay_server.demo.network import Network
from tests.commands.operator import Operator
from tests.system.clients import wait_until
from tests.system.conftest import Kinpay, Told
from tests.system.payers import EACH, Payer
from tests.system.points import BACKUP
from tests.system.programs import dies_at
from tests.system.verdict import assert_paid_once, wait_until_told

HELD_PAYMENT = (
    "INSERT INTO payments (id, app_id, amount, recipient_address, callback, request_id, created_at, updated_at, status,"
    " reason) VALUES ('held', 'test', 10000000, ?, ?, 'r', 1, 1, 'submitted', 'held: op_strange')"
)
HELD_WALLET = (
    "INSERT INTO wallets (address, app_id, id, callback, request_id, created_at, updated_at, status, reason)"
    " VALUES (?, 'test', ?, ?, 'r', 1, 1, 'submitted', 'held: op_strange')"
)
CHANNEL_STATES = "SELECT state, funded_by IS NULL, count(*) FROM channels GROUP BY 1, 2"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture
def kinpay(network: Network, root: Keypair, tmp_path: Path) -> Kinpay:
    """A service that may have many channels."""
    return Kinpay(tmp_path, write_config(tmp_path, network, root, max_channels=400, poll_interval=0.2))


@pytest.fixture
def operator(kinpay: Kinpay) -> Operator:
    return Operator(kinpay.folder, kinpay.config)


def test_a_retry_that_is_killed_leaves_it_held_or_accepted_and_it_is_paid_once(
    network: Network, root: Keypair, kinpay: Kinpay, operator: Operator, told: Told
) -> None:
    wallet, new = network.make_wallet().public_key, Keypair.random().public_key
    operator.says("db", "upgrade")
    kinpay.rows(HELD_PAYMENT, wallet, told.receiver.url)
    kinpay.rows(HELD_WALLET, new, new, told.receiver.url)
    for what, table, name in (("payment", "payments", "held"), ("wallet", "wallets", new)):
        for when, status in (("before", "submitted"), ("after", "accepted")):
            command = (table, "retry", name)
            with dies_at(f"{when} commit: retry a {what}", kinpay, command=command):
                pass
            assert kinpay.rows(f"SELECT status FROM {table}") == [(status,)]  # noqa: S608
        assert "accepted and not held" in operator.refuses(table, "retry", name)
    with kinpay.serving():
        wait_until_told(told, ["held", new])
    assert_paid_once(network, root.public_key, ["held"])


def test_a_replay_that_is_killed_loses_no_callback(
    network: Network, root: Keypair, kinpay: Kinpay, operator: Operator, told: Told
) -> None:
    payer = Payer(network, root, told)
    with kinpay.serving() as (_, url):
        payer.posts_all_until_they_are_told(url)
        payer.posts(url)
        payer.posts_all_until_they_are_told(url)
        wait_until(lambda: kinpay.rows("SELECT DISTINCT state FROM callbacks") == [("delivered",)])
    told.states.clear()
    [(one,), *_] = kinpay.rows("SELECT id FROM callbacks")
    kinpay.rows("UPDATE callbacks SET state = 'dead'")
    waiting = "SELECT count(*) FROM callbacks WHERE state = 'waiting'"
    for name, arguments, before, after in (("replay", (one,), 0, 1), ("replay_dead", ("--all-dead",), 1, EACH)):
        for when, count in (("before", before), ("after", after)):
            with dies_at(f"{when} commit: {name}", kinpay, command=("callbacks", "replay", *arguments)):
                pass
            assert kinpay.rows(waiting) == [(count,)]
    assert "0 callbacks are due" in operator.says("callbacks", "replay", "--all-dead")
    with kinpay.serving():
        wait_until_told(told, payer.ids)


def test_channels_whose_creation_is_killed_anywhere_are_opened_by_who_comes_next(
    network: Network, root: Keypair, kinpay: Kinpay, operator: Operator, told: Told
) -> None:
    names = ("plan", "lend_channels", "record_fundings", "record_answers", "settle openings")
    points = [f"{when} commit: {name}" for name in names for when in ("before", "after")]
    payer = Payer(network, root, told)
    operator.says("channels", "create", "1")
    for point in [*points, "before: submit", "after: submit"]:
        with dies_at(point, kinpay, command=("channels", "create", "20")):
            pass
    operator.says("channels", "create", "1")
    [(planned, highest)] = kinpay.rows('SELECT count(*), max("index") FROM channels')
    assert planned == highest + 1 > 60
    assert not kinpay.rows("SELECT 1 FROM channels WHERE state = 'opening'")
    with kinpay.serving() as (_, url):
        payer.posts(url)
        payer.posts_all_until_they_are_told(url)
        wait_until(lambda: kinpay.rows(CHANNEL_STATES) == [("free", 1, planned)], lambda: kinpay.rows(CHANNEL_STATES))
    payer.assert_all_is_well()
    assert call(f"{network.horizon_url}/accounts/{root.public_key}")["num_sponsoring"] == 2 * planned


def test_a_channel_whose_retirement_is_killed_is_free_or_retired(kinpay: Kinpay, operator: Operator) -> None:
    operator.says("channels", "create", "2")
    for when, state in (("before", "free"), ("after", "retired")):
        with dies_at(f"{when} commit: retire", kinpay, command=("channels", "retire", "1")):
            pass
        assert kinpay.rows('SELECT state FROM channels ORDER BY "index"') == [("free",), (state,)]
    assert "is retired and not retired" in operator.refuses("channels", "retire", "1")


def test_a_backup_that_is_killed_is_whole_or_not_there(kinpay: Kinpay, operator: Operator) -> None:
    operator.says("db", "upgrade")
    for number, point in enumerate(BACKUP):
        name = f"copy-{number}.db"
        with dies_at(point, kinpay, command=("backup", name)):
            pass
        if point == "named":
            assert "exists already" in operator.refuses("backup", name)
        else:
            assert not (kinpay.folder / name).exists()
            operator.says("backup", name)
        copyfile(kinpay.folder / name, kinpay.folder / "kinpay.db")
        assert "0 payments" in operator.says("backup", f"again-{number}.db")
