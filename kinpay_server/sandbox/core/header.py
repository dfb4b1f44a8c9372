"""Ledger headers: what is said of a ledger as a whole, and the chain of hashes."""

import hashlib
import struct
from typing import NamedTuple

from .reserves import BASE_RESERVE
from .validity import BASE_FEE

PROTOCOL = 22
ALL_COINS = 10**18
"""Stroops of XLM at the beginning of a network."""


class Header(NamedTuple):
    """A closed ledger's header. `previous` is the hash of the one before; amounts in stroops, times in unix seconds."""

    sequence: int
    previous: bytes
    close_time: int
    tx_set_hash: bytes
    result_hash: bytes
    fee_pool: int
    id_pool: int
    max_ops: int

    def to_xdr(self) -> bytes:
        """XDR bytes of LedgerHeader."""
        value = self.tx_set_hash + struct.pack(">Qii", self.close_time, 0, 0)
        state = hashlib.sha256(self.previous + self.result_hash).digest()
        return (
            struct.pack(">I", PROTOCOL)
            + self.previous
            + value
            + self.result_hash
            + state
            + struct.pack(">IqqIQ", self.sequence, ALL_COINS, self.fee_pool, 0, self.id_pool)
            + struct.pack(">III", BASE_FEE, BASE_RESERVE, self.max_ops)
            + bytes(4 * 32)
            + b"\0\0\0\0"
        )

    @property
    def hash(self) -> bytes:
        """The ledger's hash."""
        return hashlib.sha256(self.to_xdr()).digest()
