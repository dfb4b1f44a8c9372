"""An operation as Horizon shows it: what all have, and a function for the rest of each type."""

import base64
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from stellar_sdk import xdr

from ..core.addresses import address_of
from ..core.assets import Asset, account_from_xdr, asset_from_xdr
from ..core.entries import Account
from ..core.envelope import muxed_from_xdr
from . import payment_details
from .links import link
from .predicates import predicate
from .records import OpRecord
from .transaction_view import signer_address
from .values import account_fields, amount, asset_fields, asset_text, price_text

Fields = dict[str, Any]

NAMES = {kind.value: kind.name.lower() for kind in xdr.OperationType}


def operation(record: OpRecord, base: str, joined: Any = None) -> Fields:
    """The document; `joined` is the transaction's, if it is wanted inside."""
    op, token, tx = record.operation, record.token, record.tx
    own = f"{base}/operations/{token}"
    body: Fields = {
        "_links": {
            "self": link(own),
            "transaction": link(f"{base}/transactions/{tx.hash}"),
            "effects": link(own + "/effects"),
            "succeeds": link(f"{base}/effects?order=desc&cursor={token}"),
            "precedes": link(f"{base}/effects?order=asc&cursor={token}"),
        },
        "id": str(token),
        "paging_token": str(token),
        "transaction_successful": tx.successful,
        **account_fields("source_account", op.source, op.muxed),
        "type": NAMES[op.type],
        "type_i": op.type,
        "created_at": tx.ledger.closed_at,
        "transaction_hash": tx.hash,
    }
    if joined is not None:
        body["transaction"] = joined
    sponsor = _sponsor(record)
    if sponsor is not None:
        body["sponsor"] = address_of(sponsor)
    details = DETAILS.get(op.type)
    if details is not None:
        body |= details(record)
    return body


def _sponsor(record: OpRecord) -> bytes | None:
    """Who pays the reserve of what the operation made."""
    changes = record.tx.applied.operations
    if record.index >= len(changes):
        return None
    for before, after in changes[record.index]:
        if before is None and after is not None and after.sponsor is not None:
            return after.sponsor
        if isinstance(before, Account) and isinstance(after, Account) and len(after.signers) > len(before.signers):
            new = next(s for s in after.signers if s.key not in {old.key for old in before.signers})
            if new.sponsor is not None:
                return new.sponsor
    return None


def _price(price: xdr.Price) -> Fields:
    n, d = price.n.int32, price.d.int32
    return {"price": price_text(Fraction(n, d)) if d else "0.0000000", "price_r": {"n": n, "d": d}}


def _offer(record: OpRecord) -> Fields:
    body = record.operation.body
    quantity = body.buy_amount if hasattr(body, "buy_amount") else body.amount
    fields: Fields = {"amount": amount(quantity.int64), **_price(body.price)}
    fields |= asset_fields(asset_from_xdr(body.buying), "buying_")
    fields |= asset_fields(asset_from_xdr(body.selling), "selling_")
    if hasattr(body, "offer_id"):
        fields["offer_id"] = str(body.offer_id.int64)
    return fields


_FLAG_NAMES = {1: "auth_required", 2: "auth_revocable", 4: "auth_immutable", 8: "auth_clawback_enabled"}
_LINE_FLAG_NAMES = {1: "authorized", 2: "authorized_to_maintain_liabilites", 4: "clawback_enabled"}


def _flags(prefix: str, flags: xdr.Uint32 | None, names: dict[int, str]) -> Fields:
    if flags is None or not flags.uint32:
        return {}
    bits = [bit for bit in names if flags.uint32 & bit]
    return {f"{prefix}_flags": bits, f"{prefix}_flags_s": [names[bit] for bit in bits]}


def _set_options(record: OpRecord) -> Fields:
    body: xdr.SetOptionsOp = record.operation.body
    fields: Fields = {}
    if body.home_domain is not None and body.home_domain.string32:
        fields["home_domain"] = body.home_domain.string32.decode("utf-8", "replace")
    if body.inflation_dest is not None:
        fields["inflation_dest"] = address_of(account_from_xdr(body.inflation_dest))
    if body.master_weight is not None:
        fields["master_key_weight"] = body.master_weight.uint32
    if body.signer is not None:
        fields["signer_key"] = signer_address(body.signer.key.to_xdr_bytes())
        fields["signer_weight"] = body.signer.weight.uint32
    fields |= _flags("set", body.set_flags, _FLAG_NAMES) | _flags("clear", body.clear_flags, _FLAG_NAMES)
    for name in ("low_threshold", "med_threshold", "high_threshold"):
        level = getattr(body, name)
        if level is not None:
            fields[name] = level.uint32
    return fields


def _change_trust(record: OpRecord) -> Fields:
    op = record.operation
    asset = asset_from_xdr(op.body.line)
    return {
        **asset_fields(asset),
        "limit": amount(op.body.limit.int64),
        **({"trustee": address_of(asset.issuer)} if asset.issuer else {}),
        **account_fields("trustor", op.source, op.muxed),
    }


def _allow_trust(record: OpRecord) -> Fields:
    op = record.operation
    code = op.body.asset.asset_code4 or op.body.asset.asset_code12
    raw = code.asset_code4 if op.body.asset.asset_code4 is not None else code.asset_code12
    wanted = op.body.authorize.uint32
    return {
        **asset_fields(Asset(raw.rstrip(b"\0").decode("latin-1"), op.source)),
        **account_fields("trustee", op.source, op.muxed),
        "trustor": address_of(account_from_xdr(op.body.trustor)),
        "authorize": bool(wanted & 1),
        "authorize_to_maintain_liabilities": bool(wanted & 3),
    }


def _trust_flags(record: OpRecord) -> Fields:
    body = record.operation.body
    fields = {**asset_fields(asset_from_xdr(body.asset)), "trustor": address_of(account_from_xdr(body.trustor))}
    set_flags = _flags("set", body.set_flags, _LINE_FLAG_NAMES)
    return fields | set_flags | _flags("clear", body.clear_flags, _LINE_FLAG_NAMES)


def _data(record: OpRecord) -> Fields:
    body = record.operation.body
    value = body.data_value
    return {
        "name": body.data_name.string64.decode("utf-8", "replace"),
        "value": "" if value is None else base64.b64encode(value.data_value).decode(),
    }


def _begin(record: OpRecord) -> Fields:
    return {"sponsored_id": address_of(account_from_xdr(record.operation.body.sponsored_id))}


def _end(record: OpRecord) -> Fields:
    begun = record.tx.applied.sponsor_ends.get(record.index)
    return {} if begun is None else {"begin_sponsor": address_of(begun)}


def _bump_sequence(record: OpRecord) -> Fields:
    return {"bump_to": str(record.operation.body.bump_to.sequence_number.int64)}


def _clawback(record: OpRecord) -> Fields:
    body = record.operation.body
    return {
        **asset_fields(asset_from_xdr(body.asset)),
        **account_fields("from", *muxed_from_xdr(body.from_)),
        "amount": amount(body.amount.int64),
    }


def _create_claimable(record: OpRecord) -> Fields:
    body = record.operation.body
    asset = asset_from_xdr(body.asset)
    return {
        "asset": asset_text(asset),
        "amount": amount(body.amount.int64),
        "claimants": [
            {"destination": address_of(account_from_xdr(c.v0.destination)), "predicate": predicate(c.v0.predicate)}
            for c in body.claimants
        ],
    }


def _balance_id(record: OpRecord) -> Fields:
    return {"balance_id": record.operation.body.balance_id.to_xdr_bytes().hex()}


def _claim_balance(record: OpRecord) -> Fields:
    op = record.operation
    return _balance_id(record) | account_fields("claimant", op.source, op.muxed)


def _revoke(record: OpRecord) -> Fields:
    body: xdr.RevokeSponsorshipOp = record.operation.body
    if body.signer is not None:
        return {
            "signer_account_id": address_of(account_from_xdr(body.signer.account_id)),
            "signer_key": signer_address(body.signer.signer_key.to_xdr_bytes()),
        }
    key = body.ledger_key
    assert key is not None  # noqa: S101 - the other arm
    if key.account is not None:
        return {"account_id": address_of(account_from_xdr(key.account.account_id))}
    if key.trust_line is not None:
        return {
            "trustline_account_id": address_of(account_from_xdr(key.trust_line.account_id)),
            "trustline_asset": asset_text(asset_from_xdr(key.trust_line.asset)),
        }
    if key.offer is not None:
        return {"offer_id": str(key.offer.offer_id.int64)}
    if key.data is not None:
        return {
            "data_account_id": address_of(account_from_xdr(key.data.account_id)),
            "data_name": key.data.data_name.string64.decode("utf-8", "replace"),
        }
    balance = key.claimable_balance
    return {} if balance is None else {"claimable_balance_id": balance.balance_id.to_xdr_bytes().hex()}


DETAILS: dict[int, Callable[[OpRecord], Fields]] = {
    0: payment_details.create_account,
    1: payment_details.payment,
    2: payment_details.path_receive,
    3: _offer,
    4: _offer,
    5: _set_options,
    6: _change_trust,
    7: _allow_trust,
    8: payment_details.merge,
    10: _data,
    11: _bump_sequence,
    12: _offer,
    13: payment_details.path_send,
    14: _create_claimable,
    15: _claim_balance,
    16: _begin,
    17: _end,
    18: _revoke,
    19: _clawback,
    20: _balance_id,
    21: _trust_flags,
}
