"""The transaction that opens channels: root sponsors their reserves, so all XLM that they hold may go into fees."""

from collections.abc import Sequence
from decimal import Decimal

from stellar_sdk import (
    BeginSponsoringFutureReserves,
    CreateAccount,
    EndSponsoringFutureReserves,
    MuxedAccount,
    Operation,
    Preconditions,
    Transaction,
)
from stellar_sdk.xdr import EnvelopeType

from kinpay_server.domain.amount import DECIMALS
from kinpay_server.ledger.keys import AccountKey

MAX_SIGNATURES = 20
"""An envelope holds no more (XDR), and each new channel signs: 19 with root as source, 18 with a channel."""


def opening_transaction(
    source: AccountKey,
    *,
    root: AccountKey,
    channels: Sequence[AccountKey],
    starting_balance: int,
    fee: int,
    sequence: int,
    preconditions: Preconditions,
) -> bytes:
    """Envelope type and transaction in XDR. Raises `ValueError` for none or for more channels than can sign."""
    if not channels or len(opening_signers(source, root, channels)) > MAX_SIGNATURES:
        raise ValueError(f"cannot open {len(channels)} channels in one transaction")
    operations = [
        operation for channel in channels for operation in _opening(root.address, channel.address, starting_balance)
    ]
    transaction = Transaction(
        MuxedAccount.from_account(source.address), sequence, fee, operations, preconditions=preconditions, v1=True
    )
    return EnvelopeType.ENVELOPE_TYPE_TX.to_xdr_bytes() + transaction.to_xdr_object().to_xdr_bytes()


def opening_signers(source: AccountKey, root: AccountKey, channels: Sequence[AccountKey]) -> list[AccountKey]:
    """Who signs: the source, root as the sponsor, and each new channel, whose consent the sponsorship needs."""
    return [source, *([] if source is root else [root]), *channels]


def _opening(root: str, channel: str, starting_balance: int) -> tuple[Operation, Operation, Operation]:
    """Begin to sponsor, create, end to sponsor."""
    balance = Decimal(starting_balance).scaleb(-DECIMALS)
    return (
        BeginSponsoringFutureReserves(channel, source=root),
        CreateAccount(channel, balance, source=root),
        EndSponsoringFutureReserves(source=channel),
    )
