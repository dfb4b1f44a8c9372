"""Account ids, checked as the SDK checks them."""

import base64
import binascii

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from stellar_sdk import Keypair, MuxedAccount, StrKey

from kinpay_server.domain.address import is_account_id

KEYS = Keypair.from_raw_ed25519_seed(bytes(range(32)))
BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


@given(st.binary(min_size=32, max_size=32))
def test_any_account_id_is_one(raw: bytes) -> None:
    assert is_account_id(StrKey.encode_ed25519_public_key(raw))


@given(st.integers(0, 55), st.sampled_from(BASE32 + BASE32.lower() + "018=- \n\x00é"))
def test_an_account_id_with_one_other_character_is_none(at: int, character: str) -> None:
    right = KEYS.public_key
    assert is_account_id(right[:at] + character + right[at + 1 :]) is (right[at] == character)


def test_seeds_muxed_addresses_and_other_keys_are_none() -> None:
    raw = KEYS.raw_public_key()
    assert not is_account_id(KEYS.secret)
    assert not is_account_id(MuxedAccount(KEYS.public_key, 7).account_muxed or "")
    assert not is_account_id(StrKey.encode_sha256_hash(raw))
    assert not is_account_id(StrKey.encode_pre_auth_tx(raw))
    assert not is_account_id(StrKey.encode_contract(raw))


def test_nothing_may_stand_around_it() -> None:
    right = KEYS.public_key
    for wrong in (f" {right}", f"{right} ", f"{right}\n", f"{right}=", right[:-1], right.lower(), ""):
        assert not is_account_id(wrong)


@given(st.text(max_size=60) | st.text(BASE32, min_size=56, max_size=56))
@example("\ud800" * 56)
@example("İ" * 56)
@example("=" * 56)
@example("G" + "=" * 55)
@example("G" * 48 + "=" * 8)
def test_any_text_is_judged_as_the_sdk_does(text: str) -> None:
    assert is_account_id(text) is StrKey.is_valid_ed25519_public_key(text)


@pytest.mark.parametrize("size", [28, 29, 30, 31])
def test_a_shorter_key_that_padding_makes_as_long_is_no_account_id(size: int) -> None:
    """It would be packed as it is, and the envelope would be malformed."""
    payload = bytes([6 << 3]) + b"\1" * size
    padded = base64.b32encode(payload + binascii.crc_hqx(payload, 0).to_bytes(2, "little")).decode()
    assert len(padded) == 56
    assert not is_account_id(padded)
