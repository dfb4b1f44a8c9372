"""How attempts end, and where that is written down. Each method of the store is one durable transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from kinpay_server.domain.attempt import Attempt
from kinpay_server.domain.channel import Channel
from kinpay_server.domain.outcome import LedgerTransaction
from kinpay_server.domain.payment import Payment, PaymentStatus
from kinpay_server.domain.wallet import Wallet, WalletStatus


class StaleSettlement(Exception):
    """Something else has changed a row meanwhile: nothing was written; read again."""


@dataclass(frozen=True, slots=True)
class NewCallback:
    """A callback to be written with the change that it tells of.

    `attempt_hash` ends once, and has one at most; None when no attempt of ours made the payment. Callbacks that share a
    lane, of which each has at most two, are sent in the order in which they are written while nothing fails.
    """

    id: str
    attempt_hash: str | None
    payment_id: str | None
    url: str
    body: bytes
    lanes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ChannelAfter:
    """What is known of the channel that comes back: its numbers (`domain.channel`), and what it paid in fees.

    `retired` when it does not: its account is gone (merged), has no more numbers, or somebody else uses it.
    """

    index: int
    sequence: int
    signed: int
    spent: int
    retired: bool = False


@dataclass(frozen=True, slots=True)
class PaymentAfter:
    """What becomes of the payment: a status, why, and for a success what only a finished one has."""

    id: str
    status: PaymentStatus
    reason: str | None
    sender_address: str | None = None
    transaction_id: str | None = None
    timestamp: str | None = None


@dataclass(frozen=True, slots=True)
class WalletAfter:
    """What becomes of the wallet: a status, and why."""

    address: str
    status: WalletStatus
    reason: str | None


@dataclass(frozen=True, slots=True)
class Settlement:
    """The end of one attempt, and all that follows from it; written in one commit or not at all.

    `landed` False means proven dead. `opened` are the channels that the attempt opened, as the ledger has them;
    `topped_up` says that the channels which it was to top up have got their XLM. Whatever else it was to fund is free
    to be funded by another attempt. `gone` are channels that are not there any more; those that are free are retired.
    """

    attempt: Attempt
    landed: bool
    successful: bool
    reason: str
    ledger: int | None = None
    fee_charged: int = 0
    payment: PaymentAfter | None = None
    wallet: WalletAfter | None = None
    channel: ChannelAfter | None = None
    callback: NewCallback | None = None
    opened: tuple[Channel, ...] = ()
    topped_up: bool = False
    gone: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class FoundPayment:
    """A KIN payment out of root that no attempt of ours made: an older backup was restored, or another instance ran.

    `believed` is what the database believed of it, None when it knew none. `callback` tells the client of one that was
    believed unpaid; None else.
    """

    payment: Payment
    transaction: LedgerTransaction
    callback: NewCallback | None = None
    believed: PaymentStatus | None = None


class SettlementStore(Protocol):
    """What settling reads and writes."""

    async def attempts_by_hash(self, hashes: Sequence[str]) -> dict[str, Attempt]:
        """The attempts, open or ended, with those inner hashes."""

    async def found_among(self, hashes: Sequence[str]) -> set[str]:
        """Those of the hashes that have been recorded as found payments."""

    async def record_found(self, found: Sequence[FoundPayment], now: int) -> None:
        """Record payments that the ledger shows and no attempt of ours made; their ids are paid from then on.

        Raises `StaleSettlement`, having written nothing, when one is not in the state any more that was believed.
        """

    async def open_attempts(self, *, sent_before: int, limit: int) -> list[Attempt]:
        """Open attempts that were last sent, or signed and never known to be sent, before that time; oldest first."""

    async def wallets_by_address(self, addresses: Sequence[str]) -> dict[str, Wallet]:
        """The wallets with those addresses."""

    async def payments_by_id(self, ids: Sequence[str]) -> dict[str, Payment]:
        """The payments with those ids."""

    async def settle(self, settlements: Sequence[Settlement], *, cursor: str | None, now: int) -> None:
        """Write all of it and the watcher's cursor in one commit; or raise `StaleSettlement` and write nothing."""

    async def cursor(self) -> str | None:
        """Up to where root's transactions have been settled; None on a new database."""

    async def beat(self, now: int) -> None:
        """Note that the service is at work."""

    async def last_beat(self) -> int | None:
        """When it was last at work; None if never."""

    async def know_witness(self, name: str, now: int) -> None:
        """Note the `Witness` of what is signed from now on."""

    async def known_witness(self) -> str | None:
        """The name of the one that was noted last; None if there was none."""

    async def release_lost_claims(self, now: int) -> int:
        """At start: give back claims of a process that was killed before it signed; returns how many payments."""
