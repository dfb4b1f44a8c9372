"""What a transaction came to, and ledger entries, as compact bytes for a file.

The form is that of `marshal`, which is made and read within microseconds. It belongs to one version of it (`FORM`), so
a file tells which one it was written with.
"""

import marshal
from collections.abc import Iterable
from typing import Any

from .applying import Applied, Changes
from .assets import Asset
from .entries import Account, ClaimableBalance, Data, Entry, Offer, Signer, Trustline
from .envelope import Envelope
from .results import TxResult

FORM = marshal.version
Plain = tuple[Any, ...]


def pack_entry(entry: Entry) -> bytes:
    """An entry in bytes."""
    return marshal.dumps(_plain(entry))


def unpack_entry(packed: bytes) -> Entry:
    """The entry again."""
    return _entry(marshal.loads(packed))  # noqa: S302 - our own file


def pack_outcome(applied: Applied) -> bytes:
    """Everything of an applied transaction but its envelope."""
    seen: dict[int, Plain] = {}
    return marshal.dumps(
        (
            applied.fee,
            _plain_result(applied.result),
            _plain_changes(applied.fee_changes, seen),
            _plain_changes(applied.before, seen),
            tuple(_plain_changes(changes, seen) for changes in applied.operations),
            tuple(applied.sponsor_ends.items()),
        )
    )


def unpack_outcome(envelope: Envelope, packed: bytes) -> Applied:
    """The applied transaction again."""
    fee, result, fee_changes, before, operations, ends = marshal.loads(packed)  # noqa: S302 - our own file
    seen: dict[int, Entry] = {}
    applied = Applied(envelope, fee, _changes(fee_changes, seen))
    applied.result = _result(result)
    applied.before = _changes(before, seen)
    applied.operations = tuple(_changes(changes, seen) for changes in operations)
    applied.sponsor_ends = dict(ends)
    return applied


def _plain_result(result: TxResult) -> Plain:
    inner = None if result.inner is None else _plain_result(result.inner)
    return result.fee, int(result.code), result.operations, result.inner_hash, inner


def _result(plain: Plain) -> TxResult:
    fee, code, operations, inner_hash, inner = plain
    return TxResult(fee, code, operations, inner_hash, None if inner is None else _result(inner))


def _plain_changes(changes: Changes, seen: dict[int, Plain]) -> Plain:
    """The same entry stands in many changes: it is written once."""
    return tuple((_once(before, seen), _once(after, seen)) for before, after in changes)


def _once(entry: Entry | None, seen: dict[int, Plain]) -> Plain | None:
    if entry is None:
        return None
    found = seen.get(id(entry))
    if found is None:
        found = seen[id(entry)] = _plain(entry)
    return found


def _changes(changes: Iterable[Plain], seen: dict[int, Entry]) -> Changes:
    return tuple((_again(before, seen), _again(after, seen)) for before, after in changes)


def _again(plain: Plain | None, seen: dict[int, Entry]) -> Entry | None:
    if plain is None:
        return None
    found = seen.get(id(plain))
    if found is None:
        found = seen[id(plain)] = _entry(plain)
    return found


def _plain(entry: Entry) -> Plain:
    if isinstance(entry, Account):
        return (0, *entry[:8], tuple(map(tuple, entry.signers)), *entry[9:])
    if isinstance(entry, Trustline):
        return (1, entry.account, tuple(entry.asset), *entry[2:])
    if isinstance(entry, Data):
        return (2, *entry)
    if isinstance(entry, Offer):
        return (3, entry.seller, entry.offer_id, tuple(entry.selling), tuple(entry.buying), *entry[4:])
    return (4, entry.balance_id, entry.claimants, tuple(entry.asset), *entry[3:])


def _entry(plain: Plain) -> Entry:
    kind, *rest = plain
    if kind == 0:
        return Account._make([*rest[:8], tuple(map(Signer._make, rest[8])), *rest[9:]])
    if kind == 1:
        return Trustline._make([rest[0], Asset._make(rest[1]), *rest[2:]])
    if kind == 2:
        return Data._make(rest)
    if kind == 3:
        return Offer._make([*rest[:2], Asset._make(rest[2]), Asset._make(rest[3]), *rest[4:]])
    return ClaimableBalance._make([*rest[:2], Asset._make(rest[2]), *rest[3:]])
