"""What is wrong with an address, in the words of Stellar's Go library."""

import base64
import binascii

from stellar_sdk import StrKey

ACCOUNT_VERSION = 6 << 3


def wrong_strkey(text: str) -> str:
    """Why it is no account id; empty if it is one."""
    if len(text) < 5:
        return f"strkey is {len(text)} bytes long; minimum valid length is 5"
    try:
        raw = base64.b32decode(text + "=" * (-len(text) % 8))
    except (binascii.Error, ValueError):
        return "base32 decode failed: illegal base32 data"
    if int.from_bytes(raw[-2:], "little") != binascii.crc_hqx(raw[:-2], 0):
        return "invalid checksum"
    if raw[0] != ACCOUNT_VERSION or not StrKey.is_valid_ed25519_public_key(text):
        return "invalid version byte"
    return ""
