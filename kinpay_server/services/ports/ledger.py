"""Horizon, as use cases see it. Amounts and fees in stroops."""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import Protocol

from kinpay_server.domain.attempt import AccountEvidence, Attempt
from kinpay_server.domain.outcome import Answer, LedgerPayment, LedgerTransaction
from kinpay_server.domain.watch import SeenPayment


class LedgerUnavailable(Exception):
    """Horizon did not answer, or not with what was asked for; nothing is known. The text says why."""


@dataclass(frozen=True, slots=True)
class NetworkState:
    """Horizon's root document: what history covers (`elder_ledger` to `latest_ledger`) and how far core is.

    `closed_at` is the close time of `latest_ledger` in seconds since 1970.
    """

    passphrase: str
    latest_ledger: int
    elder_ledger: int
    core_ledger: int
    closed_at: int


@dataclass(frozen=True, slots=True)
class NetworkFees:
    """In stroops for each operation: what it costs while there is room, and what is usually paid at present."""

    base: int
    usual: int


@dataclass(frozen=True, slots=True)
class AccountState:
    """An account as one answer of Horizon shows it, in ledger `ledger`.

    `kin_balance` (what may be spent) is None without a trustline, `kin_authorized` False when the issuer froze it;
    `kin_held` is the whole balance, 0 without a trustline, and `kin_changed` the ledger that changed it last, None
    without one. `xlm_spendable` is what lies above the reserve.
    `signs_payments` is True while its own key alone may sign them.
    """

    address: str
    ledger: int
    sequence: int
    xlm_balance: int
    xlm_spendable: int
    kin_balance: int | None
    kin_authorized: bool
    signs_payments: bool
    kin_held: int = 0
    kin_changed: int | None = None


class PaymentsPage(Protocol):
    """A page of a list of payments: `count` records, `full` when there may be more behind it.

    `last` is the last one's position on the ledger, and `closed_at` when that ledger closed, in milliseconds; None for
    an empty page.
    """

    count: int
    full: bool
    last: int | None
    closed_at: int | None

    def watched(self, addresses: Set[str]) -> list[SeenPayment]:
        """The KIN payments from or to these addresses, in order. Raises `LedgerUnavailable`."""


class Ledger(Protocol):
    """Horizon. Every method but `submit` raises `LedgerUnavailable` when it cannot answer for sure."""

    async def network(self) -> NetworkState:
        """The root document."""

    async def fees(self) -> NetworkFees:
        """What an operation costs, from `/fee_stats`."""

    async def submit(self, attempts: Sequence[Attempt]) -> list[Answer]:
        """Send all side by side, each as it stands (in a bump when it has a `bump_bid`); one answer each, in order.

        Never raises for a network failure: that is an answer too (`Verdict.ASK`).
        """

    async def find(self, transaction_hash: str) -> LedgerTransaction | None:
        """What history shows for an inner or outer hash; None for a 404, which proves nothing."""

    async def evidence(self, address: str) -> AccountEvidence:
        """Sequence number and ledger of one snapshot."""

    async def account(self, address: str) -> AccountState | None:
        """The account; None when it does not exist."""

    async def sponsored_accounts(self, sponsor: str) -> list[AccountState]:
        """All accounts whose reserve `sponsor` pays."""

    def payments_in(self, transaction: LedgerTransaction) -> list[LedgerPayment]:
        """The payments of KIN that a transaction of history makes, by payment operations."""

    def acts_for(self, transaction: LedgerTransaction, address: str) -> bool:
        """Whether a transaction of history, failed or not, has an operation of the account, or a fee that it pays."""

    def creates(self, transaction: LedgerTransaction, address: str) -> bool:
        """Whether a transaction of history has created the account."""

    def leaps(self, transaction: LedgerTransaction, sequence: int) -> bool:
        """Whether it says that its source's number may be below `sequence`, and so leave that one out (CAP-21)."""

    def takes_number(self, transaction: LedgerTransaction, address: str, sequence: int) -> bool:
        """Whether a transaction of history has merged the account, or raised its number to `sequence` or beyond."""

    async def transactions_of(
        self, address: str, cursor: str, limit: int, *, newest_first: bool = False
    ) -> list[LedgerTransaction]:
        """An account's transactions, failed ones too, after `cursor` (`now`, `0` or a paging token), oldest first.

        Newest first, those before it.
        """

    async def payments_of(
        self, address: str | None, position: int | None, limit: int, *, newest_first: bool = False
    ) -> PaymentsPage:
        """The payments in the list of an account, or for None in that of the network, after a position, oldest first.

        Newest first, those before it. Without a position from the beginning of the list.
        An account that does not exist has none.
        """

    async def payments_per_second(self, until: int) -> float:
        """How many payments the network has made of late, up to a ledger that closed at `until` (s since 1970)."""
