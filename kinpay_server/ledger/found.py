"""Reads the payments of KIN out of an envelope that history shows."""

from decimal import Decimal

from stellar_sdk import Asset, FeeBumpTransaction, Payment, TransactionEnvelope
from stellar_sdk.helpers import parse_transaction_envelope_from_xdr

from kinpay_server.domain.amount import DECIMALS
from kinpay_server.domain.outcome import LedgerPayment


def payments_of_envelope(envelope: str, passphrase: str, asset: Asset) -> list[LedgerPayment]:
    """What payment operations of the asset pay, muxed accounts as the accounts that they belong to.

    Raises `ValueError` for what is no envelope.
    """
    parsed = parse_transaction_envelope_from_xdr(envelope, passphrase)
    inner = parsed.transaction
    if isinstance(inner, FeeBumpTransaction):
        transaction = inner.inner_transaction_envelope.transaction
    else:
        assert isinstance(parsed, TransactionEnvelope)  # noqa: S101 - the only other kind
        transaction = parsed.transaction
    source = transaction.source.account_id
    return [
        LedgerPayment(
            sender=operation.source.account_id if operation.source else source,
            recipient=operation.destination.account_id,
            amount=int(Decimal(operation.amount).scaleb(DECIMALS)),
        )
        for operation in transaction.operations
        if isinstance(operation, Payment) and operation.asset == asset
    ]
