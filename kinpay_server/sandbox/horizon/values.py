"""How Horizon writes amounts, assets and accounts."""

from fractions import Fraction
from typing import Any

from ..core.addresses import address_of, muxed_address
from ..core.assets import Asset


def amount(stroops: int) -> str:
    """Seven decimals, always."""
    sign = "-" if stroops < 0 else ""
    whole, rest = divmod(abs(stroops), 10_000_000)
    return f"{sign}{whole}.{rest:07}"


def asset_fields(asset: Asset, prefix: str = "") -> dict[str, Any]:
    """asset_type, and asset_code and asset_issuer unless it is XLM."""
    fields: dict[str, Any] = {f"{prefix}asset_type": asset.type_name}
    if not asset.is_native:
        fields[f"{prefix}asset_code"] = asset.code
        fields[f"{prefix}asset_issuer"] = address_of(asset.issuer)
    return fields


def asset_text(asset: Asset) -> str:
    """CODE:ISSUER, or native."""
    return "native" if asset.is_native else f"{asset.code}:{address_of(asset.issuer)}"


def account_fields(name: str, key: bytes, number: int | None) -> dict[str, Any]:
    """An account under a name; muxed ones in three fields."""
    fields: dict[str, Any] = {name: address_of(key)}
    if number is not None:
        fields[f"{name}_muxed"] = muxed_address(key, number)
        fields[f"{name}_muxed_id"] = str(number)
    return fields


def flag_fields(flags: int) -> dict[str, bool]:
    """An issuer's flags."""
    return {
        "auth_required": bool(flags & 1),
        "auth_revocable": bool(flags & 2),
        "auth_immutable": bool(flags & 4),
        "auth_clawback_enabled": bool(flags & 8),
    }


def text_of(raw: bytes) -> str:
    """Text that need not be UTF-8, as PostgreSQL can keep it: without zero bytes."""
    return raw.decode("utf-8", "replace").replace("\0", "")


def price_text(value: Fraction) -> str:
    """A price with seven decimals, rounded half up."""
    return amount(int(value * 10_000_000 + Fraction(1, 2)))
