"""The configuration on the status page: all of it, and no secret."""

import dataclasses
import secrets
from pathlib import Path
from typing import Any

import pytest
from stellar_sdk import Keypair

from kinpay_server.config import Settings, load, options
from kinpay_server.config_shown import shown

SEED, SALT, TOKEN = Keypair.random().secret, secrets.token_hex(16), secrets.token_hex(16)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    path = tmp_path / "kinpay.ini"
    path.write_text(
        f"[stellar]\nhorizon_url = https://horizon.example\nnetwork = TESTNET\nbase_seed = {SEED}\n"
        f"kin_issuer_address = {Keypair.random().public_key}\nchannel_salt = {SALT}\nchannel_xlm = 0.25\n"
        f"[security]\napi_tokens = ops:{TOKEN}\n[callbacks]\nallowed_hosts = a.example b.example\n"
    )
    path.chmod(0o600)
    return load(path, {})


def test_every_option_is_shown_in_its_section(settings: Settings) -> None:
    assert {(section, key) for section, values in shown(settings).items() for key in values} == {
        (section, key) for section, key, _ in options()
    }


def test_of_a_secret_only_that_it_is_set(settings: Settings) -> None:
    sections = shown(settings)
    assert sections["stellar"]["base_seed"] == sections["stellar"]["channel_salt"] == "set"
    assert (sections["security"]["api_tokens"], sections["callbacks"]["signing_secret"]) == ("set", "not set")
    assert not [secret for secret in (SEED, SALT, TOKEN) if secret in str(sections)]


def test_a_seed_that_was_put_where_none_belongs_is_masked(settings: Settings) -> None:
    server = dataclasses.replace(settings.server, app_name=SEED)
    assert SEED not in str(shown(dataclasses.replace(settings, server=server)))


@pytest.mark.parametrize(
    ("section", "key", "text"),
    [
        ("stellar", "channel_xlm", "0.25"),
        ("stellar", "explorer_url", "not set"),
        ("stellar", "max_channels", "100"),
        ("watcher", "poll_interval", "1"),
        ("security", "allow_anonymous", "false"),
        ("callbacks", "allowed_hosts", "2 rules"),
        ("server", "host", "127.0.0.1"),
    ],
)
def test_values_are_shown_as_they_are_written(settings: Settings, section: str, key: str, text: Any) -> None:
    assert shown(settings)[section][key] == text
