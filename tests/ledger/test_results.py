from typing import Any

import pytest
from stellar_sdk import xdr as stellar_xdr
from stellar_sdk.xdr import OperationResultCode, OperationType, TransactionResultCode

from kinpay_server.domain.outcome import Fault
from kinpay_server.ledger.codes import OPERATION_NAMES, TRANSACTION_NAMES
from kinpay_server.ledger.results import MalformedResult, decode_result, failure_of

WITH_OPERATIONS = {TransactionResultCode.txSUCCESS, TransactionResultCode.txFAILED}
BUMPS = {TransactionResultCode.txFEE_BUMP_INNER_SUCCESS, TransactionResultCode.txFEE_BUMP_INNER_FAILED}
PLAIN = [code for code in TransactionResultCode if code not in BUMPS]
INSIDE = [
    (OperationType.PAYMENT, "payment_result", stellar_xdr.PaymentResult, stellar_xdr.PaymentResultCode),
    (
        OperationType.CREATE_ACCOUNT,
        "create_account_result",
        stellar_xdr.CreateAccountResult,
        stellar_xdr.CreateAccountResultCode,
    ),
    (
        OperationType.BEGIN_SPONSORING_FUTURE_RESERVES,
        "begin_sponsoring_future_reserves_result",
        stellar_xdr.BeginSponsoringFutureReservesResult,
        stellar_xdr.BeginSponsoringFutureReservesResultCode,
    ),
    (
        OperationType.END_SPONSORING_FUTURE_RESERVES,
        "end_sponsoring_future_reserves_result",
        stellar_xdr.EndSponsoringFutureReservesResult,
        stellar_xdr.EndSponsoringFutureReservesResultCode,
    ),
]


def operation(kind: OperationType, field: str, result: Any) -> stellar_xdr.OperationResult:
    return stellar_xdr.OperationResult(
        OperationResultCode.opINNER, stellar_xdr.OperationResultTr(kind, **{field: result})
    )


def paid(code: stellar_xdr.PaymentResultCode) -> stellar_xdr.OperationResult:
    return operation(OperationType.PAYMENT, "payment_result", stellar_xdr.PaymentResult(code))


def result(code: TransactionResultCode, operations: Any = None, fee: int = 100, pair: Any = None) -> str:
    outcome = stellar_xdr.TransactionResultResult(
        code, results=operations if code in WITH_OPERATIONS else None, inner_result_pair=pair
    )
    extension = stellar_xdr.TransactionResultExt(0)
    return stellar_xdr.TransactionResult(stellar_xdr.Int64(fee), outcome, extension).to_xdr()


def bumped(code: TransactionResultCode, operations: Any = None) -> str:
    inner = stellar_xdr.InnerTransactionResult(
        stellar_xdr.Int64(100),
        stellar_xdr.InnerTransactionResultResult(code, results=operations if code in WITH_OPERATIONS else None),
        stellar_xdr.InnerTransactionResultExt(0),
    )
    pair = stellar_xdr.InnerTransactionResultPair(stellar_xdr.Hash(b"h" * 32), inner)
    return result(TransactionResultCode.txFEE_BUMP_INNER_FAILED, fee=200, pair=pair)


@pytest.mark.parametrize("code", PLAIN, ids=lambda code: code.name)
def test_a_transactions_code_has_horizons_name(code: TransactionResultCode):
    codes = decode_result(result(code, [], fee=321))
    assert (codes.transaction, codes.inner, codes.operations) == (TRANSACTION_NAMES[code.name], None, ())
    assert (codes.telling, codes.fee_charged) == (codes.transaction, 321)


@pytest.mark.parametrize("code", PLAIN, ids=lambda code: code.name)
def test_inside_a_bump_the_inner_code_is_the_telling_one(code: TransactionResultCode):
    codes = decode_result(bumped(code, []))
    assert (codes.transaction, codes.telling) == ("tx_fee_bump_inner_failed", TRANSACTION_NAMES[code.name])
    assert codes.fee_charged == 200


@pytest.mark.parametrize(
    ("kind", "field", "shape", "code"),
    [(kind, field, shape, code) for kind, field, shape, enumeration in INSIDE for code in enumeration],
    ids=lambda value: getattr(value, "name", None),
)
def test_an_operations_code_has_horizons_name_alone_and_in_a_bump(kind: Any, field: str, shape: Any, code: Any):
    operations = [operation(kind, field, shape(code))]
    for encoded in (
        result(TransactionResultCode.txFAILED, operations),
        bumped(TransactionResultCode.txFAILED, operations),
    ):
        assert decode_result(encoded).operations == (OPERATION_NAMES[code.name],)


@pytest.mark.parametrize(
    "code",
    [code for code in OperationResultCode if code is not OperationResultCode.opINNER],
    ids=lambda code: code.name,
)
def test_an_operation_that_was_not_applied_has_horizons_name_too(code: OperationResultCode):
    codes = decode_result(result(TransactionResultCode.txFAILED, [stellar_xdr.OperationResult(code)]))
    assert codes.telling == OPERATION_NAMES[code.name]


def test_the_first_operation_that_failed_tells():
    codes = [stellar_xdr.PaymentResultCode.PAYMENT_SUCCESS, stellar_xdr.PaymentResultCode.PAYMENT_NO_TRUST]
    failure = failure_of(result(TransactionResultCode.txFAILED, [paid(code) for code in [*codes, *codes]]))
    assert (failure.code, failure.operation, failure.fault) == ("op_no_trust", 1, Fault.RECIPIENT)


def test_a_failed_operation_proves_that_the_number_was_used_also_in_a_bump():
    operations = [paid(stellar_xdr.PaymentResultCode.PAYMENT_NO_DESTINATION)]
    assert failure_of(result(TransactionResultCode.txFAILED, operations)).uses_sequence
    assert failure_of(bumped(TransactionResultCode.txFAILED, operations)).uses_sequence


@pytest.mark.parametrize("code", [code for code in PLAIN if code not in WITH_OPERATIONS], ids=lambda code: code.name)
def test_no_other_code_proves_that_the_number_was_used(code: TransactionResultCode):
    assert not failure_of(result(code)).uses_sequence
    assert not failure_of(bumped(code)).uses_sequence
    assert failure_of(result(code)).operation is None


def test_an_operation_of_somebody_elses_making_is_held():
    merged = stellar_xdr.AccountMergeResult(stellar_xdr.AccountMergeResultCode.ACCOUNT_MERGE_HAS_SUB_ENTRIES)
    operations = [operation(OperationType.ACCOUNT_MERGE, "account_merge_result", merged)]
    failure = failure_of(result(TransactionResultCode.txFAILED, operations))
    assert (failure.code, failure.fault) == ("ACCOUNT_MERGE_HAS_SUB_ENTRIES", Fault.UNKNOWN)


def test_a_success_of_somebody_elses_making_is_not_the_one_that_failed():
    changed = stellar_xdr.ChangeTrustResult(stellar_xdr.ChangeTrustResultCode.CHANGE_TRUST_SUCCESS)
    operations = [
        operation(OperationType.CHANGE_TRUST, "change_trust_result", changed),
        paid(stellar_xdr.PaymentResultCode.PAYMENT_LINE_FULL),
    ]
    assert failure_of(result(TransactionResultCode.txFAILED, operations)).operation == 1


@pytest.mark.parametrize("text", ["", "AAAA", "not base64 at all", "AAAAAAAAAGT////3AAAAA", "AAAAAAAAAGQAAAB4AAAAAA=="])
def test_what_is_no_result_is_an_error_and_a_failure_of_nobody(text: str):
    with pytest.raises(MalformedResult):
        decode_result(text)
    assert failure_of(text).fault is Fault.UNKNOWN
    assert not failure_of(text).uses_sequence
