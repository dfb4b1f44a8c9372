"""A network of a later version: payments fail with codes that nobody here knows."""

import re
from random import Random

from stellar_sdk.xdr import OperationType, PaymentResultCode, TransactionResult

from kinpay_server.sandbox.horizon.records import TxRecord

_RESULT = re.compile(rb'"result_xdr": ?"([^"]+)"')


def disguised(document: bytes, shown: TxRecord, chance: float) -> bytes:
    """The document; of a payment that failed, with that chance, with another code than it has, always the same."""
    if not chance or shown.successful or Random(f"code of {_key(shown)}").random() >= chance:
        return document
    return _RESULT.sub(lambda found: b'"result_xdr": "' + _other(found[1].decode()).encode() + b'"', document)


def _key(shown: TxRecord) -> str:
    return shown.applied.envelope.innermost.hash.hex()


def _other(result_xdr: str) -> str:
    result = TransactionResult.from_xdr(result_xdr)
    pair = result.result.inner_result_pair
    results = (pair.result.result if pair is not None else result.result).results
    for one in results or ():
        if one.tr is not None and one.tr.type is OperationType.PAYMENT and one.tr.payment_result is not None:
            one.tr.payment_result.code = PaymentResultCode.PAYMENT_NO_ISSUER
    return result.to_xdr()
