"""Results as core makes them: XDR bytes for operations and transactions, and what a refusal says."""

import struct
from typing import NamedTuple

from stellar_sdk import xdr

Code = xdr.TransactionResultCode

OP_BAD_AUTH = struct.pack(">i", xdr.OperationResultCode.opBAD_AUTH)
OP_NO_ACCOUNT = struct.pack(">i", xdr.OperationResultCode.opNO_ACCOUNT)
OP_NOT_SUPPORTED = struct.pack(">i", xdr.OperationResultCode.opNOT_SUPPORTED)
OP_TOO_MANY_SUBENTRIES = struct.pack(">i", xdr.OperationResultCode.opTOO_MANY_SUBENTRIES)
OP_EXCEEDED_WORK_LIMIT = struct.pack(">i", xdr.OperationResultCode.opEXCEEDED_WORK_LIMIT)
OP_TOO_MANY_SPONSORING = struct.pack(">i", xdr.OperationResultCode.opTOO_MANY_SPONSORING)


def op_result(op_type: int, code: int, payload: bytes = b"") -> bytes:
    """OperationResult with opINNER: what an operation of that type came to."""
    return struct.pack(">iii", 0, op_type, code) + payload


def succeeded(result: bytes) -> bool:
    """Whether an OperationResult tells of success."""
    return result[:4] == b"\0\0\0\0" and result[8:12] == b"\0\0\0\0"


class TxResult(NamedTuple):
    """A transaction's result. `operations` are OperationResults; `inner` belongs to a fee bump."""

    fee: int
    code: int
    operations: tuple[bytes, ...] = ()
    inner_hash: bytes = b""
    inner: "TxResult | None" = None

    @property
    def successful(self) -> bool:
        """Whether everything in it was done."""
        return self.code in (Code.txSUCCESS, Code.txFEE_BUMP_INNER_SUCCESS)

    @property
    def name(self) -> str:
        """The code's name in the protocol."""
        return Code(self.code).name

    @property
    def innermost(self) -> "TxResult":
        """The result that holds those of the operations."""
        return self.inner if self.inner is not None else self

    def to_xdr(self) -> bytes:
        """XDR bytes of TransactionResult (InnerTransactionResult has the same form)."""
        head = struct.pack(">qi", self.fee, self.code)
        if self.inner is not None:
            return head + self.inner_hash + self.inner.to_xdr() + b"\0\0\0\0"
        if self.code in (Code.txSUCCESS, Code.txFAILED):
            head += struct.pack(">I", len(self.operations)) + b"".join(self.operations)
        return head + b"\0\0\0\0"


def bump_result(fee: int, inner_hash: bytes, inner: TxResult) -> TxResult:
    """The result of a fee bump around a transaction that came to `inner`."""
    good = inner.code == Code.txSUCCESS
    code = Code.txFEE_BUMP_INNER_SUCCESS if good else Code.txFEE_BUMP_INNER_FAILED
    return TxResult(fee, code, (), inner_hash, inner)
