"""A ledger at the port, for unit tests of the services: it applies what it took when it is told to close."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from kinpay_server.domain.attempt import AccountEvidence, Attempt
from kinpay_server.domain.outcome import Answer, Failure, Fault, LedgerPayment, LedgerTransaction, Verdict
from kinpay_server.services.ports import AccountState, LedgerUnavailable, NetworkFees, NetworkState

PASSPHRASE = "Test Kin Network ; 2026"
QUEUED = Answer(Verdict.QUEUED, "PENDING")
NO_TRUST = Failure("op_no_trust", Fault.RECIPIENT, "the recipient has no trustline for KIN", True, 0)


def account(address: str, ledger: int = 1, sequence: int = 0, **changes: object) -> AccountState:
    """An account that is well."""
    state = AccountState(address, ledger, sequence, 10**10, 10**9, 10**12, True, True, kin_changed=0)
    return replace(state, **changes)  # type: ignore[arg-type]


@dataclass
class FakeLedger:
    """`Ledger`: `answers` decides what a submission gets; what it takes lands at the next `close`."""

    root: str
    ledger: int = 100
    elder: int = 1
    history_lag: int = 0
    list_lag: int = 0
    down: bool = False
    asked: int = 0
    bid: int = 100
    passphrase: str = PASSPHRASE
    answers: Callable[[Attempt], Answer] = lambda attempt: QUEUED
    takes: Callable[[Attempt], bool] = lambda attempt: True
    fails: dict[str, Failure] = field(default_factory=dict)
    sequences: dict[str, int] = field(default_factory=dict)
    accounts: dict[str, AccountState] = field(default_factory=dict)
    unsponsored: set[str] = field(default_factory=set)
    merged: set[str] = field(default_factory=set)
    plain: set[str] = field(default_factory=set)
    """Transactions that leave no number out."""
    begins: dict[str, set[str]] = field(default_factory=dict)
    """By account, the transactions that created it."""
    ends: dict[str, set[str]] = field(default_factory=dict)
    """By account, the transactions that took its number away."""
    to_root: set[str] = field(default_factory=set)
    """Some of them: those of which root is given something."""
    without_root: set[str] = field(default_factory=set)
    """Transactions in which no operation is root's."""
    elder: int = 1
    queue: list[Attempt] = field(default_factory=list)
    history: list[LedgerTransaction] = field(default_factory=list)
    contents: dict[str, list[LedgerPayment]] = field(default_factory=dict)
    submitted: list[Attempt] = field(default_factory=list)
    before_submit: Callable[[Sequence[Attempt]], None] = lambda attempts: None

    def close(self) -> None:
        """Close a ledger: what was taken and has the right number is applied."""
        self.ledger += 1
        waiting, self.queue = self.queue, []
        for attempt in waiting:
            if self.sequences.get(attempt.source, 0) < attempt.sequence:
                self.sequences[attempt.source] = attempt.sequence
                self.history.append(self._applied(attempt))
                self.accounts[self.root] = replace(self.accounts[self.root], kin_changed=self.ledger)

    def paid(self) -> list[str]:
        """The hashes of all successful transactions."""
        return [one.hashes[-1] for one in self.history if one.failure is None]

    async def network(self) -> NetworkState:
        self._answer()
        return NetworkState(self.passphrase, self.ledger - self.history_lag, self.elder, self.ledger, 1_700_000_000)

    async def fees(self) -> NetworkFees:
        self._answer()
        return NetworkFees(100, self.bid)

    async def submit(self, attempts: Sequence[Attempt]) -> list[Answer]:
        self.before_submit(attempts)
        self.submitted.extend(attempts)
        known = {attempt.hash for attempt in self.queue}
        self.queue.extend(a for a in attempts if self.takes(a) and a.hash not in known)
        return [self.answers(attempt) for attempt in attempts]

    async def find(self, transaction_hash: str) -> LedgerTransaction | None:
        self._answer()
        return next((one for one in self._shown() if transaction_hash in one.hashes), None)

    async def evidence(self, address: str) -> AccountEvidence:
        self._answer()
        return AccountEvidence(self.ledger, None if address in self.merged else self.sequences.get(address, 0))

    async def account(self, address: str) -> AccountState | None:
        self._answer()
        there = self.accounts.get(address)
        return None if there is None else replace(there, ledger=self.ledger - self.history_lag)

    def payments_in(self, transaction: LedgerTransaction) -> list[LedgerPayment]:
        return self.contents.get(transaction.hash, [])

    async def sponsored_accounts(self, sponsor: str) -> list[AccountState]:
        self._answer()
        sponsored = self.accounts.keys() - {self.root, *self.unsponsored}
        return [replace(self.accounts[one], ledger=self.ledger) for one in sorted(sponsored)]

    def acts_for(self, transaction: LedgerTransaction, address: str) -> bool:
        return transaction.hash not in self.without_root

    def creates(self, transaction: LedgerTransaction, address: str) -> bool:
        return transaction.hash in self.begins.get(address, ())

    def leaps(self, transaction: LedgerTransaction, sequence: int) -> bool:
        return transaction.hash not in self.plain

    def takes_number(self, transaction: LedgerTransaction, address: str, sequence: int) -> bool:
        return transaction.hash in self.ends.get(address, ())

    async def transactions_of(
        self, address: str, cursor: str, limit: int, *, newest_first: bool = False
    ) -> list[LedgerTransaction]:
        self._answer()
        if int(cursor) < 0:
            raise LedgerUnavailable("Horizon refuses a negative cursor")
        theirs = [one for one in self._shown() if address == one.source or self._is_of_root(one, address)]
        shown = [one for one in theirs if self.elder <= one.ledger <= self.ledger - self.list_lag]
        if newest_first:
            return [one for one in reversed(shown) if int(one.paging_token) < int(cursor)][:limit]
        return [one for one in shown if int(one.paging_token) > int(cursor)][:limit]

    def _is_of_root(self, transaction: LedgerTransaction, address: str) -> bool:
        return address == self.root and transaction.hash not in self.without_root - self.to_root

    def _answer(self) -> None:
        self.asked += 1
        if self.down:
            raise LedgerUnavailable("down")

    def _shown(self) -> list[LedgerTransaction]:
        return [one for one in self.history if one.ledger <= self.ledger - self.history_lag]

    def _applied(self, attempt: Attempt) -> LedgerTransaction:
        bumped = attempt.bump_bid is not None
        hashes = (f"bump-of-{attempt.hash}", attempt.hash) if bumped else (attempt.hash,)
        return LedgerTransaction(
            hashes,
            self.ledger,
            "2026-11-25T00:00:00Z",
            2 * attempt.bump_bid if attempt.bump_bid else attempt.fee,
            self.root if bumped else attempt.source,
            self.fails.get(attempt.payment_id or attempt.wallet_address or "channels"),
            paging_token=str((self.ledger << 32) + len(self.history) + 1),
            source=attempt.source,
            sequence=attempt.sequence,
            envelope=attempt.envelope,
        )
