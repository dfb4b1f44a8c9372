"""An account as Horizon shows it."""

import base64
from typing import Any

from ..core.addresses import address_of
from ..core.entries import Account, Trustline
from .history import History
from .links import link, paged, template
from .transaction_view import signer_address
from .values import amount, asset_fields, flag_fields

_KINDS = {0: "ed25519_public_key", 1: "preauth_tx", 2: "sha256_hash", 3: "ed25519_signed_payload"}


def account(entry: Account, history: History, base: str) -> dict[str, Any]:
    """The document, from the same snapshot as everything else of that history."""
    address = address_of(entry.id)
    own = f"{base}/accounts/{address}"
    snapshot = history.snapshot
    lists = ("transactions", "operations", "payments", "effects", "offers", "trades")
    body: dict[str, Any] = {
        "_links": {
            "self": link(own),
            **{name: paged(f"{own}/{name}") for name in lists},
            "data": template(own + "/data/{key}"),
        },
        "id": address,
        "account_id": address,
        "sequence": str(entry.sequence),
    }
    if entry.sequence_ledger:
        body |= {"sequence_ledger": entry.sequence_ledger, "sequence_time": str(entry.sequence_time)}
    body["subentry_count"] = entry.sub_entries
    if entry.inflation_destination is not None:
        body["inflation_destination"] = address_of(entry.inflation_destination)
    if entry.home_domain:
        body["home_domain"] = entry.home_domain.decode("utf-8", "replace")
    lines = sorted(snapshot.lines.get(entry.id, {}).values(), key=_line_order)
    modified = history.ledger(entry.modified)
    body |= {
        "last_modified_ledger": entry.modified,
        **({"last_modified_time": modified.closed_at} if modified is not None else {}),
        "thresholds": dict(
            zip(("low_threshold", "med_threshold", "high_threshold"), entry.thresholds[1:], strict=True)
        ),
        "flags": flag_fields(entry.flags),
        "balances": [*(_line(line) for line in lines), _native(entry)],
        "signers": _signers(entry),
        "data": {
            data.name.decode("utf-8", "replace"): base64.b64encode(data.value).decode()
            for data in sorted(snapshot.data.get(entry.id, {}).values(), key=lambda d: d.name)
        },
        "num_sponsoring": entry.sponsoring,
        "num_sponsored": entry.sponsored,
    }
    if entry.sponsor is not None:
        body["sponsor"] = address_of(entry.sponsor)
    body["paging_token"] = address
    return body


def _line_order(line: Trustline) -> tuple[int, str, str]:
    """Short codes before long ones, then by code and by the issuer's address."""
    return len(line.asset.code) > 4, line.asset.code, address_of(line.asset.issuer)


def _line(line: Trustline) -> dict[str, Any]:
    body: dict[str, Any] = {
        "balance": amount(line.balance),
        "limit": amount(line.limit),
        "buying_liabilities": amount(line.buying),
        "selling_liabilities": amount(line.selling),
    }
    if line.sponsor is not None:
        body["sponsor"] = address_of(line.sponsor)
    body |= {
        "last_modified_ledger": line.modified,
        "is_authorized": line.is_authorized,
        "is_authorized_to_maintain_liabilities": line.may_keep_offers,
    }
    if line.flags & 4:
        body["is_clawback_enabled"] = True
    return body | asset_fields(line.asset)


def _native(entry: Account) -> dict[str, Any]:
    return {
        "balance": amount(entry.balance),
        "buying_liabilities": amount(entry.buying),
        "selling_liabilities": amount(entry.selling),
        "asset_type": "native",
    }


def _signers(entry: Account) -> list[dict[str, Any]]:
    """The others first; the master key comes last, with its weight even if that is 0."""
    found: list[dict[str, Any]] = []
    for signer in entry.signers:
        body = {
            "weight": signer.weight,
            "key": signer_address(signer.key),
            "type": _KINDS[signer.key[3]],
        }
        if signer.sponsor is not None:
            body["sponsor"] = address_of(signer.sponsor)
        found.append(body)
    found.append({"weight": entry.thresholds[0], "key": address_of(entry.id), "type": _KINDS[0]})
    return found
