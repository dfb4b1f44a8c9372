"""Parsers of option values: each takes the text, returns the value or raises ValueError with what is expected.

Standard library only: reading a configuration must not load the ledger's SDK.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit

from kinpay_server.domain.address import is_account_id, is_secret_seed
from kinpay_server.domain.amount import MAX_STROOPS, STROOPS_PER_UNIT

NETWORKS = {
    "PUBLIC": "Public Global Stellar Network ; September 2015",
    "TESTNET": "Test SDF Network ; September 2015",
}


def text(given: str) -> str:
    """A line of printable text."""
    if not given.strip() or not given.isprintable():
        raise ValueError("a line of text")
    return given.strip()


def salt(given: str) -> str:
    """Text that is kept as it is, blanks included: keys are derived from its UTF-8 bytes."""
    try:
        given.encode()
    except UnicodeEncodeError:
        raise ValueError("text in UTF-8") from None
    return given


def path(given: str) -> Path:
    """A file's path; `~` is the home folder."""
    return Path(text(given)).expanduser()


def whole_number(least: int, most: int) -> Callable[[str], int]:
    """Makes the parser of a whole number within the limits, both included."""

    def parse(given: str) -> int:
        if not re.fullmatch(r"[0-9]{1,12}", given.strip()) or not least <= int(given) <= most:
            raise ValueError(f"a whole number from {least} to {most}")
        return int(given)

    return parse


def seconds(least: float, most: float) -> Callable[[str], float]:
    """Makes the parser of a duration within the limits, both included."""

    def parse(given: str) -> float:
        if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6})?", given.strip()) or not least <= float(given) <= most:
            raise ValueError(f"seconds from {least:g} to {most:g}, like 1.5")
        return float(given)

    return parse


def stroops(given: str) -> int:
    """An amount of XLM with at most 7 decimals, as exact stroops."""
    if re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,7})?", given.strip()):
        amount = int(Decimal(given.strip()) * STROOPS_PER_UNIT)
        if amount <= MAX_STROOPS:
            return amount
    raise ValueError("an amount of XLM, 0 or more, with at most 7 decimals")


def starting_balance(given: str) -> int:
    """An amount of XLM that an account can begin with: the network wants two reserves of 0.5 of it."""
    with suppress(ValueError):
        amount = stroops(given)
        if amount >= STROOPS_PER_UNIT:
            return amount
    raise ValueError("an amount of XLM, 1 or more, with at most 7 decimals")


def yes_or_no(given: str) -> bool:
    """A truth value."""
    words = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}
    try:
        return words[given.strip().lower()]
    except KeyError:
        raise ValueError("true or false") from None


def one_of(*words: str) -> Callable[[str], str]:
    """Makes the parser of a choice; upper case is taken too."""

    def parse(given: str) -> str:
        if given.strip().lower() not in words:
            raise ValueError(f"one of: {', '.join(words)}")
        return given.strip().lower()

    return parse


def host(given: str) -> str:
    """An IP address, or a host name."""
    if not _is_ip(given.strip()) and not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,252})", given.strip()):
        raise ValueError("an IP address or a host name, without port")
    return given.strip()


def is_loopback(address: str) -> bool:
    """Whether only this machine can reach the address."""
    return ipaddress.ip_address(address).is_loopback if _is_ip(address) else address.lower() == "localhost"


def http_url(given: str) -> str:
    """A URL without credentials, as GET /config shows it to everybody; without the slash at its end."""
    try:
        parts = urlsplit(text(given))
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        good = False
    if not good or "@" in parts.netloc or parts.query or parts.fragment or " " in given.strip():
        raise ValueError("an http:// or https:// URL without user, password, query and fragment")
    return given.strip().rstrip("/")


def network(given: str) -> str:
    """The passphrase of the network that is named, or the passphrase that is given."""
    return NETWORKS.get(given.strip().upper(), text(given))


def database_url(given: str) -> str:
    """The URL of an SQLite file."""
    url = text(given)
    if url.startswith("postgres"):
        raise ValueError("sqlite:///FILE: PostgreSQL is not there yet in this version")
    if not re.fullmatch(r"sqlite:///[^?#]+", url) or url.endswith((":memory:", "/")):
        raise ValueError("sqlite:///FILE, the URL of an SQLite file")
    return url


def asset_code(given: str) -> str:
    """The code of an issued asset."""
    if not re.fullmatch(r"[A-Za-z0-9]{1,12}", given.strip()):
        raise ValueError("1 to 12 letters and digits")
    return given.strip()


def account_id(given: str) -> str:
    """A public key in Stellar's writing, checksum included."""
    if not is_account_id(given.strip()):
        raise ValueError("an account id: G and 55 more letters and digits, checksum included")
    return given.strip()


def secret_seed(given: str) -> str:
    """A secret seed in Stellar's writing, checksum included."""
    if not is_secret_seed(given.strip()):
        raise ValueError("one secret seed: S and 55 more letters and digits, checksum included")
    return given.strip()


def _is_ip(given: str) -> bool:
    try:
        ipaddress.ip_address(given)
    except ValueError:
        return False
    return True
