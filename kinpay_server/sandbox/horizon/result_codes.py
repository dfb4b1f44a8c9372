"""The words that Horizon has for result codes."""

import struct
from functools import lru_cache
from typing import Any

from stellar_sdk import xdr

from ..core.results import Code, TxResult

_TX = {
    Code.txNO_ACCOUNT: "tx_no_source_account",
    Code.txBAD_MIN_SEQ_AGE_OR_GAP: "tx_bad_minseq_age_or_gap",
}

_OUTER = {
    xdr.OperationResultCode.opNO_ACCOUNT: "op_no_source_account",
}

_SPECIAL = {
    "CREATE_ACCOUNT_ALREADY_EXIST": "op_already_exists",
    "PATH_PAYMENT_STRICT_RECEIVE_OFFER_CROSS_SELF": "op_cross_self",
    "PATH_PAYMENT_STRICT_SEND_OFFER_CROSS_SELF": "op_cross_self",
    "PATH_PAYMENT_STRICT_RECEIVE_OVER_SENDMAX": "op_over_source_max",
    "PATH_PAYMENT_STRICT_SEND_UNDER_DESTMIN": "op_under_dest_min",
    "MANAGE_SELL_OFFER_SELL_NOT_AUTHORIZED": "sell_not_authorized",
    "MANAGE_SELL_OFFER_BUY_NOT_AUTHORIZED": "buy_not_authorized",
    "MANAGE_SELL_OFFER_BUY_NO_ISSUER": "buy_no_issuer",
    "MANAGE_SELL_OFFER_NOT_FOUND": "op_offer_not_found",
    "MANAGE_BUY_OFFER_SELL_NOT_AUTHORIZED": "sell_not_authorized",
    "MANAGE_BUY_OFFER_BUY_NOT_AUTHORIZED": "buy_not_authorized",
    "MANAGE_BUY_OFFER_BUY_NO_ISSUER": "buy_no_issuer",
    "MANAGE_BUY_OFFER_NOT_FOUND": "op_offer_not_found",
    "ALLOW_TRUST_NO_TRUST_LINE": "op_no_trust",
    "SET_TRUST_LINE_FLAGS_NO_TRUST_LINE": "op_no_trust",
    "CHANGE_TRUST_NOT_AUTH_MAINTAIN_LIABILITIES": "op_not_aut_maintain_liabilities",
    "CLAWBACK_CLAIMABLE_BALANCE_NOT_ISSUER": "op_no_issuer",
    "ALLOW_TRUST_TRUST_NOT_REQUIRED": "op_not_required",
    "ACCOUNT_MERGE_SEQNUM_TOO_FAR": "op_seq_num_too_far",
    "MANAGE_DATA_NAME_NOT_FOUND": "op_data_name_not_found",
    "MANAGE_DATA_INVALID_NAME": "op_data_invalid_name",
    "CLAWBACK_NOT_CLAWBACK_ENABLED": "op_not_clawback_enabled",
}

_RESULTS = {
    xdr.OperationType.CREATE_PASSIVE_SELL_OFFER: "MANAGE_SELL_OFFER",
}


def codes_of(result: TxResult) -> dict[str, Any]:
    """`extras.result_codes` of a failed transaction."""
    inner = result.innermost
    codes: dict[str, Any] = {"transaction": _transaction(result.code)}
    if result.inner is not None:
        codes["inner_transaction"] = _transaction(inner.code)
    if inner.operations:
        codes["operations"] = [_operation(op[:12]) for op in inner.operations]
    return codes


@lru_cache
def _transaction(code: int) -> str:
    found = Code(code)
    return _TX.get(found) or "tx_" + found.name.removeprefix("tx").lower()


@lru_cache(maxsize=1024)
def _operation(head: bytes) -> str:
    """From the first twelve bytes of an OperationResult."""
    outer = xdr.OperationResultCode(struct.unpack_from(">i", head)[0])
    if outer != xdr.OperationResultCode.opINNER:
        return _OUTER.get(outer) or "op_" + outer.name.removeprefix("op").lower()
    kind_number, code = struct.unpack_from(">ii", head, 4)
    if code == 0:
        return "op_success"
    kind = xdr.OperationType(kind_number)
    prefix = _RESULTS.get(kind, kind.name)
    enum = getattr(xdr, "".join(part.capitalize() for part in prefix.split("_")) + "ResultCode")
    name: str = enum(code).name
    return _SPECIAL.get(name) or "op_" + name.removeprefix(prefix + "_").lower()
