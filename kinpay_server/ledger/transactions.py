"""The transaction of a payment: the channel is its source, root the source of its one payment operation.

The SDK's builder takes ten times as long as the two signatures. So what is the same in all payments is packed once by
the SDK, and the few fields that differ are filled in between; a test holds the result equal to the builder's.
"""

from base64 import b32decode
from functools import lru_cache
from struct import Struct

from stellar_sdk import Asset, LedgerBounds, Preconditions, TimeBounds
from stellar_sdk.xdr import CryptoKeyType, EnvelopeType, OperationType

from kinpay_server.domain.address import is_account_id
from kinpay_server.domain.memo import MAX_BYTES
from kinpay_server.ledger.keys import AccountKey
from kinpay_server.services.ports import Bounds

PRESENT = b"\x00\x00\x00\x01"
ONE_OPERATION = b"\x00\x00\x00\x01"
_PLAIN_ACCOUNT = CryptoKeyType.KEY_TYPE_ED25519.to_xdr_bytes()
FEE_AND_SEQUENCE = Struct(">Iq")
_AMOUNT_AND_EXTENSIONS = Struct(">qi")
_MEMO = Struct(">iI")


class PaymentTemplate:
    """What all payments of a root account in one asset have in common, as XDR."""

    def __init__(self, root: AccountKey, asset: Asset) -> None:
        self._head = EnvelopeType.ENVELOPE_TYPE_TX.to_xdr_bytes()
        self._operation = ONE_OPERATION + PRESENT + root.muxed + OperationType.PAYMENT.to_xdr_bytes()
        self._asset = asset.to_xdr_object().to_xdr_bytes()

    def fill(
        self,
        channel: AccountKey,
        *,
        fee: int,
        sequence: int,
        preconditions: bytes,
        memo: str,
        destination: str,
        amount: int,
    ) -> bytes:
        """Envelope type and transaction in XDR. `fee` and `amount` are in stroops; `preconditions` as packed below."""
        return b"".join(
            (
                self._head,
                channel.muxed,
                FEE_AND_SEQUENCE.pack(fee, sequence),
                preconditions,
                pack_text_memo(memo),
                self._operation,
                pack_account(destination),
                self._asset,
                _AMOUNT_AND_EXTENSIONS.pack(amount, 0),
            )
        )


def preconditions_of(bounds: Bounds, min_sequence: int | None) -> Preconditions:
    """Time and ledger bounds, both from 0 on; `min_sequence` as `domain.channel.Channel` has it."""
    return Preconditions(
        time_bounds=TimeBounds(0, bounds.max_time),
        ledger_bounds=LedgerBounds(0, bounds.max_ledger),
        min_sequence_number=min_sequence,
    )


@lru_cache(maxsize=64)
def pack_preconditions(bounds: Bounds, min_sequence: int | None) -> bytes:
    """The XDR of the preconditions; the same for all payments of a batch but those whose number leaves a gap."""
    return preconditions_of(bounds, min_sequence).to_xdr_object().to_xdr_bytes()


@lru_cache(maxsize=8192)
def pack_account(address: str) -> bytes:
    """The XDR of a `MuxedAccount` that is a plain account id. Raises `ValueError` for any other address."""
    if not is_account_id(address):
        raise ValueError(f"{address} is not an account id")
    return _PLAIN_ACCOUNT + b32decode(address)[1:33]


def pack_text_memo(text: str) -> bytes:
    """The XDR of a text memo. Raises `ValueError` above 28 bytes."""
    raw = text.encode("utf-8")
    if len(raw) > MAX_BYTES:
        raise ValueError(f"a text memo holds {MAX_BYTES} bytes, this one has {len(raw)}")
    return _MEMO.pack(1, len(raw)) + raw + b"\x00" * (-len(raw) % 4)
