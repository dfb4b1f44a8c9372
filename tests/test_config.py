"""What the configuration takes, what it refuses, and what its refusals say."""

import base64
import binascii
import dataclasses
import os
import secrets
from pathlib import Path

import pytest

from kinpay_server import config
from kinpay_server.config import ConfigError, Settings, load
from kinpay_server.domain.allowed_hosts import AllowedHosts

ROOT = Path(__file__).parent.parent


def encoded(version: int) -> str:
    """A random key in Stellar's writing; version 6 << 3 is an account id, 18 << 3 a seed."""
    raw = bytes([version]) + secrets.token_bytes(32)
    return base64.b32encode(raw + binascii.crc_hqx(raw, 0).to_bytes(2, "little")).decode()


ISSUER, SEED, SALT = encoded(6 << 3), encoded(18 << 3), secrets.token_hex(8)
OLD_INSTALL = {
    "STELLAR_HORIZON_URL": "http://127.0.0.1:8000/",
    "STELLAR_NETWORK": "TESTNET",
    "STELLAR_KIN_ISSUER_ADDRESS": ISSUER,
    "STELLAR_BASE_SEED": SEED,
    "CHANNEL_SALT": SALT,
}


def env(**changes: str) -> dict[str, str]:
    return OLD_INSTALL | changes


def refusal(environ: dict[str, str], path: Path | None = None) -> str:
    with pytest.raises(ConfigError) as caught:
        load(path, environ)
    assert SEED not in str(caught.value)
    assert SALT not in str(caught.value)
    return str(caught.value)


def ini(folder: Path, text: str) -> Path:
    path = folder / "kinpay.ini"
    path.write_text(text)
    return path


def seed_file(folder: Path, content: str, mode: int = 0o600) -> Path:
    path = folder / "root.seed"
    path.write_text(content)
    path.chmod(mode)
    return path


def without_seed(**changes: str) -> dict[str, str]:
    return {name: value for name, value in env(**changes).items() if name != "STELLAR_BASE_SEED"}


def test_the_older_environment_names_alone_are_enough() -> None:
    settings = load(None, OLD_INSTALL)
    assert settings.stellar.horizon_url == "http://127.0.0.1:8000"
    assert settings.stellar.network == "Test SDF Network ; September 2015"
    assert settings.stellar.base_seed == SEED
    assert settings.stellar.channel_salt == SALT


def test_defaults_are_those_of_the_contract() -> None:
    settings = load(None, OLD_INSTALL)
    assert settings.server == config.Server(host="127.0.0.1", port=5000, app_name="payment-service")
    assert (settings.stellar.kin_token_name, settings.stellar.initial_xlm_amount) == ("KIN", 20_000_000)
    assert (settings.stellar.max_channels, settings.stellar.max_base_fee) == (100, 10_000)
    assert settings.stellar.channel_xlm == 5_000_000
    assert settings.storage.url == "sqlite:///kinpay.db"
    assert (settings.watcher.poll_interval, settings.callbacks.timeout) == (1.0, 10.0)
    assert (settings.logging.level, settings.logging.format) == ("info", "json")
    assert settings.security == config.Security(api_tokens={}, allow_anonymous=False)
    assert (settings.callbacks.allowed_hosts, settings.callbacks.signing_secret) == (AllowedHosts(), ())


def test_the_environment_wins_over_the_file_and_the_new_name_over_the_older(tmp_path: Path) -> None:
    path = ini(tmp_path, "[server]\nport = 1\nhost = localhost\napp_name = of the file\n")
    settings = load(path, env(APP_PORT="2", KINPAY_SERVER_PORT="3", APP_NAME="of the environment", APP_HOST=""))
    assert settings.server == config.Server(host="localhost", port=3, app_name="of the environment")


@pytest.mark.parametrize(("section", "key", "row"), list(config.options()))
def test_each_option_has_an_environment_variable(section: str, key: str, row: config.Option) -> None:
    text = refusal(without_seed() | {f"KINPAY_{section.upper()}_{key.upper()}": "\x00"})
    assert f"environment variable KINPAY_{section.upper()}_{key.upper()}: [{section}] {key}" in text or row.secret


def test_a_passphrase_with_a_semicolon_survives_the_file(tmp_path: Path) -> None:
    path = ini(tmp_path, "[stellar]\nnetwork = Local ; 100% mine # really\n")
    environ = {name: value for name, value in OLD_INSTALL.items() if name != "STELLAR_NETWORK"}
    assert load(path, environ).stellar.network == "Local ; 100% mine # really"


def test_the_public_network_is_known_by_name() -> None:
    assert load(None, env(STELLAR_NETWORK="public")).stellar.network == "Public Global Stellar Network ; September 2015"


def test_a_salt_of_the_environment_keeps_its_blanks_as_keys_are_derived_from_it() -> None:
    assert load(None, env(CHANNEL_SALT=" salt ")).stellar.channel_salt == " salt "


@pytest.mark.parametrize(
    ("given", "stroops"),
    [("0", 0), ("0.5", 5_000_000), ("2", 20_000_000), ("0.0000001", 1), ("922337203685.4775807", 2**63 - 1)],
)
def test_amounts_of_xlm_become_exact_stroops(given: str, stroops: int) -> None:
    assert load(None, env(KINPAY_STELLAR_CHANNEL_XLM=given)).stellar.channel_xlm == stroops


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("APP_PORT", "65536"),
        ("APP_PORT", "-1"),
        ("APP_PORT", "1e3"),
        ("APP_PORT", "٣"),
        ("APP_HOST", "http://127.0.0.1"),
        ("APP_NAME", "two\nlines"),
        ("STELLAR_HORIZON_URL", "horizon.example"),
        ("STELLAR_HORIZON_URL", "ftp://horizon.example"),
        ("STELLAR_HORIZON_URL", "http://horizon.example:99999"),
        ("STELLAR_KIN_ISSUER_ADDRESS", ISSUER[:-1]),
        ("STELLAR_KIN_ISSUER_ADDRESS", ISSUER[:-1] + ("A" if ISSUER[-1] != "A" else "B")),
        ("STELLAR_KIN_TOKEN_NAME", "THIRTEENCHARS"),
        ("STELLAR_KIN_TOKEN_NAME", "K-N"),
        ("STELLAR_INITIAL_XLM_AMOUNT", "1.00000001"),
        ("STELLAR_INITIAL_XLM_AMOUNT", "0.9999999"),
        ("STELLAR_INITIAL_XLM_AMOUNT", "NaN"),
        ("STELLAR_INITIAL_XLM_AMOUNT", "1e2"),
        ("KINPAY_STELLAR_CHANNEL_XLM", "922337203685.4775808"),
        ("MAX_CHANNELS", "0"),
        ("MAX_CHANNELS", "65537"),
        ("KINPAY_STELLAR_MAX_BASE_FEE", "99"),
        ("KINPAY_STORAGE_URL", "sqlite://"),
        ("KINPAY_STORAGE_URL", "sqlite:///:memory:"),
        ("KINPAY_STORAGE_URL", "mysql://host/name"),
        ("KINPAY_WATCHER_POLL_INTERVAL", "0"),
        ("KINPAY_CALLBACKS_TIMEOUT", "inf"),
        ("KINPAY_CALLBACKS_ALLOWED_HOSTS", "http://app.example"),
        ("KINPAY_SECURITY_ALLOW_ANONYMOUS", "maybe"),
        ("KINPAY_LOGGING_LEVEL", "loud"),
        ("KINPAY_LOGGING_FORMAT", "xml"),
    ],
    ids=lambda text: "issuer" if text.startswith("G") else None,
)
def test_a_wrong_value_is_named_with_what_is_expected(name: str, value: str) -> None:
    text = refusal(env(**{name: value}))
    assert text.startswith(f"environment variable {name}: [")
    assert repr(value) in text
    assert ": expected " in text


def test_a_wrong_value_of_the_file_names_file_section_option_value_and_what_is_expected(tmp_path: Path) -> None:
    path = ini(tmp_path, "[server]\nport = many\n")
    assert refusal(OLD_INSTALL, path) == f"{path}: [server] port = 'many': expected a whole number from 0 to 65535"


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    path = ini(tmp_path, "[server]\nport = many\n[log]\n[logging]\nlevl = info\n")
    assert len(refusal({}, path).splitlines()) == 8


@pytest.mark.parametrize(
    "name", ["STELLAR_HORIZON_URL", "STELLAR_NETWORK", "STELLAR_KIN_ISSUER_ADDRESS", "CHANNEL_SALT"]
)
def test_a_required_option_is_missed(name: str) -> None:
    environ = {other: value for other, value in OLD_INSTALL.items() if other != name}
    text = refusal(environ)
    assert f"or as KINPAY_STELLAR_{name.removeprefix('STELLAR_')} or {name}" in text
    assert text.startswith("environment: [stellar] ")


def test_postgresql_is_refused_with_a_clear_word_and_without_its_password() -> None:
    text = refusal(env(KINPAY_STORAGE_URL="postgresql+psycopg://me:hunter2@db/kinpay"))
    assert "PostgreSQL is not there yet" in text
    assert "hunter2" not in text


def test_unknown_names_stop_the_start_and_the_nearest_known_one_is_suggested(tmp_path: Path) -> None:
    path = ini(tmp_path, "[stelar]\na = b\n[server]\nprot = 5\n[DEFAULT]\nport = 1\n")
    text = refusal(env(KINPAY_SERVER_PROT="5"), path)
    assert f"{path}: unknown section [stelar]; did you mean 'stellar'?" in text
    assert f"{path}: [server] has no option 'prot'; did you mean 'port'?" in text
    assert f"{path}: unknown section [DEFAULT]" in text
    assert "environment variable KINPAY_SERVER_PROT is no option of kinpay; did you mean 'KINPAY_SERVER_PORT'?" in text


@pytest.mark.parametrize(
    "text",
    [
        f"base_seed = {SEED}",
        f"[stellar]\nbase_seed {SEED}",
        f"[stellar]\nbase_sed = {SEED}",
        f"[stellar]\nbase_seed = {SEED}x",
        f"[stellar]\nbase_seed = {SEED}\nbase_seed = {SEED}",
        f"[stellar]\n[stellar]\nbase_seed = {SEED}",
        f"[stellar]\nkin_issuer_address = {SEED}",
        f"[stellar]\nbase_seed_file = {SEED}",
        f"[stellar]\nchannel_slat = {SALT}",
    ],
    ids=[
        "before the first section",
        "without =",
        "as an unknown option",
        "with a letter too many",
        "twice",
        "after a second header",
        "as the issuer",
        "as a file name",
        "as another unknown option",
    ],
)
def test_a_secret_is_never_told_wherever_it_was_put(tmp_path: Path, text: str) -> None:
    environ = {"KINPAY_STELLAR_HORIZON_URL": "http://127.0.0.1:8000"}
    assert refusal(environ, ini(tmp_path, text))


def test_a_wrong_secret_is_not_shown() -> None:
    wrong = SEED[:-1] + ("A" if SEED[-1] != "A" else "B")
    text = refusal(env(STELLAR_BASE_SEED=wrong))
    assert wrong not in text
    assert "[stellar] base_seed (value not shown): expected one secret seed" in text


def test_secrets_are_not_in_the_repr_of_settings() -> None:
    text = repr(load(None, OLD_INSTALL))
    assert SEED not in text
    assert SALT not in text
    assert ISSUER in text


def test_settings_cannot_be_changed() -> None:
    settings = load(None, OLD_INSTALL)
    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.server.port = 1  # type: ignore[misc]


def test_a_seed_file_is_looked_for_beside_the_ini_file(tmp_path: Path) -> None:
    seed_file(tmp_path, SEED + "\n")
    assert load(ini(tmp_path, "[stellar]\nbase_seed_file = root.seed\n"), without_seed()).stellar.base_seed == SEED


def test_a_seed_file_of_the_environment_is_looked_for_in_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed_file(tmp_path, SEED, mode=0o400)
    monkeypatch.chdir(tmp_path)
    assert load(None, without_seed(KINPAY_STELLAR_BASE_SEED_FILE="root.seed")).stellar.base_seed == SEED


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620])
def test_a_seed_file_that_others_may_use_is_refused(tmp_path: Path, mode: int) -> None:
    path = seed_file(tmp_path, SEED, mode)
    text = refusal(without_seed(KINPAY_STELLAR_BASE_SEED_FILE=str(path)))
    assert f"[stellar] base_seed_file = {str(path)!r}: has mode {mode:04o}" in text
    assert "expected 0600 or stricter" in text


@pytest.mark.parametrize(
    "content",
    ["", "hello", SEED[:-1], ISSUER, f"{SEED}\n{SEED}\n"],
    ids=["nothing", "a word", "a seed cut short", "an account id", "two seeds"],
)
def test_a_seed_file_with_something_else_in_it_is_refused(tmp_path: Path, content: str) -> None:
    path = seed_file(tmp_path, content)
    assert "expected one secret seed" in refusal(without_seed(KINPAY_STELLAR_BASE_SEED_FILE=str(path)))


def test_a_missing_seed_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    missing = refusal(without_seed(KINPAY_STELLAR_BASE_SEED_FILE=str(tmp_path / "none")))
    assert "cannot be read: No such file or directory" in missing
    assert "is no file" in refusal(without_seed(KINPAY_STELLAR_BASE_SEED_FILE=str(tmp_path)))


def test_exactly_one_of_seed_and_seed_file_is_wanted(tmp_path: Path) -> None:
    path = seed_file(tmp_path, SEED)
    assert "both given" in refusal(env(KINPAY_STELLAR_BASE_SEED_FILE=str(path)))
    assert "[stellar] base_seed is required" in refusal(without_seed())


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.0.1", "::1", "localhost"])
def test_a_loopback_host_needs_no_permission(host: str) -> None:
    assert load(None, env(APP_HOST=host)).server.host == host


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "pay.example"])  # noqa: S104
def test_another_host_needs_allow_anonymous(host: str) -> None:
    assert "allow_anonymous = true" in refusal(env(APP_HOST=host))
    assert load(None, env(APP_HOST=host, KINPAY_SECURITY_ALLOW_ANONYMOUS="true")).server.host == host


def test_with_tokens_any_host_needs_no_permission() -> None:
    tokens = f"shop:{secrets.token_hex(8)}"
    assert load(None, env(APP_HOST="0.0.0.0", KINPAY_SECURITY_API_TOKENS=tokens)).server.host == "0.0.0.0"  # noqa: S104


def test_redis_of_an_old_install_is_ignored_and_said_so() -> None:
    assert load(None, OLD_INSTALL).ignored == ()
    (sentence,) = load(None, env(APP_REDIS="redis://:password@redis")).ignored
    assert "APP_REDIS" in sentence
    assert "password" not in sentence


def test_a_horizon_url_with_a_password_is_refused_as_everybody_may_read_it() -> None:
    text = refusal(env(STELLAR_HORIZON_URL="https://me:hunter2@horizon.example"))
    assert "without user, password" in text
    assert "hunter2" not in text


def test_a_missing_file_and_one_that_is_no_text_are_refused(tmp_path: Path) -> None:
    assert "cannot be read: No such file or directory" in refusal(OLD_INSTALL, tmp_path / "none.ini")
    (tmp_path / "binary.ini").write_bytes(b"\xff\xfe\x00")
    assert "is not UTF-8 text" in refusal(OLD_INSTALL, tmp_path / "binary.ini")


def test_the_example_file_is_the_one_that_the_table_makes() -> None:
    assert (ROOT / "config.example.ini").read_text(encoding="utf-8") == config.example()


def test_the_example_file_names_all_options_with_their_defaults(tmp_path: Path) -> None:
    assert load(ROOT / "config.example.ini", OLD_INSTALL) == load(None, OLD_INSTALL)


def test_importing_reads_no_environment() -> None:
    assert isinstance(load(None, OLD_INSTALL), Settings)
    assert not any(name.startswith("KINPAY_") for name in os.environ)


def test_a_seed_is_not_looked_for_where_nobody_needs_one(tmp_path: Path) -> None:
    path = ini(tmp_path, "[stellar]\nbase_seed_file = none.seed\n")
    settings = config.load(path, without_seed(), read_seed=False)
    assert (settings.stellar.base_seed, settings.stellar.base_seed_file) == (None, tmp_path / "none.seed")
    assert config.load(None, without_seed(), read_seed=False).stellar.base_seed_file is None


def test_an_option_in_the_wrong_section_is_told_where_it_belongs(tmp_path: Path) -> None:
    text = refusal(OLD_INSTALL, ini(tmp_path, "[server]\nmax_channels = 7\n"))
    assert "[server] has no option 'max_channels'; it belongs in [stellar]" in text


def test_a_file_of_some_options_holds_these_with_their_explanations(tmp_path: Path) -> None:
    text = config.written({("stellar", "max_channels"): "7", ("server", "port"): "1"}, "# heading")
    assert [line for line in text.splitlines() if line[:1] not in ("#", "")] == [
        "[server]",
        "port = 1",
        "[stellar]",
        "max_channels = 7",
    ]
    assert load(ini(tmp_path, text), OLD_INSTALL).stellar.max_channels == 7
