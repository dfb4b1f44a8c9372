"""Stellar account ids: `G…`, 56 characters of base32 with a checksum (SEP-23)."""

import base64
import binascii

_ACCOUNT_ID_VERSION = 6 << 3
_LENGTH = 56


def is_account_id(text: str) -> bool:
    """True for a valid `G…` account id, checksum included; False for seeds (`S…`), muxed (`M…`) and all else."""
    if len(text) != _LENGTH or not text.isascii():
        return False
    try:
        raw = base64.b32decode(text)
    except binascii.Error:
        return False
    payload, checksum = raw[:-2], raw[-2:]
    return payload[0] == _ACCOUNT_ID_VERSION and binascii.crc_hqx(payload, 0).to_bytes(2, "little") == checksum
