"""`kinpay init` writes what the service can start from, and never over anything."""

import stat
from pathlib import Path

import pytest
from stellar_sdk import Keypair

from kinpay_server import config
from kinpay_server.commands.presets import SANDBOX
from kinpay_server.demo.network import network_of
from kinpay_server.demo.programs import running
from tests.commands.operator import Operator

ISSUER = Keypair.random().public_key
PHRASE = "Private ; 2026"


@pytest.fixture
def newcomer(tmp_path: Path) -> Operator:
    """Somebody without any file."""
    return Operator(tmp_path)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize(
    "given",
    [
        ("--preset", "sandbox"),
        ("--preset", "testnet", "--issuer", ISSUER),
        ("--preset", "public", "--issuer", ISSUER, "--asset-code", "ABC", "--port", "5001"),
        ("--horizon-url", "http://h.example", "--network", PHRASE, "--issuer", ISSUER, "--all"),
    ],
)
def test_what_it_wrote_can_be_loaded_and_is_for_its_owner_only(newcomer: Operator, given: tuple[str, ...]) -> None:
    newcomer.says("init", *given)
    settings = config.load(newcomer.folder / "kinpay.ini", {})
    assert settings.stellar.base_seed == (newcomer.folder / "root.seed").read_text().strip()
    assert settings.storage.url == f"sqlite:///{newcomer.folder / 'kinpay.db'}"
    assert [mode(newcomer.folder / name) for name in ("kinpay.ini", "root.seed")] == [0o600, 0o600]


def test_what_was_given_is_what_is_configured(newcomer: Operator) -> None:
    newcomer.says(
        *("init", "--horizon-url", "http://h.example", "--network", PHRASE, "--issuer", ISSUER),
        *("--asset-code", "ABC", "--port", "5001", "--database", "d/k.db", "--secret-file", "of-root"),
        *("--xlm-faucet", "http://h.example/x", "--kin-faucet", "http://h.example/k"),
    )
    settings = config.load(newcomer.folder / "kinpay.ini", {})
    assert (settings.stellar.network, settings.stellar.kin_issuer_address) == (PHRASE, ISSUER)
    assert (settings.stellar.kin_token_name, settings.server.port) == ("ABC", 5001)
    assert settings.storage.url == f"sqlite:///{newcomer.folder / 'd' / 'k.db'}"
    assert settings.stellar.base_seed_file == newcomer.folder / "of-root"
    assert settings.faucet == config.Faucet(xlm_faucet="http://h.example/x", kin_faucet="http://h.example/k")


def test_two_installs_share_neither_key_nor_salt(newcomer: Operator) -> None:
    found = []
    for name in ("a", "b"):
        (newcomer.folder / name).mkdir()
        newcomer.says("init", "--preset", "sandbox", "-c", f"{name}/kinpay.ini")
        found.append(config.load(newcomer.folder / name / "kinpay.ini", {}).stellar)
    assert found[0].base_seed != found[1].base_seed
    assert found[0].channel_salt != found[1].channel_salt
    assert len(found[0].channel_salt) >= 32


def test_the_seed_is_not_shown_and_the_last_lines_say_what_to_do_next(newcomer: Operator) -> None:
    done = newcomer.run("init", "--preset", "sandbox")
    seed = (newcomer.folder / "root.seed").read_text().strip()
    assert seed not in done.stdout + done.stderr
    *_, sandbox, fund, check, serve = done.stdout.splitlines()
    assert [line.split("  ")[1] for line in (sandbox, fund, check, serve)] == [
        "kinpay sandbox",
        "kinpay generate-funding-address -c kinpay.ini",
        "kinpay check -c kinpay.ini",
        "kinpay serve -c kinpay.ini",
    ]


def test_a_config_that_is_there_is_not_overwritten_and_its_key_neither(newcomer: Operator) -> None:
    newcomer.says("init", "--preset", "sandbox")
    before = {path.name: path.read_text() for path in newcomer.folder.iterdir()}
    assert "exists already" in newcomer.refuses("init", "--preset", "sandbox")
    assert {path.name: path.read_text() for path in newcomer.folder.iterdir()} == before


def test_by_force_the_former_config_is_put_aside_and_the_key_is_used_on(newcomer: Operator) -> None:
    newcomer.says("init", "--preset", "sandbox")
    former, seed = ((newcomer.folder / name).read_text() for name in ("kinpay.ini", "root.seed"))
    newcomer.says("init", "--preset", "sandbox", "--port", "5009", "--force")
    [aside] = newcomer.folder.glob("kinpay.ini.*")
    assert (aside.read_text(), mode(aside)) == (former, 0o600)
    assert (newcomer.folder / "root.seed").read_text() == seed
    assert config.load(newcomer.folder / "kinpay.ini", {}).server.port == 5009


def test_a_secret_file_that_others_can_read_or_that_holds_something_else_is_refused(newcomer: Operator) -> None:
    secret = newcomer.folder / "root.seed"
    secret.write_text("hello")
    secret.chmod(0o600)
    assert "expected one secret seed" in newcomer.refuses("init", "--preset", "sandbox")
    secret.chmod(0o644)
    assert "chmod 600" in newcomer.refuses("init", "--preset", "sandbox")
    assert [path.name for path in newcomer.folder.iterdir()] == ["root.seed"]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ((), "--preset"),
        (("--preset", "testnet"), "--issuer"),
        (("--preset", "sandbox", "--port", "many"), "--port 'many': expected a whole number"),
        (("--preset", "public", "--issuer", "GABC"), "--issuer 'GABC': expected an account id"),
        (("--preset", "moon"), "--preset"),
    ],
)
def test_what_is_missing_or_wrong_is_told_by_its_flag_and_nothing_is_written(
    newcomer: Operator, given: tuple[str, ...], told: str
) -> None:
    assert told in newcomer.refuses("init", *given, status=2)
    assert not list(newcomer.folder.iterdir())


def test_a_folder_that_is_not_there_is_one_sentence(newcomer: Operator) -> None:
    assert "cannot be written" in newcomer.refuses("init", "--preset", "sandbox", "-c", "none/kinpay.ini")


def test_on_a_terminal_it_asks_again_until_it_understands(newcomer: Operator) -> None:
    seen = newcomer.sees("init", typed=f"testnet\nGABC\n{ISSUER}\n\n")
    assert "expected an account id" in seen
    settings = config.load(newcomer.folder / "kinpay.ini", {})
    assert (settings.stellar.kin_issuer_address, settings.stellar.kin_token_name) == (ISSUER, "KIN")
    assert settings.stellar.network == "Test SDF Network ; September 2015"


def test_variables_that_win_over_the_file_are_named(newcomer: Operator) -> None:
    newcomer.environment = {"STELLAR_HORIZON_URL": "http://other", "KINPAY_STELLAR_CHANNEL_SALT": "salt"}
    said = newcomer.says("init", "--preset", "sandbox")
    assert "The environment sets STELLAR_HORIZON_URL, KINPAY_STELLAR_CHANNEL_SALT, and wins over the file." in said


def test_the_sandboxs_preset_is_what_the_sandbox_is(tmp_path: Path) -> None:
    with running(["sandbox", "--port", "0", "--json"], tmp_path) as program:
        network = program.wait_for(network_of)
    assert SANDBOX["stellar", "kin_issuer_address"] == network.asset_issuer
    assert SANDBOX["stellar", "kin_token_name"] == network.asset_code
    assert SANDBOX["stellar", "network"] == network.network_passphrase
    url = SANDBOX["stellar", "horizon_url"]
    for name, theirs in (("xlm_faucet", network.friendbot_url), ("kin_faucet", network.faucet_url)):
        assert SANDBOX["faucet", name] == theirs.replace(network.horizon_url, url)
