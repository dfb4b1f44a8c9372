"""Reads the payments of KIN out of an envelope that history shows."""

from decimal import Decimal

from stellar_sdk import Asset, FeeBumpTransactionEnvelope, Payment, Transaction, TransactionEnvelope

from kinpay_server.domain.amount import DECIMALS
from kinpay_server.domain.outcome import LedgerPayment


def payments_of_envelope(envelope: str, passphrase: str, asset: Asset) -> list[LedgerPayment]:
    """What payment operations of the asset pay, muxed accounts as the accounts that they belong to.

    Raises `ValueError` for what is no envelope.
    """
    transaction = _inner_transaction(envelope, passphrase)
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


def _inner_transaction(envelope: str, passphrase: str) -> Transaction:
    """The transaction, in a bump or alone. Raises `ValueError`."""
    try:
        if FeeBumpTransactionEnvelope.is_fee_bump_transaction_envelope(envelope):
            bump = FeeBumpTransactionEnvelope.from_xdr(envelope, passphrase)
            return bump.transaction.inner_transaction_envelope.transaction
        return TransactionEnvelope.from_xdr(envelope, passphrase).transaction
    except EOFError as error:
        raise ValueError("the envelope is cut off") from error
