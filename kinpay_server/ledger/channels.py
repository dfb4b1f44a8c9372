"""The keys of channel accounts, derived as they always were (the contract, section 3)."""

from hashlib import sha256

from stellar_sdk import Keypair

from kinpay_server.ledger.keys import AccountKey


def channel_seed(root_raw_seed: bytes, index: int, salt: str) -> bytes:
    """The raw ed25519 seed of channel `index`. Fixed for ever: existing channels are found again by it."""
    return sha256(root_raw_seed + index.to_bytes(2, "big") + salt.encode("utf-8")).digest()


class ChannelKeys:
    """The channel keys of one root account; each is derived once and kept."""

    def __init__(self, root: AccountKey, salt: str) -> None:
        self._root_raw_seed = root.keypair.raw_secret_key()
        self._salt = salt
        self._keys: dict[int, AccountKey] = {}

    def key(self, index: int) -> AccountKey:
        """The key of channel `index`, 0 to 65535. Raises `OverflowError` beyond, as two bytes hold no more."""
        known = self._keys.get(index)
        if known is None:
            seed = channel_seed(self._root_raw_seed, index, self._salt)
            known = self._keys[index] = AccountKey(Keypair.from_raw_ed25519_seed(seed))
        return known
