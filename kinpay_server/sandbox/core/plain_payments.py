"""The most common envelope, read without the SDK's decoder: payments in a plain transaction.

The result is the same as the decoder's. Whatever is not exactly of this form is left to the decoder.
"""

import struct
from typing import NamedTuple

from stellar_sdk import xdr

MOST_OPERATIONS = 100
MOST_SIGNATURES = 20
MUXED = 0x100
_KEY, _MUXED_KEY = struct.Struct(">I32s"), struct.Struct(">IQ32s")
_BODY, _CONDITIONS = struct.Struct(">IqI"), struct.Struct(">QQ")
_U32 = struct.Struct(">I")
_WIDTHS = {1: 4, 2: 12}
Muxed = tuple[bytes, int | None]


class Unusual(Exception):
    """Not of this form."""


class PlainPayment(NamedTuple):
    """One payment: who (None: the transaction's source), and the operation's XDR arm."""

    source: Muxed | None
    body: xdr.PaymentOp


class PlainTransaction(NamedTuple):
    """What the envelope says; `signed` is how many of its bytes the signatures cover."""

    source: Muxed
    fee: int
    sequence: int
    time_bounds: tuple[int, int] | None
    ledger_bounds: tuple[int, int] | None
    memo: xdr.Memo
    payments: tuple[PlainPayment, ...]
    signed: int
    signatures: tuple[tuple[bytes, bytes], ...]


def read(raw: bytes) -> PlainTransaction:
    """The transaction; Unusual if it is another kind of envelope, struct.error if it is cut short."""
    if raw[:4] != b"\0\0\0\2":
        raise Unusual
    source, at = _account(raw, 4)
    fee, sequence, kind = _BODY.unpack_from(raw, at)
    times, ledgers, at = _bounds(raw, at + 16, kind)
    memo, at = _memo(raw, at)
    (count,) = _U32.unpack_from(raw, at)
    at += 4
    if count > MOST_OPERATIONS:
        raise Unusual
    payments = []
    for _ in range(count):
        payment, at = _payment(raw, at)
        payments.append(payment)
    if raw[at : at + 4] != b"\0\0\0\0":
        raise Unusual
    signatures = _signatures(raw, at + 4)
    return PlainTransaction(source, fee, sequence, times, ledgers, memo, tuple(payments), at + 4, signatures)


def _account(raw: bytes, at: int) -> tuple[Muxed, int]:
    kind, key = _KEY.unpack_from(raw, at)
    if kind == 0:
        return (key, None), at + 36
    if kind != MUXED:
        raise Unusual
    _, number, key = _MUXED_KEY.unpack_from(raw, at)
    return (key, number), at + 44


def _bounds(raw: bytes, at: int, kind: int) -> tuple[tuple[int, int] | None, tuple[int, int] | None, int]:
    """Time and ledger bounds; other conditions are unusual."""
    times: tuple[int, int] | None = None
    ledgers: tuple[int, int] | None = None
    if kind == 0:
        return None, None, at
    if kind == 1:
        return _CONDITIONS.unpack_from(raw, at), None, at + 16
    if kind != 2:
        raise Unusual
    if _flag(raw, at):
        times, at = _CONDITIONS.unpack_from(raw, at + 4), at + 16
    at += 4
    if _flag(raw, at):
        ledgers, at = struct.unpack_from(">II", raw, at + 4), at + 8
    at += 4
    if raw[at : at + 20] != bytes(20):  # no least sequence number, age 0, gap 0, no further signers
        raise Unusual
    return times, ledgers, at + 20


def _flag(raw: bytes, at: int) -> bool:
    (flag,) = _U32.unpack_from(raw, at)
    if flag > 1:
        raise Unusual
    return bool(flag)


def _memo(raw: bytes, at: int) -> tuple[xdr.Memo, int]:
    (kind,) = _U32.unpack_from(raw, at)
    if kind == 0:
        return xdr.Memo(xdr.MemoType.MEMO_NONE), at + 4
    if kind != 1:
        raise Unusual
    (length,) = _U32.unpack_from(raw, at + 4)
    end = at + 8 + length
    padded = end + (-length % 4)
    if length > 28 or padded > len(raw) or any(raw[end:padded]):
        raise Unusual
    return xdr.Memo(xdr.MemoType.MEMO_TEXT, text=raw[at + 8 : end]), padded


def _payment(raw: bytes, at: int) -> tuple[PlainPayment, int]:
    source = None
    if _flag(raw, at):
        source, at = _account(raw, at + 4)
    else:
        at += 4
    if raw[at : at + 4] != b"\0\0\0\1":
        raise Unusual
    to, at = _account(raw, at + 4)
    asset, at = _asset(raw, at)
    (amount,) = struct.unpack_from(">q", raw, at)
    return PlainPayment(source, xdr.PaymentOp(_muxed(to), asset, xdr.Int64(amount))), at + 8


def _asset(raw: bytes, at: int) -> tuple[xdr.Asset, int]:
    (kind,) = _U32.unpack_from(raw, at)
    if kind == 0:
        return xdr.Asset(xdr.AssetType.ASSET_TYPE_NATIVE), at + 4
    width = _WIDTHS.get(kind)
    if width is None:
        raise Unusual
    code = raw[at + 4 : at + 4 + width]
    key_kind, key = _KEY.unpack_from(raw, at + 4 + width)
    if key_kind != 0:
        raise Unusual
    issuer = xdr.AccountID(xdr.PublicKey(xdr.PublicKeyType.PUBLIC_KEY_TYPE_ED25519, xdr.Uint256(key)))
    if width == 4:
        four = xdr.AlphaNum4(xdr.AssetCode4(code), issuer)
        return xdr.Asset(xdr.AssetType.ASSET_TYPE_CREDIT_ALPHANUM4, alpha_num4=four), at + 8 + 36
    twelve = xdr.AlphaNum12(xdr.AssetCode12(code), issuer)
    return xdr.Asset(xdr.AssetType.ASSET_TYPE_CREDIT_ALPHANUM12, alpha_num12=twelve), at + 16 + 36


def _muxed(account: Muxed) -> xdr.MuxedAccount:
    key, number = account
    if number is None:
        return xdr.MuxedAccount(xdr.CryptoKeyType.KEY_TYPE_ED25519, ed25519=xdr.Uint256(key))
    many = xdr.MuxedAccountMed25519(xdr.Uint64(number), xdr.Uint256(key))
    return xdr.MuxedAccount(xdr.CryptoKeyType.KEY_TYPE_MUXED_ED25519, med25519=many)


def _signatures(raw: bytes, at: int) -> tuple[tuple[bytes, bytes], ...]:
    """All of them, to the envelope's last byte."""
    (count,) = _U32.unpack_from(raw, at)
    at += 4
    if count > MOST_SIGNATURES:
        raise Unusual
    found = []
    for _ in range(count):
        if raw[at + 4 : at + 8] != b"\0\0\0\x40":
            raise Unusual
        found.append((raw[at : at + 4], raw[at + 8 : at + 72]))
        at += 72
    if at != len(raw):
        raise Unusual
    return tuple(found)
