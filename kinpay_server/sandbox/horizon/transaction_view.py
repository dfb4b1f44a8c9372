"""A transaction as Horizon shows it."""

import base64
from typing import Any

from stellar_sdk import StrKey, xdr

from ..core.envelope import Envelope
from .links import link, paged
from .records import TxRecord
from .values import account_fields, text_of


def transaction(tx: TxRecord, base: str, asked: str | None = None) -> dict[str, Any]:
    """The document. `asked` is the hash that was asked for: a bump can be found by its inner one, and then shows it."""
    shown = asked or tx.hash
    envelope, token = tx.applied.envelope, tx.token
    own = f"{base}/transactions/{shown}"
    inner_asked = tx.inner_hash is not None and shown == tx.inner_hash
    signed = envelope.innermost if inner_asked else envelope
    body: dict[str, Any] = memo_fields(envelope.memo)
    body["_links"] = {
        "self": link(own),
        "account": link(f"{base}/accounts/{account_fields('a', envelope.source, None)['a']}"),
        "ledger": link(f"{base}/ledgers/{tx.ledger.header.sequence}"),
        "operations": paged(own + "/operations"),
        "effects": paged(own + "/effects"),
        "precedes": link(f"{base}/transactions?order=asc&cursor={token}"),
        "succeeds": link(f"{base}/transactions?order=desc&cursor={token}"),
        "transaction": link(own),
    }
    body |= {
        "id": shown,
        "paging_token": str(token),
        "successful": tx.successful,
        "hash": shown,
        "ledger": tx.ledger.header.sequence,
        "created_at": tx.ledger.closed_at,
        **_account("source_account", "account", envelope.source, envelope.source_muxed),
        "source_account_sequence": str(envelope.sequence),
        **account_fields("fee_account", envelope.fee_source, envelope.fee_source_muxed),
        "fee_charged": str(tx.applied.fee),
        "max_fee": str(envelope.fee),
        "operation_count": envelope.count,
        "envelope_xdr": envelope.text,
        "result_xdr": tx.result_xdr,
        "result_meta_xdr": tx.meta_xdr,
        "fee_meta_xdr": tx.fee_meta_xdr,
        "memo_type": _memo_type(envelope.memo),
        "signatures": _signatures(signed),
    }
    conditions = _preconditions(envelope.innermost)
    if conditions:
        body["preconditions"] = conditions
    if envelope.inner is not None:
        body["fee_bump_transaction"] = {"hash": tx.hash, "signatures": _signatures(envelope)}
        body["inner_transaction"] = {
            "hash": tx.inner_hash,
            "signatures": _signatures(envelope.inner),
            "max_fee": str(envelope.inner.fee),
        }
    return body


def memo_fields(memo: xdr.Memo | None) -> dict[str, Any]:
    """The memo; text comes as bytes too. Nothing if there is none."""
    if memo is None or memo.type == xdr.MemoType.MEMO_NONE:
        return {}
    if memo.text is not None:
        return {"memo": text_of(memo.text), "memo_bytes": base64.b64encode(memo.text).decode()}
    if memo.id is not None:
        return {"memo": str(memo.id.uint64)}
    value = memo.hash if memo.hash is not None else memo.ret_hash
    assert value is not None  # noqa: S101 - no other kind of memo
    return {"memo": base64.b64encode(value.hash).decode()}


_MEMO_TYPES = {0: "none", 1: "text", 2: "id", 3: "hash", 4: "return"}


def _memo_type(memo: xdr.Memo | None) -> str:
    return "none" if memo is None else _MEMO_TYPES[memo.type.value]


def _account(name: str, muxed_name: str, key: bytes, number: int | None) -> dict[str, Any]:
    """Horizon calls a muxed source `account_muxed`."""
    fields = account_fields(muxed_name, key, number)
    return {name: fields.pop(muxed_name), **fields}


def _signatures(envelope: Envelope) -> list[str]:
    return [base64.b64encode(signature).decode() for _, signature in envelope.signatures]


def _preconditions(tx: Envelope) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if tx.time_bounds is not None:
        least, most = tx.time_bounds
        found["timebounds"] = {"min_time": str(least), **({"max_time": str(most)} if most else {})}
    if tx.ledger_bounds is not None:
        first, last = tx.ledger_bounds
        found["ledgerbounds"] = {"min_ledger": first, **({"max_ledger": last} if last else {})}
    if tx.min_sequence is not None:
        found["min_account_sequence"] = str(tx.min_sequence)
    if tx.min_sequence_age:
        found["min_account_sequence_age"] = str(tx.min_sequence_age)
    if tx.min_sequence_gap:
        found["min_account_sequence_ledger_gap"] = tx.min_sequence_gap
    if tx.extra_signers:
        found["extra_signers"] = [signer_address(signer.to_xdr_bytes()) for signer in tx.extra_signers]
    return found


def signer_address(key: bytes) -> str:
    """G..., T..., X... or P... of a SignerKey in XDR."""
    kind, rest = key[3], key[4:]
    if kind == 0:
        return StrKey.encode_ed25519_public_key(rest)
    if kind == 1:
        return StrKey.encode_pre_auth_tx(rest)
    if kind == 2:
        return StrKey.encode_sha256_hash(rest)
    return StrKey.encode_ed25519_signed_payload(rest)
