"""Reads what an envelope that history shows has done."""

from decimal import Decimal

from stellar_sdk import (
    AccountMerge,
    Asset,
    BumpSequence,
    CreateAccount,
    FeeBumpTransactionEnvelope,
    Operation,
    Payment,
    Transaction,
    TransactionEnvelope,
)

from kinpay_server.domain.amount import DECIMALS
from kinpay_server.domain.outcome import LedgerPayment


def payments_of_envelope(envelope: str, passphrase: str, asset: Asset) -> list[LedgerPayment]:
    """What payment operations of the asset pay, muxed accounts as the accounts that they belong to.

    Raises `ValueError` for what is no envelope.
    """
    transaction = _transaction_of(envelope, passphrase)
    return [
        LedgerPayment(
            sender=_source_of(operation, transaction),
            recipient=operation.destination.account_id,
            amount=int(Decimal(operation.amount).scaleb(DECIMALS)),
        )
        for operation in transaction.operations
        if isinstance(operation, Payment) and operation.asset == asset
    ]


def acts_for(envelope: str, passphrase: str, address: str) -> bool:
    """Whether an operation is that account's, by the operation or by its transaction.

    Raises `ValueError` for what is no envelope.
    """
    transaction = _transaction_of(envelope, passphrase)
    return any(_source_of(operation, transaction) == address for operation in transaction.operations)


def creates(envelope: str, passphrase: str, address: str) -> bool:
    """Whether its operations create the account. Raises `ValueError` for what is no envelope."""
    operations = _transaction_of(envelope, passphrase).operations
    return any(isinstance(one, CreateAccount) and one.destination == address for one in operations)


def leaps(envelope: str, passphrase: str, sequence: int) -> bool:
    """Whether its source's number may be below `sequence` when it is applied (`minSeqNum`, CAP-21).

    Raises `ValueError` for what is no envelope.
    """
    conditions = _transaction_of(envelope, passphrase).preconditions
    least = None if conditions is None else conditions.min_sequence_number
    return least is not None and least < sequence


def takes_number(envelope: str, passphrase: str, address: str, sequence: int, ledger: int) -> bool:
    """Whether its operations, in that ledger, end what the number could be used for.

    They raise the account's own to it or beyond, or merge the account: the numbers of one that is made anew begin at
    its ledger's, shifted, so a higher one belongs to a later life. Raises `ValueError` for what is no envelope.
    """
    transaction = _transaction_of(envelope, passphrase)
    return any(
        (isinstance(operation, AccountMerge) and sequence <= ledger << 32)
        or (isinstance(operation, BumpSequence) and operation.bump_to >= sequence)
        for operation in transaction.operations
        if _source_of(operation, transaction) == address
    )


def _transaction_of(envelope: str, passphrase: str) -> Transaction:
    """The transaction of an envelope, in a bump or alone."""
    try:
        if FeeBumpTransactionEnvelope.is_fee_bump_transaction_envelope(envelope):
            bump = FeeBumpTransactionEnvelope.from_xdr(envelope, passphrase)
            return bump.transaction.inner_transaction_envelope.transaction
        return TransactionEnvelope.from_xdr(envelope, passphrase).transaction
    except EOFError as error:
        raise ValueError("the envelope is cut off") from error


def _source_of(operation: Operation, transaction: Transaction) -> str:
    """The account that an operation acts for."""
    return operation.source.account_id if operation.source else transaction.source.account_id
