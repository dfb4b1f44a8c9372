"""A claimable balance as Horizon shows it."""

from typing import Any

from stellar_sdk import xdr

from ..core.addresses import address_of
from ..core.assets import account_from_xdr
from ..core.entries import ClaimableBalance
from .history import History
from .links import link, paged
from .predicates import predicate
from .values import amount, asset_text

CLAWBACK_FLAG = 1


def balance_id(balance: ClaimableBalance) -> str:
    """Its id in hexadecimal, with the version in front."""
    return "00000000" + balance.balance_id.hex()


def claimable_token(balance: ClaimableBalance) -> tuple[int, str]:
    """What orders balances: the ledger that changed them last, then their ids."""
    return balance.modified, balance_id(balance)


def claimants_of(balance: ClaimableBalance) -> list[tuple[bytes, xdr.ClaimPredicate]]:
    """Who may claim it, and when."""
    parts = [xdr.Claimant.from_xdr_bytes(raw).v0 for raw in balance.claimants]
    return [(account_from_xdr(part.destination), part.predicate) for part in parts if part is not None]


def claimable_balance(balance: ClaimableBalance, history: History, base: str) -> dict[str, Any]:
    """The document."""
    name = balance_id(balance)
    own = f"{base}/claimable_balances/{name}"
    modified = history.ledger(balance.modified)
    body: dict[str, Any] = {
        "_links": {
            "self": link(own),
            "transactions": paged(own + "/transactions"),
            "operations": paged(own + "/operations"),
        },
        "id": name,
        "asset": asset_text(balance.asset),
        "amount": amount(balance.amount),
    }
    if balance.sponsor is not None:
        body["sponsor"] = address_of(balance.sponsor)
    return body | {
        "last_modified_ledger": balance.modified,
        "last_modified_time": modified.closed_at if modified is not None else None,
        "claimants": [
            {"destination": address_of(who), "predicate": predicate(when)} for who, when in claimants_of(balance)
        ],
        "flags": {"clawback_enabled": bool(balance.flags & CLAWBACK_FLAG)},
        "paging_token": f"{balance.modified}-{name}",
    }
