"""Stellar's writing of keys: 56 characters of base32 that hold a version, 32 bytes and a checksum (SEP-23)."""

import base64
import binascii
import re

_ACCOUNT_ID, _SECRET_SEED = 6 << 3, 18 << 3

_KEY = re.compile("[A-Z2-7]{56}")
"""No padding: base32 would take `=` for the end of a shorter key."""


def is_account_id(text: str) -> bool:
    """True for a valid `G…` account id, checksum included; False for seeds (`S…`), muxed (`M…`) and all else."""
    return _is_key(text, _ACCOUNT_ID)


def is_secret_seed(text: str) -> bool:
    """True for a valid `S…` secret seed, checksum included."""
    return _is_key(text, _SECRET_SEED)


def _is_key(text: str, version: int) -> bool:
    """Whether it is that version, 32 bytes and their CRC16 (XModem, low byte first)."""
    if not _KEY.fullmatch(text):
        return False
    raw = base64.b32decode(text)
    return raw[0] == version and binascii.crc_hqx(raw[:-2], 0) == int.from_bytes(raw[-2:], "little")
