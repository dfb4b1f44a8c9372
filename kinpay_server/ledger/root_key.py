"""A root account's key before there is a service: made, and signing the account's trustline."""

from dataclasses import dataclass
from typing import Any

from stellar_sdk import Asset, ChangeTrust, Keypair, MuxedAccount, Preconditions, TimeBounds, Transaction
from stellar_sdk.exceptions import Ed25519SecretSeedInvalidError
from stellar_sdk.xdr import EnvelopeType

from kinpay_server.domain.outcome import Verdict
from kinpay_server.ledger.answers import read_answer
from kinpay_server.ledger.client import HorizonLedger
from kinpay_server.ledger.connection import HorizonConnection, NoAnswer
from kinpay_server.ledger.envelopes import SignedEnvelope, network_id, sign_envelope
from kinpay_server.ledger.keys import AccountKey
from kinpay_server.ledger.outcomes import meaning
from kinpay_server.ledger.signer import InvalidSeed
from kinpay_server.ledger.submissions import Submission
from kinpay_server.services.refusals import Refused

SECONDS_VALID = 60
"""The trustline is on the ledger by then, or never."""

MAY_LAND = frozenset({Verdict.QUEUED, Verdict.ASK, Verdict.NOT_SENT})
"""Answers after which only the ledger tells what became of it."""


def new_seed() -> str:
    """The `S…` seed of a key that nobody has."""
    return str(Keypair.random().secret)


def address_of(seed: str) -> str:
    """The account of a seed. Raises `InvalidSeed`."""
    try:
        return str(Keypair.from_secret(seed).public_key)
    except (ValueError, Ed25519SecretSeedInvalidError):
        raise InvalidSeed("the root seed is no valid S… seed") from None


@dataclass(frozen=True, slots=True)
class Trusted:
    """The asset that is trusted, on one network; `most` stroops for each operation are ever bid."""

    passphrase: str
    asset_code: str
    asset_issuer: str
    most: int


class NewRootKey:
    """Implements `RootKey`."""

    def __init__(self, seed: str, connection: HorizonConnection, ledger: HorizonLedger, trusted: Trusted) -> None:
        self._key = AccountKey(Keypair.from_secret(seed))
        self._connection = connection
        self._ledger = ledger
        self._trusted = trusted
        self.address = self._key.address

    async def trust(self, sequence: int) -> None:
        """See the port. An answer that tells nothing for sure is none: the ledger will show it, or not."""
        state, fees = await self._ledger.network(), await self._ledger.fees()
        fee = min(fees.usual, self._trusted.most)
        signed = self._signed(sequence, fee=fee, until=state.closed_at + SECONDS_VALID)
        submission = Submission(signed.hash, signed.hash, signed.envelope, operations=1, pays_itself=True)
        try:
            answer = await self._connection.post_form(self._connection.url("/transactions"), submission.form)
        except NoAnswer:
            return
        told = read_answer(submission, answer)
        if told.verdict not in MAY_LAND:
            raise Refused(f"the trustline was refused with {told.code}: {meaning(told.code).reason}")

    def _signed(self, sequence: int, *, fee: int, until: int) -> SignedEnvelope:
        trusted = self._trusted
        transaction = Transaction(
            MuxedAccount.from_account(self.address),
            sequence,
            fee,
            [ChangeTrust(Asset(trusted.asset_code, trusted.asset_issuer))],
            preconditions=Preconditions(time_bounds=TimeBounds(0, until)),
            v1=True,
        )
        tagged: Any = EnvelopeType.ENVELOPE_TYPE_TX.to_xdr_bytes() + transaction.to_xdr_object().to_xdr_bytes()
        return sign_envelope(network_id(trusted.passphrase), tagged, [self._key])
