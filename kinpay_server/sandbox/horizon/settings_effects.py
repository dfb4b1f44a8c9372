"""Effects of SET_OPTIONS, ALLOW_TRUST and SET_TRUST_LINE_FLAGS."""

from typing import Any

from stellar_sdk import xdr

from ..core.addresses import address_of
from ..core.assets import account_from_xdr, asset_from_xdr
from ..core.entries import Account
from .operation_view import operation
from .records import OpRecord
from .transaction_view import signer_address
from .values import asset_fields

Rows = list[tuple[bytes, int | None, str, dict[str, Any]]]


def of_options(record: OpRecord) -> Rows:
    """Home domain, thresholds, flags, where inflation would go, signers: in this order."""
    op, body = record.operation, record.operation.body
    who = (op.source, op.muxed)
    rows: Rows = []
    if body.home_domain is not None:
        domain = body.home_domain.string32.decode("utf-8", "replace")
        rows.append((*who, "account_home_domain_updated", {"home_domain": domain}))
    names = ("low_threshold", "med_threshold", "high_threshold")
    levels = {name: getattr(body, name) for name in names}
    if any(level is not None for level in levels.values()):
        fields = {name: 0 if level is None else level.uint32 for name, level in levels.items()}
        rows.append((*who, "account_thresholds_updated", fields))
    set_flags, clear_flags = (0 if f is None else f.uint32 for f in (body.set_flags, body.clear_flags))
    if set_flags | clear_flags:
        # Horizon shows only this flag: the name of the other one is misspelt on its way
        shown = {"auth_required_flag": bool(set_flags & 1)} if (set_flags | clear_flags) & 1 else {}
        rows.append((*who, "account_flags_updated", shown))
    if body.inflation_dest is not None:
        rows.append((*who, "account_inflation_destination_updated", {}))
    return rows + _signers(record)


def _signers(record: OpRecord) -> Rows:
    op = record.operation
    who = (op.source, op.muxed)
    rows: Rows = []
    for before, after in record.tx.applied.operations[record.index]:
        if not isinstance(before, Account) or not isinstance(after, Account):
            continue
        old, new = _weights(before), _weights(after)
        for key in sorted(old):
            if key not in new:
                rows.append((*who, "signer_removed", _signer(key, 0)))
            elif new[key] != old[key]:
                rows.append((*who, "signer_updated", _signer(key, new[key])))
        rows += [(*who, "signer_created", _signer(key, new[key])) for key in sorted(new.keys() - old)]
    return rows


def _signer(key: str, weight: int) -> dict[str, Any]:
    return {"weight": weight, "public_key": key, "key": ""}


def _weights(account: Account) -> dict[str, int]:
    found = {signer_address(s.key): s.weight for s in account.signers}
    if account.thresholds[0]:
        found[address_of(account.id)] = account.thresholds[0]
    return found


def of_allow_trust(record: OpRecord) -> Rows:
    """One effect as of old, and the one that there is now."""
    op, shown = record.operation, operation(record, "")
    wanted = op.body.authorize.uint32
    fields = {name: shown[name] for name in ("trustor", "asset_type", "asset_code", "asset_issuer")}
    old = {key: value for key, value in fields.items() if key != "asset_issuer"}
    if wanted & 1:
        kind, flags = "trustline_authorized", {"authorized_flag": True}
    elif wanted & 2:
        kind, flags = "trustline_authorized_to_maintain_liabilities", {}
    else:
        kind, flags = "trustline_deauthorized", {"authorized_flag": False}
    who = (op.source, op.muxed)
    return [(*who, kind, old), (*who, "trustline_flags_updated", {**fields, **flags})]


def of_trust_flags(record: OpRecord) -> Rows:
    """The flags that were set and cleared, as far as Horizon names them."""
    op = record.operation
    body: xdr.SetTrustLineFlagsOp = op.body
    fields: dict[str, Any] = {
        **asset_fields(asset_from_xdr(body.asset)),
        "trustor": address_of(account_from_xdr(body.trustor)),
    }
    for flags, value in ((body.set_flags, True), (body.clear_flags, False)):
        bits = 0 if flags is None else flags.uint32
        if bits & 1:
            fields["authorized_flag"] = value
        if bits & 4:
            fields["clawback_enabled_flag"] = value
    return [(op.source, op.muxed, "trustline_flags_updated", fields)]
