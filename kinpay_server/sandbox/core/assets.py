"""Assets as small values that can be keys."""

import struct
from typing import NamedTuple

from stellar_sdk import xdr


class Asset(NamedTuple):
    """A code of 1 to 12 letters and its issuer; both empty for XLM."""

    code: str
    issuer: bytes

    @property
    def is_native(self) -> bool:
        """Whether this is XLM."""
        return not self.issuer

    @property
    def type_name(self) -> str:
        """As Horizon calls it."""
        if not self.issuer:
            return "native"
        return "credit_alphanum4" if len(self.code) <= 4 else "credit_alphanum12"

    def to_xdr(self) -> bytes:
        """XDR bytes of `Asset` (those of `TrustLineAsset` are the same)."""
        if not self.issuer:
            return b"\0\0\0\0"
        width, tag = (4, 1) if len(self.code) <= 4 else (12, 2)
        code = self.code.encode("latin-1").ljust(width, b"\0")
        return struct.pack(">i", tag) + code + b"\0\0\0\0" + self.issuer


NATIVE = Asset("", b"")


def asset_from_xdr(asset: xdr.Asset | xdr.ChangeTrustAsset | xdr.TrustLineAsset) -> Asset:
    """The value of an XDR asset; ValueError for a pool share."""
    if asset.type == xdr.AssetType.ASSET_TYPE_NATIVE:
        return NATIVE
    if asset.alpha_num4 is not None:
        four = asset.alpha_num4
        return Asset(_code(four.asset_code.asset_code4), account_from_xdr(four.issuer))
    if asset.alpha_num12 is not None:
        twelve = asset.alpha_num12
        return Asset(_code(twelve.asset_code.asset_code12), account_from_xdr(twelve.issuer))
    raise ValueError("a pool share is no plain asset")


def account_from_xdr(account: xdr.AccountID) -> bytes:
    """The raw key of an AccountID."""
    key = account.account_id.ed25519
    assert key is not None  # noqa: S101 - the only key type there is
    return key.uint256


def is_valid(asset: Asset) -> bool:
    """Whether core takes the code: letters and digits, at least one, no zero byte in between."""
    if asset.is_native:
        return True
    return asset.code.isascii() and asset.code.isalnum()


def _code(raw: bytes) -> str:
    return raw.rstrip(b"\0").decode("latin-1")
