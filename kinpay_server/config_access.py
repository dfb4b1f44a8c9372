"""Parsers of the options that say who may call, who may be called, and how a receiver knows us.

As those of `config_values`: text in, value out, or ValueError with what is expected, which repeats nothing of a secret.
"""

from __future__ import annotations

import base64
import binascii
import re

from kinpay_server.domain.allowed_hosts import AllowedHosts

LEAST_KEY, MOST_KEY = 16, 64
LEAST_TOKEN = 16

_TOKEN = re.compile(rf"([A-Za-z0-9][A-Za-z0-9._-]{{0,63}}):([!-~]{{{LEAST_TOKEN},512}})")


def signing_keys(given: str) -> tuple[bytes, ...]:
    """The keys that a callback is signed with, one signature each."""
    keys = tuple(_key(secret) for secret in given.split())
    if len(set(keys)) < len(keys):
        raise ValueError("each signing secret once")
    return keys


def allowed_hosts(given: str) -> AllowedHosts:
    """The hosts that may be called back."""
    return AllowedHosts.parse(given)


def api_tokens(given: str) -> dict[str, str]:
    """Tokens by their names."""
    parts = [_TOKEN.fullmatch(entry) for entry in given.split()]
    tokens = {part[1]: part[2] for part in parts if part}
    if len(tokens) < len(parts) or len(set(tokens.values())) < len(parts):
        raise ValueError(
            f"name:token pairs separated by blanks, each name (letters, digits, . _ -) and each token once, "
            f"tokens of at least {LEAST_TOKEN} characters without blanks"
        )
    return tokens


def _key(secret: str) -> bytes:
    """The key in a secret as Standard Webhooks writes them."""
    prefix, encoded = secret[:6], secret[6:]
    try:
        key = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        key = b""
    if prefix != "whsec_" or not LEAST_KEY <= len(key) <= MOST_KEY:
        raise ValueError(
            f"whsec_ and {LEAST_KEY} to {MOST_KEY} random bytes in base64, or several such secrets separated by blanks"
        )
    return key
