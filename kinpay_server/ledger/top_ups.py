"""The transaction that gives channels XLM for their fees: root pays, a channel carries it."""

from collections.abc import Sequence
from decimal import Decimal

from stellar_sdk import Asset, MuxedAccount, Payment, Preconditions, Transaction
from stellar_sdk.xdr import EnvelopeType

from kinpay_server.domain.amount import DECIMALS
from kinpay_server.ledger.keys import AccountKey
from kinpay_server.services.ports import TopUp


def top_up_transaction(
    source: AccountKey,
    *,
    root: AccountKey,
    top_ups: Sequence[TopUp],
    fee: int,
    sequence: int,
    preconditions: Preconditions,
) -> bytes:
    """Envelope type and transaction in XDR; amounts in stroops of XLM."""
    operations = [
        Payment(one.address, Asset.native(), Decimal(one.amount).scaleb(-DECIMALS), source=root.address)
        for one in top_ups
    ]
    transaction = Transaction(
        MuxedAccount.from_account(source.address), sequence, fee, operations, preconditions=preconditions, v1=True
    )
    return EnvelopeType.ENVELOPE_TYPE_TX.to_xdr_bytes() + transaction.to_xdr_object().to_xdr_bytes()
