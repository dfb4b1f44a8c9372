"""How ledger and database may differ about payments: the values that reconciling works with, and its one judgement."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from kinpay_server.domain.amount import amount_of
from kinpay_server.domain.memo import parse_memo
from kinpay_server.domain.outcome import LedgerTransaction
from kinpay_server.domain.payment import Payment, PaymentStatus
from kinpay_server.services.ports import NetworkState


class Kind(StrEnum):
    """How ledger and database differ."""

    NOT_OURS = "not ours"
    """On the ledger, with a memo that names no payment."""
    UNKNOWN = "unknown"
    """On the ledger, and the database has no payment with that id."""
    UNPAID = "unpaid"
    """On the ledger, and the database believes it unpaid."""
    UNSETTLED = "unsettled"
    """On the ledger by an attempt that the database has not settled yet: the service does so when it runs."""
    OTHER_TERMS = "other terms"
    """On both sides, with another amount, recipient or app."""
    OTHER_TRANSACTION = "other transaction"
    """On both sides, and the transaction that the database names is not on the ledger."""
    PAID_TWICE = "paid twice"
    """On the ledger by this transaction and by another one."""
    MISSING = "missing"
    """Paid for the database, and not on the ledger."""


@dataclass(frozen=True, slots=True)
class HistoryPayment:
    """A payment of KIN as the ledger's list of payments shows it; `hash` is the one that history lists it by.

    Along a path `amount` is the KIN that it spent, since an audit of an account asks what left it; of one that spent
    something else, the KIN that it delivered. Who watches is told the other way round, since a wallet asks what came
    (`domain.watch.SeenPayment`). The two differ only where KIN is spent and delivered with a loss on the way.
    """

    hash: str
    inner_hash: str | None
    ledger: int
    memo: str | None
    recipient: str
    amount: int

    @property
    def hashes(self) -> tuple[str, ...]:
        """All hashes by which it goes."""
        return (self.hash,) if self.inner_hash is None else (self.hash, self.inner_hash)

    @property
    def payment_id(self) -> str | None:
        """The id that its memo names; None for a memo that is not ours."""
        memo = parse_memo(self.memo)
        return memo.payment_id if memo else None

    @property
    def app_id(self) -> str | None:
        """The app that its memo names; None for a memo that is not ours."""
        memo = parse_memo(self.memo)
        return memo.app_id if memo else None


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """The KIN payments out of an account on one page; `next` is the cursor of the next page, None on the last one."""

    payments: tuple[HistoryPayment, ...]
    read_until: int
    next: str | None


@dataclass(frozen=True, slots=True)
class Believed:
    """A payment as the database has it, and the inner hash of its open attempt."""

    payment: Payment
    open_hash: str | None


@dataclass(frozen=True, slots=True)
class Paid:
    """A payment that the database believes paid, and the ledger that holds it."""

    id: str
    transaction_id: str
    ledger: int | None


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing on which ledger and database do not agree; what each of them says, for people."""

    kind: Kind
    payment_id: str | None
    transaction: str
    ledger_says: str
    database_says: str


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What was compared: the ledgers, the payments on either side; and what differs (`more`: beyond those told)."""

    first_ledger: int
    last_ledger: int
    elder_ledger: int
    on_ledger: int
    in_database: int
    differences: tuple[Difference, ...]
    more: int


class PaymentHistory(Protocol):
    """The ledger's list of payments."""

    async def payments_out_of(self, address: str, cursor: str) -> HistoryPage:
        """The page after `cursor`, oldest first. Raises `LedgerUnavailable`."""


class LedgerReader(Protocol):
    """What else is asked of the ledger. Raises `LedgerUnavailable`."""

    async def network(self) -> NetworkState:
        """The root document."""

    async def find(self, transaction_hash: str) -> LedgerTransaction | None:
        """What history shows for a hash."""


class ComparisonStore(Protocol):
    """What is read of the database."""

    async def believed(self, ids: Sequence[str]) -> dict[str, Believed]:
        """The payments with those ids."""

    async def paid_after(self, payment_id: str, limit: int) -> list[Paid]:
        """Succeeded payments with ids after that one, by id."""


def difference_kind(paid: HistoryPayment, believed: Believed | None) -> Kind | None:
    """How the two differ; None when they agree. Whether it was paid twice only all of the ledger can tell."""
    if paid.payment_id is None:
        return Kind.NOT_OURS
    if believed is None:
        return Kind.UNKNOWN
    payment = believed.payment
    if payment.status is not PaymentStatus.SUCCEEDED:
        return Kind.UNSETTLED if believed.open_hash in paid.hashes else Kind.UNPAID
    if payment.transaction_id not in paid.hashes:
        return Kind.OTHER_TRANSACTION
    same = (payment.amount, payment.recipient_address, payment.app_id) == (paid.amount, paid.recipient, paid.app_id)
    return None if same else Kind.OTHER_TERMS


def difference(kind: Kind, paid: HistoryPayment, believed: Believed | None) -> Difference:
    """The difference in words."""
    of = f" of {paid.app_id}" if paid.app_id else ""
    memo = "" if paid.payment_id else f", memo {paid.memo!r}" if paid.memo is not None else ", without a text memo"
    ledger_says = f"{amount_of(paid.amount)}{of} to {paid.recipient} in ledger {paid.ledger}{memo}"
    return Difference(kind, paid.payment_id, paid.hash, ledger_says, _in_words(believed))


def missing(paid: Paid) -> Difference:
    """The difference of a payment that the ledger does not have."""
    return Difference(Kind.MISSING, paid.id, paid.transaction_id, "nothing", f"succeeded, in ledger {paid.ledger}")


def _in_words(believed: Believed | None) -> str:
    if believed is None:
        return "nothing"
    payment = believed.payment
    terms = f"{amount_of(payment.amount)} of {payment.app_id} to {payment.recipient_address}"
    reason = f" ({payment.reason})" if payment.reason else ""
    paid_by = f" by {payment.transaction_id}" if payment.transaction_id else ""
    return f"{payment.status}{reason}{paid_by}: {terms}"
