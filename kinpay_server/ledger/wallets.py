"""The transaction that creates a wallet: the channel is its source, root gives the new account its XLM.

Packed as a payment is (`ledger.transactions`), so that it costs no more.
"""

from struct import Struct

from stellar_sdk.xdr import EnvelopeType, OperationType

from kinpay_server.ledger.keys import AccountKey
from kinpay_server.ledger.transactions import FEE_AND_SEQUENCE, ONE_OPERATION, PRESENT, pack_account, pack_text_memo

_BALANCE_AND_EXTENSIONS = Struct(">qi")


class WalletTemplate:
    """What all creations by a root account have in common, as XDR."""

    def __init__(self, root: AccountKey) -> None:
        self._head = EnvelopeType.ENVELOPE_TYPE_TX.to_xdr_bytes()
        self._operation = ONE_OPERATION + PRESENT + root.muxed + OperationType.CREATE_ACCOUNT.to_xdr_bytes()

    def fill(
        self,
        channel: AccountKey,
        *,
        fee: int,
        sequence: int,
        preconditions: bytes,
        memo: str,
        address: str,
        starting_balance: int,
    ) -> bytes:
        """Envelope type and transaction in XDR. `fee` and `starting_balance` are in stroops of XLM."""
        return b"".join(
            (
                self._head,
                channel.muxed,
                FEE_AND_SEQUENCE.pack(fee, sequence),
                preconditions,
                pack_text_memo(memo),
                self._operation,
                pack_account(address),
                _BALANCE_AND_EXTENSIONS.pack(starting_balance, 0),
            )
        )
