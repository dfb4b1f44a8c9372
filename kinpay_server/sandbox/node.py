"""A network with its history, friendbot and faucet: everything but clock and HTTP.

Tests and simulations can drive it on their own time: `submit`, `close`, `ingest`.
"""

import hashlib
from collections import deque
from collections.abc import Callable, Sequence

from stellar_sdk import Account as SdkAccount
from stellar_sdk import Asset as SdkAsset
from stellar_sdk import Keypair, TransactionBuilder

from .core.assets import Asset
from .core.network import Answer, ClosedLedger, Network
from .core.queue import BAN_LEDGERS
from .horizon.history import History
from .horizon.records import LedgerRecord
from .ledger_file import LedgerFile, WrongFile
from .stored_shelves import StoredArchive, StoredShelves

ASSET_CODE = "KIN"
FRIENDBOT_FEE = 100_000
STARTING_BALANCE = "10000"
MINIONS = 40
"""Accounts that carry friendbot's and the faucet's transactions, so that many can be served in a ledger."""


class NoMinion(Exception):
    """All carriers have a transaction waiting; the next ledger frees them."""


class Node:
    """A network and what Horizon has read of it. Times are unix seconds."""

    def __init__(
        self,
        passphrase: str,
        *,
        max_ops: int = 1000,
        ledger_seconds: int = 1,
        now: float = 0.0,
        file: LedgerFile | None = None,
    ) -> None:
        began = now if file is None else file.began
        self.network = Network(passphrase, max_ops=max_ops, ledger_seconds=ledger_seconds, now=began)
        self.history = History()
        self.archive: Sequence[ClosedLedger] = []
        self.unread: deque[ClosedLedger] = deque()
        self.listeners: list[Callable[[ClosedLedger], None]] = []
        self.friendbot = self.derived("friendbot")
        self.issuer = self.derived("issuer of KIN")
        self.minions = [self.derived(f"minion {number}") for number in range(MINIONS)]
        self._stored: StoredShelves | None = None
        if file is not None:
            self._stored = StoredShelves(file, self.network.network_id)
            self.history = History(self._stored)
            self.archive = StoredArchive(self._stored, self.network.genesis)
        if file is not None and file.newest():
            self._restore(file)
        else:
            self._keep(self.network.genesis)
            self.ingest()

    def _restore(self, file: LedgerFile) -> None:
        """Goes on where the file ends; what was applied in its last ledgers is banned as it was."""
        last = file.ledger(file.newest())
        if last is None or last.header.hash != last.hash:
            raise WrongFile("the last ledger is not what its hash says")
        entries = file.entries()
        recent = range(max(2, last.header.sequence - BAN_LEDGERS + 1), last.header.sequence + 1)
        self.network.restore(last.header, entries, [file.full_hashes(number) for number in recent])
        self.history.snapshot.absorb(entries)

    def _keep(self, closed: ClosedLedger) -> None:
        """On disk, or else in memory; then history may read it."""
        if self._stored is not None:
            self._stored.write(closed)
        elif isinstance(self.archive, list):
            self.archive.append(closed)
        self.unread.append(closed)

    @property
    def asset(self) -> Asset:
        """The KIN of this network."""
        return Asset(ASSET_CODE, self.issuer.raw_public_key())

    def derived(self, name: str) -> Keypair:
        """A key that follows from the network's passphrase."""
        return Keypair.from_raw_ed25519_seed(hashlib.sha256(self.network.network_id + name.encode()).digest())

    def found(self, now: float) -> None:
        """The ledgers after the first: root makes friendbot, the issuer and their carriers, as many as fit into one."""
        balances = {self.friendbot: "50000000000", **dict.fromkeys((self.issuer, *self.minions), "1000")}
        left = [(keypair.public_key, balance) for keypair, balance in balances.items()]
        size = min(100, self.network.max_ops)
        while left:
            batch, left = left[:size], left[size:]
            builder = self._builder(self.network.root, fee=100)
            for address, balance in batch:
                builder.append_create_account_op(address, balance)
            self.submit(self._signed(builder, self.network.root), now)
            self.close(now)
            self.ingest()

    def submit(self, text: str, now: float) -> Answer:
        """What core's queue says; Malformed if the text is no envelope."""
        return self.network.submit(text, now)

    def close(self, now: float) -> ClosedLedger:
        """Closes a ledger; history does not know of it before `ingest`."""
        closed = self.network.close(now)
        self._keep(closed)
        for listener in self.listeners:
            listener(closed)
        return closed

    def ingest(self, up_to: int | None = None) -> list[LedgerRecord]:
        """History reads closed ledgers, all of them or up to a number."""
        read = []
        while self.unread and (up_to is None or self.unread[0].header.sequence <= up_to):
            read.append(self.history.ingest(self.unread.popleft()))
        return read

    def gift(self, address: str) -> str:
        """Friendbot's transaction that makes an account; NoMinion if all carriers are busy."""
        minion = self._free_minion()
        builder = self._builder(minion, fee=FRIENDBOT_FEE)
        builder.append_create_account_op(address, STARTING_BALANCE, source=self.friendbot.public_key)
        return self._signed(builder, minion, self.friendbot)

    def drop(self, address: str, amount: str) -> str:
        """The faucet's transaction that pays KIN; NoMinion if all carriers are busy."""
        minion = self._free_minion()
        builder = self._builder(minion, fee=FRIENDBOT_FEE)
        kin = SdkAsset(ASSET_CODE, self.issuer.public_key)
        builder.append_payment_op(address, kin, amount, source=self.issuer.public_key)
        return self._signed(builder, minion, self.issuer)

    def _free_minion(self) -> Keypair:
        for minion in self.minions:
            if minion.raw_public_key() not in self.network.queue.waiting:
                return minion
        raise NoMinion

    def _builder(self, source: Keypair, *, fee: int) -> TransactionBuilder:
        account = self.network.state.account(source.raw_public_key())
        sequence = account.sequence if account is not None else 0
        return TransactionBuilder(SdkAccount(source.public_key, sequence), self.network.passphrase, fee)

    def _signed(self, builder: TransactionBuilder, *signers: Keypair) -> str:
        envelope = builder.add_time_bounds(0, 0).build()
        for signer in signers:
            envelope.sign(signer)
        return envelope.to_xdr()
