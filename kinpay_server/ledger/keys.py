"""A key pair whose parts are at hand in the form that envelopes need, so that nothing is decoded twice."""

from stellar_sdk import Keypair

_SIGNATURE_LENGTH = b"\x00\x00\x00\x40"


class AccountKey:
    """The master key of an account of ours. Its seed appears in no `repr`, and nothing here writes it out."""

    __slots__ = ("_keypair", "_signing_key", "address", "hint", "muxed", "public")

    def __init__(self, keypair: Keypair) -> None:
        if keypair.signing_key is None:
            raise ValueError("a key that signs needs its seed")
        self._keypair = keypair
        self._signing_key = keypair.signing_key
        self.address = keypair.public_key
        self.public = keypair.raw_public_key()
        self.hint = keypair.signature_hint()
        self.muxed = keypair.xdr_muxed_account().to_xdr_bytes()

    @property
    def keypair(self) -> Keypair:
        """The SDK's form, for what is built with the SDK."""
        return self._keypair

    def decorated_signature(self, digest: bytes) -> bytes:
        """The XDR of a `DecoratedSignature` of a transaction's hash."""
        return self.hint + _SIGNATURE_LENGTH + self._signing_key.sign(digest).signature
