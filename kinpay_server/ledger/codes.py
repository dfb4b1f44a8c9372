"""Horizon's names for core's result codes, by the names of the XDR enumerations (Horizon, `internal/codes`).

By name, because members of different enumerations are equal integers.
"""

from collections.abc import Mapping

TRANSACTION_NAMES: Mapping[str, str] = {
    "txFEE_BUMP_INNER_SUCCESS": "tx_fee_bump_inner_success",
    "txSUCCESS": "tx_success",
    "txFAILED": "tx_failed",
    "txTOO_EARLY": "tx_too_early",
    "txTOO_LATE": "tx_too_late",
    "txMISSING_OPERATION": "tx_missing_operation",
    "txBAD_SEQ": "tx_bad_seq",
    "txBAD_AUTH": "tx_bad_auth",
    "txINSUFFICIENT_BALANCE": "tx_insufficient_balance",
    "txNO_ACCOUNT": "tx_no_source_account",
    "txINSUFFICIENT_FEE": "tx_insufficient_fee",
    "txBAD_AUTH_EXTRA": "tx_bad_auth_extra",
    "txINTERNAL_ERROR": "tx_internal_error",
    "txNOT_SUPPORTED": "tx_not_supported",
    "txFEE_BUMP_INNER_FAILED": "tx_fee_bump_inner_failed",
    "txBAD_SPONSORSHIP": "tx_bad_sponsorship",
    "txBAD_MIN_SEQ_AGE_OR_GAP": "tx_bad_minseq_age_or_gap",
    "txMALFORMED": "tx_malformed",
    "txSOROBAN_INVALID": "tx_soroban_invalid",
    "txFROZEN_KEY_ACCESSED": "tx_frozen_key_accessed",
}

OPERATION_NAMES: Mapping[str, str] = {
    "opINNER": "op_inner",
    "opBAD_AUTH": "op_bad_auth",
    "opNO_ACCOUNT": "op_no_source_account",
    "opNOT_SUPPORTED": "op_not_supported",
    "opTOO_MANY_SUBENTRIES": "op_too_many_subentries",
    "opEXCEEDED_WORK_LIMIT": "op_exceeded_work_limit",
    "opTOO_MANY_SPONSORING": "op_too_many_sponsoring",
    "PAYMENT_SUCCESS": "op_success",
    "PAYMENT_MALFORMED": "op_malformed",
    "PAYMENT_UNDERFUNDED": "op_underfunded",
    "PAYMENT_SRC_NO_TRUST": "op_src_no_trust",
    "PAYMENT_SRC_NOT_AUTHORIZED": "op_src_not_authorized",
    "PAYMENT_NO_DESTINATION": "op_no_destination",
    "PAYMENT_NO_TRUST": "op_no_trust",
    "PAYMENT_NOT_AUTHORIZED": "op_not_authorized",
    "PAYMENT_LINE_FULL": "op_line_full",
    "PAYMENT_NO_ISSUER": "op_no_issuer",
    "CREATE_ACCOUNT_SUCCESS": "op_success",
    "CREATE_ACCOUNT_MALFORMED": "op_malformed",
    "CREATE_ACCOUNT_UNDERFUNDED": "op_underfunded",
    "CREATE_ACCOUNT_LOW_RESERVE": "op_low_reserve",
    "CREATE_ACCOUNT_ALREADY_EXIST": "op_already_exists",
    "BEGIN_SPONSORING_FUTURE_RESERVES_SUCCESS": "op_success",
    "BEGIN_SPONSORING_FUTURE_RESERVES_MALFORMED": "op_malformed",
    "BEGIN_SPONSORING_FUTURE_RESERVES_ALREADY_SPONSORED": "op_already_sponsored",
    "BEGIN_SPONSORING_FUTURE_RESERVES_RECURSIVE": "op_recursive",
    "END_SPONSORING_FUTURE_RESERVES_SUCCESS": "op_success",
    "END_SPONSORING_FUTURE_RESERVES_NOT_SPONSORED": "op_not_sponsored",
}


def transaction_name(xdr_name: str) -> str:
    """Horizon's name of a transaction's result code; the XDR name itself when it is new to us."""
    return TRANSACTION_NAMES.get(xdr_name, xdr_name)


def operation_name(xdr_name: str) -> str:
    """Horizon's name of an operation's result code; of operations that we do not send, the XDR name.

    Successes of those are `op_success`, as the name must not make a successful operation look like the failed one.
    """
    if xdr_name.endswith("_SUCCESS"):
        return "op_success"
    return OPERATION_NAMES.get(xdr_name, xdr_name)
