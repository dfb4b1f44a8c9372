from typing import Any

import pytest
from stellar_sdk import xdr as stellar_xdr

from kinpay_server.domain.outcome import Fault, Verdict
from kinpay_server.ledger.codes import OPERATION_NAMES, TRANSACTION_NAMES
from kinpay_server.ledger.outcomes import TABLE, http_code, meaning, meaning_of_http

OPERATION_ENUMERATIONS = [
    stellar_xdr.OperationResultCode,
    stellar_xdr.PaymentResultCode,
    stellar_xdr.CreateAccountResultCode,
    stellar_xdr.BeginSponsoringFutureReservesResultCode,
    stellar_xdr.EndSponsoringFutureReservesResultCode,
]


@pytest.mark.parametrize("code", stellar_xdr.TransactionResultCode, ids=lambda code: code.name)
def test_every_result_code_of_a_transaction_has_a_class(code: Any):
    assert TRANSACTION_NAMES[code.name] in TABLE


@pytest.mark.parametrize(
    "code", [code for enumeration in OPERATION_ENUMERATIONS for code in enumeration], ids=lambda code: code.name
)
def test_every_result_code_of_an_operation_that_we_send_has_a_class(code: Any):
    assert OPERATION_NAMES[code.name] in TABLE


def test_no_name_in_the_maps_is_one_that_the_enumerations_do_not_have():
    known = {code.name for enumeration in OPERATION_ENUMERATIONS for code in enumeration}
    assert set(OPERATION_NAMES) == known
    assert set(TRANSACTION_NAMES) == {code.name for code in stellar_xdr.TransactionResultCode}


@pytest.mark.parametrize(
    ("fault", "codes"),
    [
        (
            Fault.RECIPIENT,
            {"op_no_destination", "op_no_trust", "op_not_authorized", "op_line_full", "op_already_exists"},
        ),
        (
            Fault.OURS,
            {"op_underfunded", "op_low_reserve", "op_src_no_trust", "op_src_not_authorized", "tx_insufficient_balance"},
        ),
        (Fault.SERIOUS, {"tx_bad_auth", "op_bad_auth", "tx_bad_auth_extra"}),
    ],
)
def test_the_faults_on_the_ledger_are_those_of_the_list_and_no_others(fault: Fault, codes: set[str]):
    on_ledger = {code for code in TABLE if code.startswith(("tx_", "op_"))}
    assert {code for code in on_ledger if TABLE[code].fault is fault} == codes


@pytest.mark.parametrize(
    ("verdict", "codes"),
    [
        (Verdict.QUEUED, {"PENDING", "DUPLICATE"}),
        (Verdict.BID_HIGHER, {"tx_insufficient_fee"}),
        (Verdict.CHANNEL_SHORT, {"tx_insufficient_balance"}),
        (Verdict.SERIOUS, {"tx_bad_auth", "op_bad_auth", "tx_bad_auth_extra"}),
    ],
)
def test_the_verdicts_that_make_us_act_have_these_codes_and_no_others(verdict: Verdict, codes: set[str]):
    assert {code for code, known in TABLE.items() if known.verdict is verdict} == codes


@pytest.mark.parametrize("code", ["tx_bad_seq", "tx_too_late", "tx_too_early", "TRY_AGAIN_LATER"])
def test_a_refusal_that_applied_payments_get_too_says_to_ask(code: str):
    assert meaning(code).verdict is Verdict.ASK


@pytest.mark.parametrize("code", sorted(code for code, known in TABLE.items() if known.fault is Fault.RECIPIENT))
def test_a_fault_of_the_recipient_is_none_before_the_ledger_shows_it(code: str):
    assert meaning(code).verdict is Verdict.ASK


def test_only_codes_of_the_ledger_can_be_the_recipients_fault():
    assert all(code.startswith("op_") for code, known in TABLE.items() if known.fault is Fault.RECIPIENT)


@pytest.mark.parametrize("code", ["tx_new_in_protocol_30", "op_new", "FILED", ""])
def test_a_code_that_nobody_listed_is_held_and_shouted_about(code: str):
    assert (meaning(code).verdict, meaning(code).fault) == (Verdict.UNKNOWN, Fault.UNKNOWN)


@pytest.mark.parametrize("status", range(500, 600))
def test_no_error_of_a_server_but_a_worded_503_says_that_nothing_was_sent(status: int):
    assert meaning_of_http(status).verdict is (Verdict.NOT_SENT if status == 503 else Verdict.ASK)


@pytest.mark.parametrize("status", [402, 410, 418, 422, 451])
def test_a_status_that_nobody_listed_is_held_and_shouted_about(status: int):
    assert meaning_of_http(status).verdict is Verdict.UNKNOWN
    assert str(status) in meaning_of_http(status).reason


@pytest.mark.parametrize("status", [301, 302, 307, 308, 401, 403, 404, 405, 415])
def test_a_wrong_setting_makes_payments_wait(status: int):
    assert meaning(http_code(status)).verdict is Verdict.OURS


def test_every_reason_is_a_sentence_without_codes():
    assert all(known.reason and "_" not in known.reason for known in TABLE.values())


def test_the_client_of_a_payment_without_trustline_is_told_so():
    assert meaning("op_no_trust").reason == "the recipient has no trustline for KIN"


def test_the_contract_fixes_the_reason_for_a_wallet_that_exists():
    assert meaning("op_already_exists").reason == "account exists"
