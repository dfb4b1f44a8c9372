"""`kinpay generate-funding-address`: from nothing to a root account that can pay, however often it is broken off."""

import json
import re
from pathlib import Path

import pytest
from stellar_sdk import Keypair

from kinpay_server.demo.configuration import url_of
from kinpay_server.demo.http import call
from kinpay_server.demo.network import Network
from kinpay_server.demo.programs import running
from tests.commands.operator import Operator
from tests.system.conftest import network as network

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


@pytest.fixture
def founder(network: Network, tmp_path: Path) -> Operator:
    """Somebody who has a configuration for the sandbox, and no secret file."""
    founder = Operator(tmp_path)
    founder.says(
        *("init", "--horizon-url", network.horizon_url, "--network", network.network_passphrase),
        *("--issuer", network.asset_issuer, "--asset-code", network.asset_code, "--port", "0"),
        *("--xlm-faucet", network.friendbot_url, "--kin-faucet", network.faucet_url),
    )
    (tmp_path / "root.seed").unlink()
    return Operator(tmp_path, tmp_path / "kinpay.ini")


def seed_of(founder: Operator) -> Keypair:
    return Keypair.from_secret((founder.folder / "root.seed").read_text().strip())


def test_from_nothing_to_a_root_account_that_a_service_can_start_with(founder: Operator, network: Network) -> None:
    said = founder.says("generate-funding-address", "--amount", "1234.5")
    keys = seed_of(founder)
    assert keys.secret not in said
    assert [line.split()[0] for line in said.splitlines()][:5] == ["secret", "address", "XLM", "trustline", "KIN"]
    assert keys.public_key in said
    assert "1,234.5 KIN from the faucet" in said
    assert network.kin_balance(keys.public_key) == 1234.5
    assert (founder.folder / "root.seed").stat().st_mode & 0o777 == 0o600
    assert founder.run("check").returncode == 0
    with running(["serve", "-c", str(founder.config)], founder.folder) as service:
        assert service.wait_for(url_of)
        assert "a service runs" in founder.refuses("generate-funding-address")


def test_repeated_it_leaves_all_as_it_is(founder: Operator, network: Network) -> None:
    first = founder.json("generate-funding-address")
    before = seed_of(founder)
    again = founder.says("generate-funding-address")
    assert "was there already: its key is used" in again
    assert "it trusts KIN already" in again
    assert founder.json("generate-funding-address", "--resume") == first
    assert seed_of(founder) == before
    assert first["address"] == before.public_key


@pytest.mark.parametrize("has", ["a key", "XLM", "a trustline"])
def test_a_run_that_was_broken_off_is_gone_on_with(founder: Operator, network: Network, has: str) -> None:
    keys = Keypair.random()
    if has == "XLM":
        call(network.friendbot_url, addr=keys.public_key)
    if has == "a trustline":
        network.befriend(keys)
    secret = founder.folder / "root.seed"
    secret.write_text(keys.secret)
    secret.chmod(0o600)
    done = founder.json("generate-funding-address", "--resume")
    assert (done["address"], done["kin"]) == (keys.public_key, 100_000)


def test_a_new_key_is_made_only_when_told_to_and_the_former_one_is_kept(founder: Operator) -> None:
    founder.says("generate-funding-address")
    former = seed_of(founder)
    founder.says("generate-funding-address", "--overwrite")
    assert seed_of(founder) != former
    [aside] = founder.folder.glob("root.seed.*")
    assert Keypair.from_secret(aside.read_text().strip()) == former
    assert aside.stat().st_mode & 0o777 == 0o600


def test_without_a_secret_file_there_is_nothing_to_go_on_with(founder: Operator) -> None:
    assert "to go on with" in founder.refuses("generate-funding-address", "--resume")
    assert not (founder.folder / "root.seed").exists()


def test_without_faucets_it_says_what_to_send_and_the_key_is_kept(founder: Operator, network: Network) -> None:
    config = founder.folder / "kinpay.ini"
    config.write_text("\n".join(line for line in config.read_text().splitlines() if "faucet =" not in line))
    said = founder.refuses("generate-funding-address")
    keys = seed_of(founder)
    assert f"xlm_faucet is not set: send {keys.public_key} some XLM yourself" in said
    network.befriend(keys)
    assert f"kin_faucet is not set: send {keys.public_key} some KIN yourself" in founder.refuses(
        "generate-funding-address", "--resume"
    )
    network.give_kin(keys.public_key, 7)
    assert founder.json("generate-funding-address", "--resume")["kin"] == 7


def test_the_older_names_of_the_faucets_are_known(founder: Operator, network: Network) -> None:
    config = founder.folder / "kinpay.ini"
    config.write_text("\n".join(line for line in config.read_text().splitlines() if "faucet =" not in line))
    founder.environment = {"XLM_FAUCET": network.friendbot_url, "KIN_FAUCET": network.faucet_url}
    assert founder.json("generate-funding-address")["kin"] == 100_000


def test_another_network_is_noticed_before_anything_is_asked_for(founder: Operator) -> None:
    founder.environment = {"STELLAR_NETWORK": "TESTNET", "KINPAY_STELLAR_NETWORK": "TESTNET"}
    assert "Horizon serves the network" in founder.refuses("generate-funding-address")


@pytest.mark.parametrize("amount", ["0", "-1", "many", "1.00000001"])
def test_an_amount_that_cannot_be_is_wrong_usage_and_nothing_is_made(founder: Operator, amount: str) -> None:
    assert "--amount" in founder.refuses("generate-funding-address", "--amount", amount, status=2)
    assert not (founder.folder / "root.seed").exists()


def test_a_service_with_its_seed_in_the_environment_gets_that_account_funded(
    founder: Operator, network: Network
) -> None:
    keys = Keypair.random()
    config = founder.folder / "kinpay.ini"
    config.write_text(config.read_text().replace("base_seed_file =", "# base_seed_file ="))
    founder.environment = {"STELLAR_BASE_SEED": keys.secret}
    done = founder.json("generate-funding-address")
    assert done["address"] == keys.public_key
    assert done["secret_file"] is None
    assert keys.secret not in json.dumps(done)


def test_on_a_terminal_each_step_has_a_line_of_its_own_beside_what_turns_meanwhile(founder: Operator) -> None:
    seen = founder.sees("generate-funding-address")
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", seen.replace("\r", "\n"))
    for title in ("XLM ", "trustline ", "KIN "):
        assert any(line.startswith(title) for line in plain.splitlines()), seen
    assert "waiting for the ledger" in plain
