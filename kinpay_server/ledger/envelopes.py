"""A transaction's bytes around what differs: network id, hash and signatures.

The envelope of a transaction and what is hashed for its signatures hold the same bytes (XDR, `Stellar-transaction.x`):
the hash is over network id + envelope type + transaction, the envelope is envelope type + transaction + signatures.
"""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from struct import Struct

from kinpay_server.ledger.keys import AccountKey

_COUNT = Struct(">I")


@dataclass(frozen=True, slots=True)
class SignedEnvelope:
    """A transaction's hash in hex and its signed envelope in base64."""

    hash: str
    envelope: str


def network_id(passphrase: str) -> bytes:
    """What every hash begins with, so that a signature holds on one network only."""
    return sha256(passphrase.encode("utf-8")).digest()


def sign_envelope(network: bytes, tagged_transaction: bytes, keys: Sequence[AccountKey]) -> SignedEnvelope:
    """Hash once, sign with each key in order. `tagged_transaction` is the envelope type and the transaction in XDR."""
    digest = sha256(network + tagged_transaction).digest()
    signatures = [key.decorated_signature(digest) for key in keys]
    envelope = b"".join((tagged_transaction, _COUNT.pack(len(signatures)), *signatures))
    return SignedEnvelope(hash=digest.hex(), envelope=b64encode(envelope).decode("ascii"))
