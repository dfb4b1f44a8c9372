"""The network of a run: the sandbox's ledger with a root account, recipients, and its own ideas of when it closes."""

import copy
from collections import deque
from functools import cache
from random import Random

from stellar_sdk import Asset, ChangeTrust, CreateAccount, Keypair, Payment
from stellar_sdk.operation import Operation

from kinpay_server.ledger.signer import StellarSigner
from kinpay_server.sandbox.core.network import Answer, ClosedLedger, Status
from kinpay_server.sandbox.core.queue import Queue
from kinpay_server.sandbox.core.state import LedgerState
from kinpay_server.sandbox.faults import Faults
from kinpay_server.sandbox.horizon.history import History
from kinpay_server.sandbox.http.replicas import Replicas
from kinpay_server.sandbox.node import Node

PASSPHRASE = "Simulated Kin Network ; 2026"
BEGIN = 1_800_000_000
"""Unix seconds at which a run's virtual time begins."""

SALT = "simulation"
GOOD, LATE, UNTRUSTING, MISSING, FULL = "good", "late", "untrusting", "missing", "full"
"""Kinds of recipients; a late one has no trustline until it is mended."""

STRANGER = "stranger"
RECIPIENTS = (GOOD, LATE, UNTRUSTING, MISSING, FULL)


FAR_ENOUGH = 20
"""No replica lags so many ledgers that it shows a network before everybody was in it."""


@cache
def _base() -> Node:
    """A network with everybody in it, made once for all runs."""
    now = BEGIN - 1000.0
    node = Node(PASSPHRASE, now=now)
    node.found(now)
    root, kin = node.derived("root of kinpay"), Asset("KIN", node.issuer.public_key)
    people = {kind: node.derived(kind) for kind in RECIPIENTS}
    living = [root, *(person for kind, person in people.items() if kind != MISSING)]
    _made(node, node.friendbot, *(CreateAccount(one.public_key, "100") for one in living))
    for one, limit in ((root, None), (people[GOOD], None), (people[FULL], "0.5")):
        _made(node, one, ChangeTrust(kin, limit))
    for _ in range(FAR_ENOUGH):
        node.close(BEGIN - 500.0)
    return node


def _made(node: Node, source: Keypair, *operations: Operation) -> None:
    """In a ledger of its own."""
    _submit(node, source, *operations)
    node.close(float(node.network.header.close_time + 1))


def _submit(node: Node, source: Keypair, *operations: Operation, memo: str | None = None) -> Answer:
    builder = node._builder(source, fee=100_000)
    if memo is not None:
        builder.add_text_memo(memo)
    for operation in operations:
        builder.append_operation(operation)
    answer = node.submit(node._signed(builder, source), float(node.network.header.close_time + 1))
    assert answer.status in (Status.PENDING, Status.DUPLICATE, Status.TRY_AGAIN_LATER), answer
    return answer


@cache
def signer() -> StellarSigner:
    """The service's, which is the same in all runs."""
    node = _base()
    return StellarSigner(
        node.derived("root of kinpay").secret,
        channel_salt=SALT,
        passphrase=PASSPHRASE,
        asset_code="KIN",
        asset_issuer=node.issuer.public_key,
    )


class Chain:
    """A copy of the base that goes its own way. Times are unix seconds."""

    def __init__(self, luck: Random, *, max_ops: int, ledger_seconds: int) -> None:
        self.node = _fork(_base(), max_ops=max_ops, ledger_seconds=ledger_seconds)
        self.luck = luck
        self.lags: list[int] = []
        self.stalled = False
        self.ingesting = True
        self.down = False
        self.applied: set[str] = set()
        """Hashes, of bumps the inner ones, of all that was applied in this run."""

        self.foreign: set[str] = set()
        """Hashes, of bumps the inner ones, of what others submitted with keys of ours."""

        self.touched: set[int] = set()
        """Channels that others have used."""

        self.elder = 1
        """The first ledger that Horizon has not forgotten."""

        self.forgotten = 1
        """The first one that it had all the time."""

        self.unheard_of = 0.0
        """The chance that a failed payment is shown with a code that nobody knows."""

        self.list_lag = 0
        """Lists come from a replica that is so many ledgers behind."""
        self._replicas = Replicas(self.node, Faults())

    @property
    def issuer(self) -> Keypair:
        """Who issues KIN."""
        return self.node.issuer

    def address(self, kind: str) -> str:
        """A recipient's."""
        return self.node.derived(kind).public_key

    def replica(self, *, of_list: bool = False) -> History:
        """One that answers a read; each read is answered by another one."""
        lags = [self.list_lag] if self.list_lag and of_list else self.lags
        self._replicas.faults.replica_lags = [self.luck.choice(lags)] if lags else []
        return self._replicas.pick()

    def forget(self, kept: int) -> None:
        """Horizon keeps only so many ledgers of its history."""
        self.forgotten = self.elder = max(self.elder, self.node.history.latest.header.sequence - kept)

    def close(self, now: float) -> ClosedLedger | None:
        """The next ledger, unless the network stands still."""
        if self.stalled or self.down:
            return None
        closed = self.node.close(now)
        self.applied.update(applied.envelope.innermost.hash.hex() for applied in closed.transactions)
        return closed

    def ingest(self) -> None:
        """History reads what was closed, unless it stands still."""
        if self.ingesting:
            self.node.ingest()

    def fund_root(self, amount: str) -> None:
        """The issuer gives root KIN, past everything that misbehaves."""
        kin = Asset("KIN", self.issuer.public_key)
        _submit(self.node, self.issuer, Payment(signer().root_address, kin, amount))

    def mend(self) -> None:
        """The late recipient trusts KIN at last."""
        _submit(self.node, self.node.derived(LATE), ChangeTrust(Asset("KIN", self.issuer.public_key)))

    def make_stranger(self, now: float) -> None:
        """Somebody who has KIN and pays others with it."""
        keys, kin = self.node.derived(STRANGER), Asset("KIN", self.issuer.public_key)
        for source, operation in (
            (self.node.friendbot, CreateAccount(keys.public_key, "1000")),
            (keys, ChangeTrust(kin)),
            (self.issuer, Payment(keys.public_key, kin, "1000000")),
        ):
            _submit(self.node, source, operation)
            self.close(now)
            self.ingest()

    def pay_as_stranger(self, recipient: str, amount: str, memo: str | None) -> None:
        """A payment that has nothing to do with the service; lost when another one of the stranger waits."""
        kin = Asset("KIN", self.issuer.public_key)
        _submit(self.node, self.node.derived(STRANGER), Payment(recipient, kin, amount), memo=memo)

    def make_old_channel(self, index: int) -> None:
        """A channel account as the old service made them: with XLM of its own, sponsored by nobody."""
        _submit(self.node, self.node.friendbot, CreateAccount(signer().channel_address(index), "3"))

    def restart_core(self) -> None:
        """Core forgets what waits."""
        self.node.network.queue.forget()

    def crowd(self, operations: int, bid: int) -> None:
        """So many operations of other people in each ledger, at that bid."""
        self.node.network.queue.others = (operations, bid)


def _fork(base: Node, *, max_ops: int, ledger_seconds: int) -> Node:
    node = copy.copy(base)
    network = node.network = copy.copy(base.network)
    network.state = LedgerState()
    network.state.entries = dict(base.network.state.entries)
    network.queue = Queue(max_ops)
    network.max_ops, network.ledger_seconds = max_ops, ledger_seconds
    node.history, node.archive, node.unread, node.listeners = History(), list(base.archive), deque(base.archive), []
    node.ingest()
    return node
