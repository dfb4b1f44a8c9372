"""All options of kinpay: one table (the fields of the section classes below) and how it becomes frozen `Settings`.

Each option says its parser, default, explanation and older environment name; parsing, checks, error messages,
environment names (`KINPAY_<SECTION>_<KEY>`) and `config.example.ini` all come from that. The environment wins over
the file, `KINPAY_…` over the older name. An empty environment variable counts as not set, and so does an empty value
in the file for an option that has no default. `python -m kinpay_server.config` writes `config.example.ini` to stdout.
"""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, NoReturn

from kinpay_server import config_access as access
from kinpay_server import config_sources as sources
from kinpay_server import config_values as values
from kinpay_server.config_sources import ConfigError, Given
from kinpay_server.domain.allowed_hosts import AllowedHosts
from kinpay_server.masking import masked

__all__ = ["ConfigError", "Settings", "example", "load", "written"]


@dataclass(frozen=True)
class Option:
    """What the table knows of one option; `default` None means that it has none, `required` that it must be given."""

    parse: Callable[[str], Any]
    default: str | None
    explanation: str
    older: str | None
    secret: bool
    required: bool


def option(
    parse: Callable[[str], Any],
    default: str | None,
    explanation: str,
    *,
    older: str | None = None,
    secret: bool = False,
    required: bool = False,
) -> Any:
    """Declares a field of a section as an option; a secret's value is left out of the section's repr."""
    row = Option(parse, default, explanation, older, secret, required)
    return field(repr=not secret, metadata={"option": row})


@dataclass(frozen=True, kw_only=True)
class Server:
    """[server]: where the HTTP API listens."""

    host: str = option(values.host, "127.0.0.1", "Address to listen on.", older="APP_HOST")
    port: int = option(
        values.whole_number(0, 65535), "5000", "Port to listen on; 0 takes any free one.", older="APP_PORT"
    )
    app_name: str = option(values.text, "payment-service", "Name that GET /status tells.", older="APP_NAME")


@dataclass(frozen=True, kw_only=True)
class Stellar:
    """[stellar]: network, asset, root account and channels. Amounts of XLM are whole stroops, 10,000,000 to 1 XLM."""

    horizon_url: str = option(
        values.http_url, None, "Horizon server to use.", older="STELLAR_HORIZON_URL", required=True
    )
    explorer_url: str | None = option(
        values.http_url,
        None,
        "Explorer that the status page links to, at URL/tx/HASH and URL/account/ADDRESS, as "
        "https://stellar.expert/explorer/public has it. Nothing: to Horizon.",
    )
    network: str = option(
        values.network,
        None,
        "PUBLIC, TESTNET, or the passphrase of another network.",
        older="STELLAR_NETWORK",
        required=True,
    )
    kin_issuer_address: str = option(
        values.account_id,
        None,
        "Account (G…) that issues the asset.",
        older="STELLAR_KIN_ISSUER_ADDRESS",
        required=True,
    )
    kin_token_name: str = option(
        values.asset_code, "KIN", "Code of the asset, 1 to 12 letters and digits.", older="STELLAR_KIN_TOKEN_NAME"
    )
    initial_xlm_amount: int = option(
        values.starting_balance, "2", "XLM given to a new wallet, at least 1.", older="STELLAR_INITIAL_XLM_AMOUNT"
    )
    base_seed: str = option(
        values.secret_seed,
        None,
        "Secret seed (S…) of the root account, which pays. Give this or base_seed_file, not both.",
        older="STELLAR_BASE_SEED",
        secret=True,
    )
    base_seed_file: Path | None = option(
        values.path,
        None,
        "File that holds the secret seed and nothing else; nobody but its owner may read it (mode 0600). "
        "A relative path here starts at the folder of this file, one in the environment at the working directory.",
    )
    channel_salt: str = option(
        values.salt,
        None,
        "Text that channel accounts are derived from, together with the root seed. Another salt means other channels.",
        older="CHANNEL_SALT",
        secret=True,
        required=True,
    )
    max_channels: int = option(
        values.whole_number(1, 65536),
        "100",
        "Channel accounts, made as needed, at most this many. Each carries one payment a ledger.",
        older="MAX_CHANNELS",
    )
    max_base_fee: int = option(
        values.whole_number(100, 10_000_000), "10000", "Stroops for each operation, the most that is ever bid."
    )
    channel_xlm: int = option(
        values.stroops,
        "0.5",
        "XLM that a channel gets for its own fees, and is topped up to; 0: the root account pays each fee by a bump.",
    )


@dataclass(frozen=True, kw_only=True)
class Storage:
    """[storage]: where payments are kept."""

    url: str = option(
        values.database_url,
        "sqlite:///kinpay.db",
        "Database, as SQLAlchemy writes it: sqlite:///FILE, from the working directory (sqlite:////FILE: absolute).",
    )


@dataclass(frozen=True, kw_only=True)
class Watcher:
    """[watcher]: how the ledger is followed."""

    poll_interval: float = option(values.seconds(0.05, 60), "1.0", "Seconds between two looks at the ledger.")
    watch_expiry: float = option(
        values.seconds(0.05, 604_800), "3600", "Seconds that a payment is watched for, by its id, after each PUT."
    )


@dataclass(frozen=True, kw_only=True)
class Callbacks:
    """[callbacks]: how receivers are called."""

    timeout: float = option(values.seconds(0.1, 300), "10", "Seconds that a receiver has for its answer.")
    allowed_hosts: AllowedHosts = option(
        access.allowed_hosts,
        "",
        "Hosts that may be called back: names, *.example.com patterns, IP addresses and networks, separated by blanks; "
        "with :port only on that one. Nothing: any host.",
    )
    signing_secret: tuple[bytes, ...] = option(
        access.signing_keys,
        "",
        "Secret that callbacks are signed with, as Standard Webhooks has it: whsec_ and base64 of 24 random bytes or "
        "more. While it is changed give two, separated by a blank. Nothing: no signature.",
        secret=True,
    )


@dataclass(frozen=True, kw_only=True)
class Security:
    """[security]: who may use the API. `api_tokens` are by their names."""

    api_tokens: Mapping[str, str] = option(
        access.api_tokens,
        "",
        "Tokens of callers, each as name:token, separated by blanks or on indented lines of their own, of at least 16 "
        "characters. With them all but GET /status wants one, as a bearer token or as a password. Nothing: no tokens.",
        secret=True,
    )
    allow_anonymous: bool = option(
        values.yes_or_no, "false", "true: listen on an address that others can reach although anybody may then pay."
    )


@dataclass(frozen=True, kw_only=True)
class Faucet:
    """[faucet]: where `kinpay generate-funding-address` asks for XLM and KIN; no service needs it."""

    xlm_faucet: str | None = option(
        values.http_url,
        None,
        "Friendbot that gives a new account XLM: it is asked with ?addr=. Only test networks have one.",
        older="XLM_FAUCET",
    )
    kin_faucet: str | None = option(
        values.http_url,
        None,
        "Faucet that gives an account some of the asset: it is asked with ?address= and &amount=, or at /fund with "
        "?account=.",
        older="KIN_FAUCET",
    )


@dataclass(frozen=True, kw_only=True)
class Logging:
    """[logging]: what is written to stderr."""

    level: str = option(values.one_of("debug", "info", "warning", "error"), "info", "debug, info, warning or error.")
    format: str = option(values.one_of("json", "console"), "json", "json: one object a line; console: for people.")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that is configured, checked. `ignored` holds a sentence for each old setting that has no effect."""

    server: Server
    stellar: Stellar
    storage: Storage
    watcher: Watcher
    callbacks: Callbacks
    security: Security
    faucet: Faucet
    logging: Logging
    ignored: tuple[str, ...] = ()


SECTIONS: Mapping[str, type[Any]] = {
    "server": Server,
    "stellar": Stellar,
    "storage": Storage,
    "watcher": Watcher,
    "callbacks": Callbacks,
    "security": Security,
    "faucet": Faucet,
    "logging": Logging,
}


def options() -> Iterator[tuple[str, str, Option]]:
    """The table, in order: section, key, option."""
    for section, kind in SECTIONS.items():
        for one in fields(kind):
            yield section, one.name, one.metadata["option"]


def env_name(section: str, key: str) -> str:
    """The environment variable that wins over an option of the file."""
    return f"{sources.PREFIX}{section}_{key}".upper()


def env_names(section: str, key: str, row: Option) -> list[str]:
    """All environment variables that set an option, the one that wins first."""
    return [env_name(section, key), *([row.older] if row.older else [])]


def load(path: Path | None, environ: Mapping[str, str], *, read_seed: bool = True) -> Settings:
    """Reads the INI file at `path` (None: environment only) and `environ`; raises ConfigError with all problems.

    Without `read_seed` nobody looks into base_seed_file, and there need not be any seed: `base_seed` may be None.
    """
    problems: list[str] = []
    known = {(section, key): env_names(section, key, row) for section, key, row in options()}
    given = sources.from_file(path, known, problems) if path else {}
    given |= sources.from_environment(environ, known, problems)
    parsed = {section: dict[str, Any]() for section in SECTIONS}
    for section, key, row in options():
        parsed[section][key] = _value(section, key, row, given.get((section, key)), problems)
    _resolve_seed(parsed["stellar"], given, problems, read=read_seed)
    _check_exposure(parsed, problems)
    if problems:
        raise ConfigError(
            "\n".join(line if line[0] != "[" else f"{path or 'environment'}: {line}" for line in problems)
        )
    sections = {section: kind(**parsed[section]) for section, kind in SECTIONS.items()}
    return Settings(**sections, ignored=_ignored(environ))


def example() -> str:
    """The text of `config.example.ini`."""
    heading = "# Configuration of kinpay. The environment variable named with an option wins over the option."
    return written({(section, key): row.default or "" for section, key, row in options()}, heading)


def written(values: Mapping[tuple[str, str], str], heading: str) -> str:
    """A file that sets the options in `values`, by section and key, each with its explanation above it."""
    lines, section_before = [heading], ""
    for section, key, row in options():
        if (section, key) not in values:
            continue
        if section != section_before:
            lines += ["", f"[{section}]"]
        section_before = section
        lines += _written_option(section, key, row, values[section, key])
    return "\n".join(lines) + "\n"


def _written_option(section: str, key: str, row: Option, value: str) -> list[str]:
    names = " or ".join(env_names(section, key, row))
    need = " Required." if row.required else ""
    comments = textwrap.wrap(f"{row.explanation}{need} ({names})", 116)
    return ["", *(f"# {line}" for line in comments), f"{key} = {value}".rstrip()]


def _value(section: str, key: str, row: Option, given: Given | None, problems: list[str]) -> Any:
    """The parsed value; None where there is none, or where a problem was noted."""
    if given is None or (row.default is None and not given.text):
        if row.required:
            problems.append(_missing(section, key, row))
        return None if row.default is None else row.parse(row.default)
    try:
        return row.parse(given.text)
    except ValueError as error:
        problems.append(_wrong(section, key, row, given, str(error)))
        return None


def _missing(section: str, key: str, row: Option) -> str:
    names = " or ".join(env_names(section, key, row))
    return f"[{section}] {key} is required: give it in the file, or as {names}. {row.explanation}"


def _wrong(section: str, key: str, row: Option, given: Given, expected: str) -> str:
    shown = "(value not shown)" if row.secret else f"= {masked(given.text)!r}"
    return f"{given.origin}: [{section}] {key} {shown}: expected {expected}"


def _resolve_seed(
    stellar: dict[str, Any], given: Mapping[tuple[str, str], Given], problems: list[str], *, read: bool
) -> None:
    """Puts the seed of base_seed_file into base_seed, and sees to it that exactly one of the two is given."""
    seed, file = (given.get(("stellar", key)) for key in ("base_seed", "base_seed_file"))
    seed, file = (one if one and one.text else None for one in (seed, file))
    if seed and file:
        where = f"{seed.origin} and {file.origin}"
        problems.append(f"{where}: [stellar] base_seed and base_seed_file are both given: expected one of them")
    elif file and stellar["base_seed_file"]:
        stellar["base_seed_file"] = file.folder / stellar["base_seed_file"]
        stellar["base_seed"] = _seed_in(stellar["base_seed_file"], file, problems) if read else None
    elif not seed and not file and read:
        row = next(row for _, key, row in options() if key == "base_seed")
        problems.append(_missing("stellar", "base_seed", row))


def _seed_in(path: Path, given: Given, problems: list[str]) -> str | None:
    try:
        content = sources.read_private(path)
        return values.secret_seed(content)
    except sources.FileProblem as problem:
        found = str(problem)
    except ValueError as expected:
        found = f"holds something else: expected {expected}"
    problems.append(f"{given.origin}: [stellar] base_seed_file = {masked(str(path))!r}: {found}")
    return None


def _check_exposure(parsed: Mapping[str, Mapping[str, Any]], problems: list[str]) -> None:
    address, security = parsed["server"]["host"], parsed["security"]
    guarded = security["api_tokens"] != {} or security["allow_anonymous"] is not False  # or it is a problem already
    if address and not values.is_loopback(address) and not guarded:
        problems.append(
            f"[server] host = {address!r} can be reached by others, who could then pay from your account: "
            "expected a loopback address, or [security] api_tokens, or [security] allow_anonymous = true"
        )


def _ignored(environ: Mapping[str, str]) -> tuple[str, ...]:
    return ("APP_REDIS is set but ignored: kinpay no longer uses Redis",) if "APP_REDIS" in environ else ()


def _main() -> NoReturn:
    sys.stdout.write(example())
    sys.exit(0)


if __name__ == "__main__":
    _main()
