"""Transaction envelopes: decoded once, with everything that the rules ask of them."""

import base64
import contextlib
import hashlib
import struct
from functools import lru_cache
from typing import Any, NamedTuple

from stellar_sdk import xdr

from .plain_payments import Unusual, read

Kind = xdr.EnvelopeType
PAYMENT = xdr.OperationType.PAYMENT.value
MAX_ENVELOPE = 200_000
"""Bytes; core takes no larger message for a classic transaction."""


class Malformed(ValueError):
    """These bytes are no transaction envelope."""


class Operation(NamedTuple):
    """One operation. `source` is who acts, `own_source` whether the operation names it, `body` its XDR arm."""

    type: int
    source: bytes
    muxed: int | None
    own_source: bool
    body: Any


class Envelope:
    """A signed transaction, or a fee bump around one (`inner`).

    `hash` is what the network signs, `full_hash` that of the bytes with their signatures. `fee` is the bid in stroops.
    `verified` remembers which signatures fit which keys.
    """

    __slots__ = (
        "_memo",
        "_operations",
        "count",
        "extra_signers",
        "fee",
        "fee_source",
        "fee_source_muxed",
        "full_hash",
        "hash",
        "inner",
        "ledger_bounds",
        "min_sequence",
        "min_sequence_age",
        "min_sequence_gap",
        "raw",
        "sequence",
        "signatures",
        "source",
        "source_muxed",
        "supported",
        "time_bounds",
        "verified",
    )

    def __init__(self) -> None:
        self.raw = b""
        self.hash = b""
        self.full_hash = b""
        self.source = b""
        self.source_muxed: int | None = None
        self.sequence = 0
        self.fee = 0
        self.fee_source = b""
        self.fee_source_muxed: int | None = None
        self.inner: Envelope | None = None
        self.count = 0
        self._operations: tuple[Operation, ...] | None = ()
        self._memo: xdr.Memo | None = None
        self.time_bounds: tuple[int, int] | None = None
        self.ledger_bounds: tuple[int, int] | None = None
        self.min_sequence: int | None = None
        self.min_sequence_age = 0
        self.min_sequence_gap = 0
        self.extra_signers: tuple[xdr.SignerKey, ...] = ()
        self.signatures: tuple[tuple[bytes, bytes], ...] = ()
        self.verified: dict[tuple[int, bytes], bool] = {}
        self.supported = True

    @property
    def text(self) -> str:
        """The envelope in base64."""
        return base64.b64encode(self.raw).decode()

    @property
    def operations(self) -> tuple[Operation, ...]:
        """What is to be done; `count` says how many."""
        return self._operations if self._operations is not None else _again(self.raw)[0]

    @property
    def memo(self) -> xdr.Memo | None:
        """What is noted with it."""
        return self._memo if self._operations is not None else _again(self.raw)[1]

    def hold(self, operations: tuple[Operation, ...], memo: xdr.Memo | None) -> None:
        """Sets what was decoded."""
        self._operations, self._memo, self.count = operations, memo, len(operations)

    def forget(self) -> None:
        """Lets go of what can be decoded again: much of history is never read."""
        self._operations = self._memo = None
        self.verified = {}
        if self.inner is not None:
            self.inner.forget()

    @property
    def is_bump(self) -> bool:
        """Whether this is a fee bump."""
        return self.inner is not None

    @property
    def innermost(self) -> "Envelope":
        """The transaction that holds the operations."""
        return self.inner if self.inner is not None else self

    @property
    def weight(self) -> int:
        """How many of a ledger's operations it takes; a bump takes one more than what is inside."""
        if self.inner is not None:
            return self.count + 1
        return self.count


def decode(text: str, network_id: bytes) -> Envelope:
    """The envelope in base64; Malformed if it is none."""
    try:
        raw = base64.b64decode(text, validate=True)
        return from_bytes(raw, network_id)
    except Malformed:
        raise
    except Exception as error:
        raise Malformed(str(error)) from error


def from_bytes(raw: bytes, network_id: bytes) -> Envelope:
    """The envelope in XDR; any exception if it is none."""
    if len(raw) > MAX_ENVELOPE:
        raise Malformed("too large")
    with contextlib.suppress(Unusual, struct.error):
        return _plain(raw, network_id)
    parsed = xdr.TransactionEnvelope.from_xdr_bytes(raw)
    envelope = Envelope()
    envelope.raw = raw
    envelope.full_hash = hashlib.sha256(raw).digest()
    if parsed.v1 is not None:
        _fill(envelope, parsed.v1.tx, parsed.v1.signatures, network_id + raw[: len(raw) - _tail(parsed.v1.signatures)])
    elif parsed.v0 is not None:
        body = raw[4 : len(raw) - _tail(parsed.v0.signatures)]
        tag = b"\0\0\0\2\0\0\0\0"  # hashed as if it were the newer form, with the key's type before the key
        _fill(envelope, parsed.v0.tx, parsed.v0.signatures, network_id + tag + body)
    elif parsed.fee_bump is not None:
        _fill_bump(envelope, parsed.fee_bump, network_id)
    return envelope


def _plain(raw: bytes, network_id: bytes) -> Envelope:
    """Payments and nothing else, as most envelopes are."""
    tx = read(raw)
    envelope = Envelope()
    envelope.raw = raw
    envelope.full_hash = hashlib.sha256(raw).digest()
    envelope.hash = hashlib.sha256(network_id + raw[: tx.signed]).digest()
    envelope.signatures = tx.signatures
    envelope.fee, envelope.sequence = tx.fee, tx.sequence
    envelope.source, envelope.source_muxed = envelope.fee_source, envelope.fee_source_muxed = tx.source
    envelope.time_bounds, envelope.ledger_bounds = tx.time_bounds, tx.ledger_bounds
    own = (*tx.source, False)
    operations = tuple(
        Operation(PAYMENT, *(own if source is None else (*source, True)), body) for source, body in tx.payments
    )
    envelope.hold(operations, tx.memo)
    return envelope


@lru_cache(maxsize=1024)
def _again(raw: bytes) -> tuple[tuple[Operation, ...], xdr.Memo | None]:
    """Operations and memo, decoded once more."""
    envelope = from_bytes(raw, b"")
    return envelope.operations, envelope.memo


def _fill_bump(envelope: Envelope, bump: xdr.FeeBumpTransactionEnvelope, network_id: bytes) -> None:
    raw, tail = envelope.raw, _tail(bump.signatures)
    envelope.fee_source, envelope.fee_source_muxed = muxed_from_xdr(bump.tx.fee_source)
    begin = 4 + (36 if envelope.fee_source_muxed is None else 44) + 8
    inner = from_bytes(raw[begin : len(raw) - tail - 4], network_id)
    envelope.inner = inner
    envelope.fee = bump.tx.fee.int64
    envelope.signatures = _signatures(bump.signatures)
    envelope.hash = hashlib.sha256(network_id + raw[: len(raw) - tail]).digest()
    for name in ("source", "source_muxed", "sequence", "time_bounds", "ledger_bounds"):
        setattr(envelope, name, getattr(inner, name))
    envelope.hold(inner.operations, inner.memo)


def _fill(
    envelope: Envelope,
    tx: xdr.Transaction | xdr.TransactionV0,
    signatures: list[xdr.DecoratedSignature],
    payload: bytes,
) -> None:
    envelope.hash = hashlib.sha256(payload).digest()
    envelope.signatures = _signatures(signatures)
    envelope.fee = tx.fee.uint32
    envelope.sequence = tx.seq_num.sequence_number.int64
    if isinstance(tx, xdr.Transaction):
        envelope.source, envelope.source_muxed = muxed_from_xdr(tx.source_account)
        envelope.supported = tx.ext.v == 0
        _conditions(envelope, tx.cond)
    else:
        envelope.source = tx.source_account_ed25519.uint256
        envelope.time_bounds = _times(tx.time_bounds)
    envelope.fee_source, envelope.fee_source_muxed = envelope.source, envelope.source_muxed
    envelope.hold(tuple(_operation(op, envelope) for op in tx.operations), tx.memo)


def _conditions(envelope: Envelope, cond: xdr.Preconditions) -> None:
    if cond.time_bounds is not None:
        envelope.time_bounds = _times(cond.time_bounds)
    if cond.v2 is None:
        return
    more = cond.v2
    envelope.time_bounds = _times(more.time_bounds)
    if more.ledger_bounds is not None:
        envelope.ledger_bounds = (more.ledger_bounds.min_ledger.uint32, more.ledger_bounds.max_ledger.uint32)
    if more.min_seq_num is not None:
        envelope.min_sequence = more.min_seq_num.sequence_number.int64
    envelope.min_sequence_age = more.min_seq_age.duration.uint64
    envelope.min_sequence_gap = more.min_seq_ledger_gap.uint32
    envelope.extra_signers = tuple(more.extra_signers)


def _times(bounds: xdr.TimeBounds | None) -> tuple[int, int] | None:
    if bounds is None:
        return None
    return bounds.min_time.time_point.uint64, bounds.max_time.time_point.uint64


_ARMS: dict[int, str] = {}


def _operation(op: xdr.Operation, envelope: Envelope) -> Operation:
    kind = op.body.type
    arm = _ARMS.get(kind)
    if arm is None:
        found = [name for name, value in vars(op.body).items() if name != "type" and value is not None]
        arm = found[0] if found else ""
        if arm:
            _ARMS[kind] = arm
    body = getattr(op.body, arm) if arm else None
    if op.source_account is None:
        return Operation(kind.value, envelope.source, envelope.source_muxed, False, body)
    source, muxed = muxed_from_xdr(op.source_account)
    return Operation(kind.value, source, muxed, True, body)


def muxed_from_xdr(account: xdr.MuxedAccount) -> tuple[bytes, int | None]:
    """Raw key and number (None for a plain account) of a MuxedAccount."""
    if account.ed25519 is not None:
        return account.ed25519.uint256, None
    many = account.med25519
    assert many is not None  # noqa: S101 - the only other arm
    return many.ed25519.uint256, many.id.uint64


def _signatures(signatures: list[xdr.DecoratedSignature]) -> tuple[tuple[bytes, bytes], ...]:
    return tuple((s.hint.signature_hint, s.signature.signature) for s in signatures)


def _tail(signatures: list[xdr.DecoratedSignature]) -> int:
    """How many bytes the signatures take at the end of an envelope."""
    return 4 + sum(8 + (len(s.signature.signature) + 3 & ~3) for s in signatures)
