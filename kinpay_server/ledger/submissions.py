"""What is sent for one attempt."""

from dataclasses import dataclass

from kinpay_server.domain.attempt import Attempt
from kinpay_server.ledger.signer import StellarSigner


@dataclass(frozen=True, slots=True)
class Submission:
    """An attempt as it is sent: by itself, or in a fee bump. `hash` is of what is sent, so of the bump if there is one.

    `operations` is how many the network counts for it; `pays_itself` is True when a channel pays the fee, not root.
    """

    hash: str
    inner_hash: str
    envelope: str
    operations: int
    pays_itself: bool

    @property
    def form(self) -> bytes:
        """The body of the POST. Base64 has three characters that a form must not hold as they are."""
        escaped = self.envelope.replace("+", "%2B").replace("/", "%2F").replace("=", "%3D")
        return b"tx=" + escaped.encode("ascii")


def submission_of(attempt: Attempt, signer: StellarSigner) -> Submission:
    """The attempt as it stands: in a bump when it has a `bump_bid`."""
    sent_hash, envelope = attempt.hash, attempt.envelope
    if attempt.bump_bid is not None:
        bump = signer.bump(attempt, attempt.bump_bid)
        sent_hash, envelope = bump.hash, bump.envelope
    return Submission(
        hash=sent_hash,
        inner_hash=attempt.hash,
        envelope=envelope,
        operations=signer.counted_operations(attempt),
        pays_itself=attempt.bump_bid is None and attempt.channel is not None,
    )
