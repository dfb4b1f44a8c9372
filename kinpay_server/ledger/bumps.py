"""The fee bump: root pays a higher fee around an attempt's envelope.

It has a hash of its own and the same inner transaction, so it cannot pay twice, whatever becomes of either of them.
"""

from base64 import b64decode
from struct import Struct

from stellar_sdk.xdr import EnvelopeType, TransactionEnvelope

from kinpay_server.domain.attempt import Attempt, Purpose
from kinpay_server.ledger.envelopes import SignedEnvelope, sign_envelope
from kinpay_server.ledger.keys import AccountKey

_FEE = Struct(">q")
_NO_EXTENSION = b"\x00\x00\x00\x00"
_HEAD = EnvelopeType.ENVELOPE_TYPE_TX_FEE_BUMP.to_xdr_bytes()


def fee_bump(attempt: Attempt, bid: int, *, root: AccountKey, network: bytes) -> SignedEnvelope:
    """The attempt's envelope in a bump of root that bids `bid` stroops for each operation; the same bytes every time.

    A bump counts as one operation more (ledger-facts), so its fee is `bid` times (operations + 1). The ledger refuses
    a bid that is lower than what the inner transaction bids by itself.
    """
    fee = bid * (operation_count(attempt) + 1)
    inner = b64decode(attempt.envelope)
    return sign_envelope(network, b"".join((_HEAD, root.muxed, _FEE.pack(fee), inner, _NO_EXTENSION)), [root])


def operation_count(attempt: Attempt) -> int:
    """How many operations an attempt's own transaction has."""
    if attempt.purpose in (Purpose.PAYMENT, Purpose.WALLET):
        return 1
    envelope = TransactionEnvelope.from_xdr(attempt.envelope)
    if envelope.v1 is None:
        raise ValueError("an attempt's envelope is a plain transaction")
    return len(envelope.v1.tx.operations)
