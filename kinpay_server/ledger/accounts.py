"""Reads accounts as Horizon shows them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kinpay_server.domain.amount import DECIMALS, MAX_STROOPS
from kinpay_server.services.ports import AccountState

Json = Mapping[str, Any]

BASE_RESERVE = 5_000_000
"""0.5 XLM in stroops: what the network keeps back for each entry (of an account itself: two)."""


@dataclass(frozen=True, slots=True)
class KinAsset:
    """Which asset is called KIN."""

    code: str
    issuer: str


def parse_account(body: Json, ledger: int, asset: KinAsset) -> AccountState:
    """One account in ledger `ledger`. Raises `KeyError`, `TypeError` or `ValueError`."""
    native = next(balance for balance in body["balances"] if balance["asset_type"] == "native")
    spendable_xlm = _spendable(native)
    kin_balance, authorized, kin_held, kin_changed = _kin(body, asset)
    return AccountState(
        address=body["account_id"],
        ledger=ledger,
        sequence=int(body["sequence"]),
        xlm_balance=stroops_of(native["balance"]),
        xlm_spendable=max(0, spendable_xlm - _reserve(body)),
        kin_balance=kin_balance,
        kin_authorized=authorized,
        signs_payments=_signs_payments(body),
        kin_held=kin_held,
        kin_changed=kin_changed,
    )


def stroops_of(text: str) -> int:
    """An amount of Horizon, which always has seven decimals, exactly. Raises `ValueError`."""
    whole, _, fraction = text.partition(".")
    if not whole.isdecimal() or not fraction.isdecimal() or len(fraction) != DECIMALS:
        raise ValueError(f"{text!r} is not an amount")
    return int(whole + fraction)


def _kin(body: Json, asset: KinAsset) -> tuple[int | None, bool, int, int | None]:
    """What may be spent of KIN, whether the issuer allows it, what is held, and the ledger that changed it last.

    The issuer itself makes as much as it likes, and holds none.
    """
    if body["account_id"] == asset.issuer:
        return MAX_STROOPS, True, 0, None
    for balance in body["balances"]:
        if (balance.get("asset_code"), balance.get("asset_issuer")) == (asset.code, asset.issuer):
            held, changed = stroops_of(balance["balance"]), int(balance["last_modified_ledger"])
            return _spendable(balance), bool(balance["is_authorized"]), held, changed
    return None, False, 0, None


def _spendable(balance: Json) -> int:
    """What is not promised to offers."""
    return stroops_of(balance["balance"]) - stroops_of(balance.get("selling_liabilities", "0.0000000"))


def _reserve(body: Json) -> int:
    """What the network keeps back: for the account, its entries and those it sponsors, less what others sponsor."""
    entries = 2 + int(body["subentry_count"])
    return (entries + int(body.get("num_sponsoring", 0)) - int(body.get("num_sponsored", 0))) * BASE_RESERVE


def _signs_payments(body: Json) -> bool:
    """True while the master key alone reaches the medium threshold; a key of weight 0 signs nothing."""
    weights = [int(signer["weight"]) for signer in body["signers"] if signer["key"] == body["account_id"]]
    return max(weights, default=0) >= max(1, int(body["thresholds"]["med_threshold"]))
