"""Between raw 32-byte keys, which the core uses, and the strings that people read."""

from functools import lru_cache

from stellar_sdk import MuxedAccount, StrKey


@lru_cache(maxsize=1 << 17)
def address_of(key: bytes) -> str:
    """The G... address of a raw public key."""
    return StrKey.encode_ed25519_public_key(key)


@lru_cache(maxsize=1 << 17)
def key_of(address: str) -> bytes:
    """The raw public key of a G... address; ValueError if it is none."""
    if len(address) != 56 or address[0] != "G":
        raise ValueError("not an account id")
    return StrKey.decode_ed25519_public_key(address)


@lru_cache(maxsize=1 << 12)
def muxed_address(key: bytes, number: int) -> str:
    """The M... address of an account with a number of its owner's choosing."""
    return MuxedAccount(address_of(key), number).universal_account_id
