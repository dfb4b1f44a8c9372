"""An attempt: one signed envelope, from before it is sent until its fate is known.

The rules come from what stellar-core and Horizon do, not from what their answers say: no refusal proves that an
envelope is dead, because every refusal has been seen for transactions that were applied.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from kinpay_server.domain.outcome import LedgerTransaction

LEDGERS_VALID = 40
"""How many ledgers an envelope stays valid: its `max_ledger` is that far ahead of the newest ledger known.

It may be raised, and not be lowered while attempts are open: `Attempt.first_ledger` goes by it.
"""

SECONDS_VALID = 600
"""Its time bound, counted from the close time of that ledger (never from this host's clock, which may be wrong)."""


class AttemptState(StrEnum):
    """Where an attempt stands. Only the ledger ends one; a refusal is noted on it and ends nothing."""

    SIGNED = "signed"
    SENT = "sent"
    LANDED = "landed"
    EXPIRED = "expired"


TRANSITIONS: Mapping[AttemptState, frozenset[AttemptState]] = {
    AttemptState.SIGNED: frozenset({AttemptState.SENT, AttemptState.LANDED, AttemptState.EXPIRED}),
    AttemptState.SENT: frozenset({AttemptState.LANDED, AttemptState.EXPIRED}),
    AttemptState.LANDED: frozenset(),
    AttemptState.EXPIRED: frozenset(),
}
OPEN_STATES = frozenset({AttemptState.SIGNED, AttemptState.SENT})


class Purpose(StrEnum):
    """What an attempt is to do on the ledger."""

    PAYMENT = "payment"
    WALLET = "wallet"
    OPEN_CHANNELS = "open channels"
    TOP_UP = "top up"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One envelope, written down before it is sent and kept for ever.

    `source` is the account whose sequence number it uses: a channel, or the root account; `channel` is the channel's
    index, None for root. `hash`, of the inner transaction in hex, is its key; `envelope` its signed XDR in base64.
    `fee` is the fee that it bids by itself, in stroops; `bump_bid` the stroops for each operation that root bids around
    it, None while it goes alone. `max_ledger` is exclusive: the first ledger that may not hold it. `payment_id` is None
    when its purpose is not a payment, `wallet_address` when it is not a wallet. Times are in milliseconds since 1970.
    """

    purpose: Purpose
    payment_id: str | None
    channel: int | None
    source: str
    sequence: int
    hash: str
    envelope: str
    fee: int
    max_ledger: int
    created_at: int
    bump_bid: int | None = None
    state: AttemptState = AttemptState.SIGNED
    sent_at: int | None = None
    answer: str | None = None
    wallet_address: str | None = None

    @property
    def first_ledger(self) -> int:
        """The first ledger that may hold it: the newest one that was known when it was signed is the one before."""
        return self.max_ledger - LEDGERS_VALID + 1

    def bumped(self, bid: int) -> "Attempt":
        """The same attempt, to be sent inside a fee bump that bids `bid` stroops for each operation."""
        return replace(self, bump_bid=bid)


@dataclass(frozen=True, slots=True)
class AccountEvidence:
    """One answer to `GET /accounts/{source}`: a single snapshot, so it holds behind load balancers too.

    `ledger` is its `Latest-Ledger` header; `sequence` is None when the account does not exist in that ledger.
    """

    ledger: int
    sequence: int | None


class Fate(StrEnum):
    """What is known of an attempt that its hash did not find."""

    PENDING = "pending"
    """It may still land: only the same envelope, or a bump around the same inner transaction, may be sent."""
    UNSEEN = "unseen"
    """It has probably landed and the reader lags: keep asking."""
    DEAD = "dead"
    """It can never land any more, and has not: the payment may be signed anew."""


def judge(attempt: Attempt, evidence: AccountEvidence, overtaking: LedgerTransaction | None = None) -> Fate:
    """Can an attempt that was not found by its hash still land? `DEAD` is the only licence to sign anew.

    `overtaking` is what `domain.overtaking` has found in the list of the source's transactions.

    1. Before the snapshot's ledger L has passed the bound (`max_ledger` is exclusive, so L >= max_ledger - 1) an
       unused number may still be used by the attempt, whatever was answered when it was sent.
    2. From then on no later ledger may hold the envelope, and while its number is unused in that same snapshot none
       until L did. It is dead.
    3. A number that is used was most likely used by the attempt itself, while the reader of hashes lags behind.
       `tx_bad_seq` is the same news and no licence either. An account that is gone (merged) has no number that would
       tell. Either is dead only if the ledger shows what ended its chances, and shows that it had not landed before.
    """
    in_time = evidence.ledger < attempt.max_ledger - 1
    unused = evidence.sequence is not None and evidence.sequence < attempt.sequence
    if in_time:
        return Fate.PENDING if unused or evidence.sequence is None else Fate.UNSEEN
    return Fate.DEAD if unused or overtaking is not None else Fate.UNSEEN
