"""`kinpay serve` as an operator meets it: what stops it, what it waits for, how it stops."""

import os
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing

import pytest
from stellar_sdk import Asset, Keypair, Server, TransactionBuilder

from kinpay_server.demo.http import call
from kinpay_server.demo.network import Network, network_of
from kinpay_server.demo.programs import DemoError, running
from kinpay_server.exact_json import loads
from tests.system.conftest import Kinpay, Told, payment

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


def change(kinpay: Kinpay, before: str, after: str) -> None:
    """Change a line of the configuration."""
    text = kinpay.config.read_text()
    assert before in text
    kinpay.config.write_text(text.replace(before, after))


def refused(kinpay: Kinpay) -> str:
    """What the service says when it refuses to start; it must end with status 1 and without a traceback."""
    done = subprocess.run(
        [sys.executable, "-m", "kinpay_server", "serve", "-c", str(kinpay.config)],
        cwd=kinpay.folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert "listening" not in done.stdout
    return done.stderr


def wait_for(what: Callable[[], object]) -> object:
    """The first true thing; generous, since the machine may be busy."""
    deadline = time.monotonic() + 60
    while not (found := what()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return found


def checks(url: str) -> dict[str, str]:
    """What `/status` says is not well, whatever its HTTP status."""
    try:
        answer = call(f"{url}/status")
    except DemoError as error:
        answer = loads(str(error).partition("answered 503: ")[2])
    return {name: one["message"] for name, one in answer["checks"].items() if one["status"] != "ok"}


def test_an_unknown_option_stops_the_start_and_is_named(kinpay: Kinpay) -> None:
    change(kinpay, "max_channels", "max_chanels")
    said = refused(kinpay)
    assert "max_chanels" in said
    assert "max_channels" in said
    assert "kinpay.ini" in said


def test_a_missing_seed_file_stops_the_start(kinpay: Kinpay) -> None:
    (kinpay.folder / "root.seed").unlink()
    assert "root.seed" in refused(kinpay)


def test_a_seed_file_that_others_may_read_stops_the_start(kinpay: Kinpay) -> None:
    seed = kinpay.folder / "root.seed"
    seed.chmod(0o644)
    said = refused(kinpay)
    assert "0600" in said
    assert seed.read_text().strip() not in said


def test_a_port_in_use_stops_the_start(kinpay: Kinpay) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        change(kinpay, "port = 0", f"port = {port}")
        assert f"port {port}" in refused(kinpay)


def test_another_network_stops_the_start(kinpay: Kinpay) -> None:
    change(kinpay, "network = kinpay sandbox ; local", "network = TESTNET")
    said = refused(kinpay)
    assert "kinpay sandbox ; local" in said
    assert "Test SDF Network" in said


def test_a_database_of_a_newer_version_stops_the_start(kinpay: Kinpay) -> None:
    with kinpay.serving():
        pass
    with sqlite3.connect(kinpay.folder / "kinpay.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    assert "9999" in refused(kinpay)


def test_a_database_that_cannot_be_written_stops_the_start(kinpay: Kinpay) -> None:
    change(kinpay, "kinpay.db", "no/such/folder/kinpay.db")
    assert "no/such/folder" in refused(kinpay)


def test_a_second_service_on_the_same_database_stops_at_once(kinpay: Kinpay) -> None:
    with kinpay.serving():
        assert "another kinpay" in refused(kinpay)


def test_a_database_with_a_second_name_stops_the_start(kinpay: Kinpay) -> None:
    with kinpay.serving():
        pass
    os.link(kinpay.folder / "kinpay.db", kinpay.folder / "other.db")
    assert "hard links" in refused(kinpay)


def test_a_reader_of_its_words_that_has_gone_stops_nothing(kinpay: Kinpay) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    change(kinpay, "port = 0", f"port = {port}")
    reading, writing = os.pipe()
    os.close(reading)
    program = subprocess.Popen(
        [sys.executable, "-m", "kinpay_server", "serve", "-c", str(kinpay.config)], cwd=kinpay.folder, stdout=writing
    )
    os.close(writing)
    with program:
        try:
            wait_for(lambda: program.poll() is not None or answers(port))
            program.terminate()
            assert program.wait(60) == 0
        finally:
            program.kill()


def answers(port: int) -> bool:
    """Whether somebody listens there."""
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


def test_sigterm_stops_it_with_status_0(kinpay: Kinpay) -> None:
    with kinpay.serving() as (program, _):
        program.stop()


def test_settings_from_the_environment_alone_are_enough(kinpay: Kinpay, network: Network, root: Keypair) -> None:
    older = {
        "APP_PORT": "0",
        "STELLAR_HORIZON_URL": network.horizon_url,
        "STELLAR_NETWORK": network.network_passphrase,
        "STELLAR_KIN_ISSUER_ADDRESS": network.asset_issuer,
        "STELLAR_BASE_SEED": root.secret,
        "CHANNEL_SALT": "salt",
        "APP_REDIS": "redis://127.0.0.1:1",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "kinpay_server", "serve"],
        cwd=kinpay.folder,
        env=os.environ | older,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    assert "listening on http://127.0.0.1:" in process.stdout.readline()
    process.terminate()
    _, logged = process.communicate(timeout=30)
    assert process.returncode == 0
    assert logged.count("APP_REDIS") == 1
    assert root.secret not in logged


def test_an_unreachable_horizon_is_waited_for_and_accepted_payments_are_made_once_it_is_there(
    kinpay: Kinpay, network: Network, told: Told, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    change(kinpay, f"horizon_url = {network.horizon_url}", f"horizon_url = http://127.0.0.1:{port}")
    with kinpay.serving() as (_, url):
        assert "Horizon does not answer" in checks(url)["horizon"]
        assert call(f"{url}/payments", payment(told, root_of(kinpay), "early"))["status"] == "accepted"
        arguments = ["sandbox", "--port", str(port), "--json", "--close-seconds", "0.5", "--fast"]
        with running(arguments, tmp_path_factory.mktemp("late")) as sandbox:
            late = sandbox.wait_for(network_of)
            make_root(late, kinpay)
            wait_for(lambda: told.read()["early"]["success"])


def test_a_root_account_without_trustline_or_kin_keeps_payments_waiting_until_it_is_mended(
    network: Network, kinpay: Kinpay, told: Told
) -> None:
    keys = Keypair.random()
    call(network.friendbot_url, addr=keys.public_key)
    (kinpay.folder / "root.seed").write_text(keys.secret)
    wallet = network.make_wallet().public_key
    with kinpay.serving() as (_, url):
        wait_for(lambda: "no trustline" in checks(url).get("root account", ""))
        assert call(f"{url}/payments", payment(told, wallet, "waits"))["status"] == "accepted"
        trust(network, keys)
        wait_for(lambda: "has 0 KIN and the next payment needs 1" in checks(url).get("root account", ""))
        assert call(f"{url}/payments/waits")["status"] == "accepted"
        network.give_kin(keys.public_key, 10)
        wait_for(lambda: told.read()["waits"]["success"])
        wait_for(lambda: not checks(url))
    assert network.kin_balance(wallet) == 1
    assert told.read()["waits"]["fail"] == 0


def test_a_recipient_without_trustline_is_told_as_a_failure_with_a_reason(
    network: Network, kinpay: Kinpay, told: Told
) -> None:
    stranger = Keypair.random()
    call(network.friendbot_url, addr=stranger.public_key)
    with kinpay.serving() as (_, url):
        call(f"{url}/payments", payment(told, stranger.public_key, "fails"))
        wait_for(lambda: told.read()["fails"]["fail"])
        failed = call(f"{url}/payments/fails")
    assert failed["status"] == "failed"
    assert "trustline" in failed["reason"]


def test_no_secret_is_in_the_log_or_in_the_status(kinpay: Kinpay, root: Keypair) -> None:
    change(kinpay, "[watcher]", "[logging]\nlevel = debug\n[watcher]")
    with kinpay.serving() as (program, url):
        time.sleep(1)
        shown = str(call(f"{url}/config")) + str(checks(url)) + program.log.read_text()
    assert root.secret not in shown
    assert root.secret[10:40] not in shown


def root_of(kinpay: Kinpay) -> str:
    """The root account's address."""
    return Keypair.from_secret((kinpay.folder / "root.seed").read_text().strip()).public_key


def make_root(network: Network, kinpay: Kinpay) -> None:
    """Give the configured root account all that it needs, on that network."""
    keys = Keypair.from_secret((kinpay.folder / "root.seed").read_text().strip())
    call(network.friendbot_url, addr=keys.public_key)
    trust(network, keys)
    network.give_kin(keys.public_key, 100)


def trust(network: Network, keys: Keypair) -> None:
    """A trustline to KIN."""
    server = Server(network.horizon_url)
    builder = TransactionBuilder(server.load_account(keys.public_key), network.network_passphrase, base_fee=100)
    builder.append_change_trust_op(Asset(network.asset_code, network.asset_issuer))
    transaction = builder.set_timeout(60).build()
    transaction.sign(keys)
    server.submit_transaction(transaction)
