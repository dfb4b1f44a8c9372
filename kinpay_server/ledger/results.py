"""What core says in a `TransactionResult`, in Horizon's words, and what that means."""

from dataclasses import dataclass

from stellar_sdk.xdr import OperationResult, TransactionResult

from kinpay_server.domain.outcome import Failure
from kinpay_server.ledger.codes import operation_name, transaction_name
from kinpay_server.ledger.outcomes import meaning


class MalformedResult(ValueError):
    """The XDR is no `TransactionResult`."""


@dataclass(frozen=True, slots=True)
class ResultCodes:
    """The codes of one result. `inner` is None unless a fee bump's inner transaction has a result of its own.

    `operations` are the codes of all operations, in order; empty when none was looked at. `fee_charged` is in stroops.
    """

    transaction: str
    inner: str | None
    operations: tuple[str, ...]
    fee_charged: int

    @property
    def telling(self) -> str:
        """The code that says most: of the first operation that failed, else of the inner, else of the transaction."""
        failed = self.failed_operation
        return self.operations[failed] if failed is not None else self.inner or self.transaction

    @property
    def failed_operation(self) -> int | None:
        """The index of the first operation that failed."""
        return next((index for index, code in enumerate(self.operations) if code != "op_success"), None)


def decode_result(result_xdr: str) -> ResultCodes:
    """Read a `TransactionResult` in base64. Raises `MalformedResult`."""
    try:
        result = TransactionResult.from_xdr(result_xdr)
    except Exception as error:  # The SDK raises what its parts happen to raise.
        raise MalformedResult(f"not a transaction result: {error!r}") from error
    outer = result.result
    pair = outer.inner_result_pair
    inner = None if pair is None else pair.result.result
    operations = (outer.results if inner is None else inner.results) or []
    return ResultCodes(
        transaction=transaction_name(outer.code.name),
        inner=None if inner is None else transaction_name(inner.code.name),
        operations=tuple(_operation_code(operation) for operation in operations),
        fee_charged=result.fee_charged.int64,
    )


def failure_of(result_xdr: str) -> Failure:
    """Why an applied transaction failed. A result that cannot be read is of nobody's fault: hold and shout."""
    try:
        codes = decode_result(result_xdr)
    except MalformedResult as error:
        return _failure("malformed result", str(error))
    known = meaning(codes.telling)
    return Failure(
        code=codes.telling,
        fault=known.fault,
        reason=known.reason,
        uses_sequence="tx_failed" in (codes.transaction, codes.inner),
        operation=codes.failed_operation,
    )


def _failure(code: str, reason: str) -> Failure:
    return Failure(code=code, fault=meaning(code).fault, reason=reason, uses_sequence=False)


def _operation_code(operation: OperationResult) -> str:
    """Horizon's name: the outer code, or of an operation that was applied the code inside, whatever its kind."""
    if operation.tr is None:
        return operation_name(operation.code.name)
    inside = next(part for name, part in vars(operation.tr).items() if name != "type" and part is not None)
    return operation_name(inside.code.name)
