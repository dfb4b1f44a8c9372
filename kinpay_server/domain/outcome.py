"""What an answer to a submission, or a failure on the ledger, means for what to do next.

Which code belongs to which class is the table in `ledger.outcomes`; here is what the classes are.
"""

from dataclasses import dataclass, replace
from enum import StrEnum


class Verdict(StrEnum):
    """What to do after one answer to a submission. None of them ends an attempt: only the ledger does."""

    QUEUED = "queued"
    """In the queue of a node, or already applied: the watcher will see it."""
    ASK = "ask"
    """Nothing is known for sure: ask the ledger by hash before anything else."""
    NOT_SENT = "not sent"
    """This request was turned away (429, 503): wait, then send the same envelope again."""
    BID_HIGHER = "bid higher"
    """Ask by hash; if it is not there, bump around the same inner transaction at the bid that is wanted."""
    CHANNEL_SHORT = "channel short"
    """The channel cannot pay the fee: root pays by a bump around the same inner transaction."""
    OURS = "ours"
    """Something of ours is wrong and will pass when mended (balance, trustline, authorisation): payments wait."""
    SERIOUS = "serious"
    """Something of ours is badly wrong (signatures): stop sending, shout."""
    UNKNOWN = "unknown"
    """No class for this code: hold and shout; never repeat for ever, never fail."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for one submission. `code` is the answer's own word (`PENDING`, `tx_bad_seq`, `http 504`, …).

    `wanted_bid` is the bid in stroops for each operation that a refusal for its fee asks for.
    """

    verdict: Verdict
    code: str
    wanted_bid: int | None = None


REFUSED_FOR_ROOM = frozenset({"tx_insufficient_fee", "TRY_AGAIN_LATER"})
"""Codes of what the queue had no room for: the very same bytes find none for ten ledgers."""


class Fault(StrEnum):
    """Whose fault a failure on the ledger (`successful: false`) is."""

    RECIPIENT = "recipient"
    """Final: a fail callback with a reason that a person understands."""
    OURS = "ours"
    """Payments wait until it is mended."""
    SERIOUS = "serious"
    """Stop sending, shout."""
    UNKNOWN = "unknown"
    """Hold and shout."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an applied transaction failed: the telling code, whose fault, and a reason for people.

    `uses_sequence` is True when the code proves that the number was used (an operation's failure always uses it).
    `operation` is the index of the operation that failed, None for a failure of the whole transaction.
    """

    code: str
    fault: Fault
    reason: str
    uses_sequence: bool
    operation: int | None = None


@dataclass(frozen=True, slots=True)
class LedgerPayment:
    """A payment of KIN that a transaction makes; `amount` is in stroops."""

    sender: str
    recipient: str
    amount: int


@dataclass(frozen=True, slots=True)
class LedgerTransaction:
    """A transaction as history shows it.

    `hashes` are all hashes that it can be known by (a bump's outer and inner one). `closed_at` is its ledger's close
    time in ISO 8601. `fee_charged` is in stroops, and `fee_account` paid it. `failure` is None when it succeeded.
    `source` is the account whose number `sequence` it used; `envelope` is its XDR in base64.
    """

    hashes: tuple[str, ...]
    ledger: int
    closed_at: str
    fee_charged: int
    fee_account: str
    failure: Failure | None
    memo: str | None = None
    paging_token: str = ""
    source: str = ""
    sequence: int = 0
    envelope: str = ""

    @property
    def hash(self) -> str:
        """The hash that history lists it by."""
        return self.hashes[0]

    def with_sequence_used(self) -> "LedgerTransaction":
        """The same, once the source's number has shown that a failed transaction used it."""
        return self if self.failure is None else replace(self, failure=replace(self.failure, uses_sequence=True))
