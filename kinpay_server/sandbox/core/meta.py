"""Meta XDR: what a transaction changed, as core tells it (TransactionMeta version 3)."""

import struct

from .applying import Applied, Changes
from .entry_xdr import encode, key_of

CREATED, UPDATED, REMOVED, STATE = (struct.pack(">I", kind) for kind in range(4))
"""LedgerEntryChangeType in XDR."""


def transaction_meta(applied: Applied) -> bytes:
    """XDR bytes of TransactionMeta."""
    operations = b"".join(entry_changes(changes) for changes in applied.operations)
    return (
        b"\0\0\0\3\0\0\0\0"
        + entry_changes(applied.before)
        + struct.pack(">I", len(applied.operations))
        + operations
        + b"\0\0\0\0\0\0\0\0"
    )


def entry_changes(changes: Changes) -> bytes:
    """XDR bytes of LedgerEntryChanges: each entry as it was, then as it is."""
    parts: list[bytes] = []
    for before, after in changes:
        if before is not None:
            parts.append(STATE + encode(before))
        if after is None:
            assert before is not None  # noqa: S101 - a change has one side at least
            parts.append(REMOVED + key_of(before))
        else:
            parts.append((UPDATED if before is not None else CREATED) + encode(after))
    return struct.pack(">I", len(parts)) + b"".join(parts)
