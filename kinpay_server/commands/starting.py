"""What `kinpay init` asks for and writes."""

from __future__ import annotations

import os
import secrets
import shlex
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from kinpay_server import config
from kinpay_server.commands.presets import PRESETS, SANDBOX
from kinpay_server.commands.private_files import is_there, put_aside, write_private
from kinpay_server.commands.seeds import seed_in
from kinpay_server.services.refusals import Refused

Key = tuple[str, str]

ROWS = {(section, key): row for section, key, row in config.options()}
QUESTIONS: Mapping[Key, str] = {
    ("stellar", "horizon_url"): "Horizon server",
    ("stellar", "network"): "Network: PUBLIC, TESTNET or a passphrase",
    ("stellar", "kin_issuer_address"): "Account that issues the asset (G…)",
    ("stellar", "kin_token_name"): "Code of the asset",
}
FLAGS: Mapping[Key, str] = {
    ("stellar", "horizon_url"): "--horizon-url",
    ("stellar", "network"): "--network",
    ("stellar", "kin_issuer_address"): "--issuer",
    ("stellar", "kin_token_name"): "--asset-code",
    ("faucet", "xlm_faucet"): "--xlm-faucet",
    ("faucet", "kin_faucet"): "--kin-faucet",
    ("server", "port"): "--port",
}


@dataclass(frozen=True, slots=True)
class Start:
    """What was written. `former` are files that were put aside, `overruled` variables that win over the file."""

    config: Path
    secret: Path
    root_address: str
    new_seed: bool
    former: tuple[Path, ...]
    overruled: tuple[str, ...]
    next_steps: tuple[tuple[str, str], ...]


def ask(preset: str | None, given: Mapping[str, Any]) -> dict[Key, str]:
    """The options' texts: given, of the preset, or asked for on a terminal. Raises `UsageError`, `Refused`."""
    terminal = sys.stdin.isatty()
    if preset is None and terminal and given["horizon_url"] is None:
        preset = click.prompt("Which network", type=click.Choice(list(PRESETS)), default="sandbox")
    values = dict(PRESETS[preset or "other"])
    for key in FLAGS:
        if given[key[1]] is not None:
            values[key] = _checked(key, given[key[1]])
    if given["database"] is not None:
        values["storage", "url"] = f"sqlite:///{given['database'].absolute()}"
    for key in QUESTIONS:
        if key not in values:
            values[key] = _answer(key) if terminal else _default(key)
    return values


def start(file: Path, values: Mapping[Key, str], *, secret_file: Path | None, everything: bool, force: bool) -> Start:
    """Write both files, and see that the configuration can be loaded.

    The seed first: a configuration that is there has one. Raises `Refused`, and then a new configuration is not there.
    """
    from kinpay_server.ledger.root_key import address_of, new_seed

    secret = secret_file or file.with_name("root.seed")
    if is_there(file) and not force:
        raise Refused(f"{file} exists already and is not overwritten: name another file, or give --force")
    known = is_there(secret)
    seed = seed_in(secret) if known else new_seed()
    if not known:
        write_private(secret, f"{seed}\n")
    former = (put_aside(file),) if is_there(file) else ()
    write_private(file, _text(file, secret, values, everything=everything))
    _must_load(file)
    overruled = tuple(_overruled(values))
    return Start(file, secret, address_of(seed), not known, former, overruled, tuple(_next_steps(file, values)))


def _text(file: Path, secret: Path, values: Mapping[Key, str], *, everything: bool) -> str:
    folder = file.absolute().parent
    path = secret.absolute()
    ours = {
        ("server", "port"): ROWS["server", "port"].default or "",
        ("stellar", "base_seed_file"): path.name if path.parent == folder else str(path),
        ("stellar", "channel_salt"): secrets.token_hex(16),
        ("storage", "url"): f"sqlite:///{folder / 'kinpay.db'}",
    }
    defaults = {key: row.default or "" for key, row in ROWS.items()} if everything else {}
    heading = (
        "# Configuration of kinpay. The environment variable named with an option wins over the option.\n"
        "# Keep channel_salt and the seed: the channel accounts are derived from them."
    )
    return config.written({**defaults, **ours, **values}, heading)


def _must_load(file: Path) -> None:
    try:
        config.load(file, {})
    except config.ConfigError as error:
        file.unlink()
        raise Refused(f"nothing is configured: {error}") from None


def _checked(key: Key, text: str) -> str:
    try:
        ROWS[key].parse(text)
    except ValueError as error:
        raise click.UsageError(f"{FLAGS[key]} {text!r}: expected {error}") from None
    return text


def _answer(key: Key) -> str:
    def understood(text: str) -> str:
        try:
            ROWS[key].parse(text)
        except ValueError as error:
            raise click.UsageError(f"expected {error}") from None
        return text

    return str(click.prompt(QUESTIONS[key], default=ROWS[key].default, value_proc=understood))


def _default(key: Key) -> str:
    default = ROWS[key].default
    if default is None:
        raise click.UsageError(f"give --preset, or {FLAGS[key]}: there is no terminal to ask on")
    return default


def _overruled(values: Mapping[Key, str]) -> Iterator[str]:
    for key in [*values, ("stellar", "base_seed"), ("stellar", "base_seed_file"), ("stellar", "channel_salt")]:
        yield from (name for name in config.env_names(*key, ROWS[key]) if os.environ.get(name))


def _next_steps(file: Path, values: Mapping[Key, str]) -> Iterator[tuple[str, str]]:
    configured = f"-c {shlex.quote(str(file))}"
    if values["stellar", "network"] == SANDBOX["stellar", "network"]:
        yield "kinpay sandbox", "in a terminal of its own"
    if ("faucet", "xlm_faucet") in values:
        yield f"kinpay generate-funding-address {configured}", "fund the root account"
    else:
        yield f"kinpay generate-funding-address {configured}", "once it has XLM: trustline"
    yield f"kinpay check {configured}", "is everything there?"
    yield f"kinpay serve {configured}", "the service"
