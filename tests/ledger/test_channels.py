import hashlib

import pytest
from stellar_sdk import Keypair

from kinpay_server.ledger.channels import ChannelKeys, channel_seed
from kinpay_server.ledger.keys import AccountKey

ROOT = Keypair.from_raw_ed25519_seed(bytes(range(32)))


def test_a_channel_seed_is_the_hash_of_root_seed_two_bytes_of_index_and_salt():
    raw = bytes(range(32)) + b"\x01\x02" + "sält".encode()
    assert channel_seed(bytes(range(32)), 258, "sält") == hashlib.sha256(raw).digest()


def test_channel_addresses_are_the_ones_that_existing_installs_have():
    keys = ChannelKeys(AccountKey(ROOT), "salt")
    assert [keys.key(index).address for index in (0, 1, 65535)] == [
        "GAIJ26U4TIE3B6OVZQYL4BXMGX5CY6JUBPABZABVJNXAXQO2YN4NYWKD",
        "GBFCVA4HUYR22WT75FWGV44FFAB3U6HTWYUUERVBAQRODS6WUKVDZM6G",
        "GBJM2YU2KOVPNEDW7VJPAM5FXTMLGDDGFR4YCUET2NHFKZDX2RGZ2R4F",
    ]


def test_an_index_that_two_bytes_cannot_hold_has_no_channel():
    with pytest.raises(OverflowError):
        ChannelKeys(AccountKey(ROOT), "salt").key(65536)


def test_a_channel_key_is_derived_once():
    keys = ChannelKeys(AccountKey(ROOT), "salt")
    assert keys.key(7) is keys.key(7)


def test_no_seed_shows_in_the_repr_of_keys():
    key = AccountKey(ROOT)
    assert ROOT.secret not in repr(key) + repr(ChannelKeys(key, "salt"))


def test_a_key_without_seed_cannot_be_an_account_of_ours():
    with pytest.raises(ValueError, match="needs its seed"):
        AccountKey(Keypair.from_public_key(ROOT.public_key))
