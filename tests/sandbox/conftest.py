"""A network on its own time, and people who use it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from stellar_sdk import (
    Account,
    Asset,
    ChangeTrust,
    CreateAccount,
    FeeBumpTransactionEnvelope,
    Keypair,
    Payment,
    TransactionBuilder,
    TransactionEnvelope,
)
from stellar_sdk.operation import Operation

from kinpay_server.sandbox.core.network import Answer, ClosedLedger
from kinpay_server.sandbox.horizon.result_codes import codes_of
from kinpay_server.sandbox.in_thread import SandboxServer
from kinpay_server.sandbox.node import Node

PHRASE = "Tests of the sandbox ; 2026"
BEGIN = 1_800_000_000.0


class World:
    """A node and its clock. People are key pairs; KIN comes from the node's issuer."""

    def __init__(self, **settings: Any) -> None:
        self.now = BEGIN
        self.node = Node(PHRASE, now=self.now, **settings)
        self.node.found(self.now)
        self.kin = Asset("KIN", self.node.issuer.public_key)
        self.xlm = Asset.native()

    def person(self, xlm: str = "100", kin: str | None = None, *, sponsored: bool = False) -> Keypair:
        """A new account; kin: a trustline with that much."""
        keypair = Keypair.random()
        if sponsored:
            return keypair
        self.must(self.tx(self.node.friendbot, CreateAccount(keypair.public_key, xlm)))
        if kin is not None:
            self.must(self.tx(keypair, ChangeTrust(self.kin)))
            if float(kin):
                self.must(self.tx(self.node.issuer, Payment(keypair.public_key, self.kin, kin)))
        return keypair

    def pay(self, to: Keypair, amount: str = "1", *, source: Keypair | None = None, xlm: bool = False) -> Payment:
        """A payment of KIN, or of XLM."""
        asset = self.xlm if xlm else self.kin
        return Payment(to.public_key, asset, amount, source.public_key if source else None)

    def sequence(self, who: Keypair) -> int:
        """The number that the account has used."""
        account = self.node.network.state.account(who.raw_public_key())
        return account.sequence if account is not None else 0

    def tx(
        self,
        source: Keypair,
        *ops: Operation,
        seq: int = 1,
        fee: int = 100,
        signers: list[Keypair] | None = None,
        memo: str | None = None,
        times: tuple[int, int] = (0, 0),
        shape: Callable[[TransactionBuilder], object] | None = None,
    ) -> TransactionEnvelope:
        """A signed transaction; seq counts from the account's number, fee is for each operation."""
        account = Account(source.public_key, self.sequence(source) + seq - 1)
        builder = TransactionBuilder(account, PHRASE, fee).add_time_bounds(*times)
        for op in ops:
            builder.append_operation(op)
        if memo is not None:
            builder.add_text_memo(memo)
        if shape is not None:
            shape(builder)
        envelope = builder.build()
        for signer in [source] if signers is None else signers:
            envelope.sign(signer)
        return envelope

    def bump(self, inner: TransactionEnvelope, payer: Keypair, fee: int) -> FeeBumpTransactionEnvelope:
        """A fee bump that bids `fee` in all."""
        raw = TransactionBuilder.build_fee_bump_transaction(payer, fee, inner, PHRASE)
        raw.transaction.fee = fee
        raw.signatures.clear()
        raw.sign(payer)
        return raw

    def submit(self, envelope: TransactionEnvelope | FeeBumpTransactionEnvelope) -> Answer:
        """What the queue says."""
        return self.node.submit(envelope.to_xdr(), self.now)

    def says(self, envelope: TransactionEnvelope | FeeBumpTransactionEnvelope) -> str:
        """PENDING and the like, or the result code of a refusal."""
        answer = self.submit(envelope)
        return answer.status.value if answer.result is None else answer.result.innermost.name

    def close(self, ledgers: int = 1) -> ClosedLedger:
        """Closes ledgers, a second each."""
        for _ in range(ledgers):
            self.now += 1
            closed = self.node.close(self.now)
            self.node.ingest()
        return closed

    def must(self, envelope: TransactionEnvelope | FeeBumpTransactionEnvelope) -> ClosedLedger:
        """Applies it; it must succeed."""
        answer = self.submit(envelope)
        assert answer.result is None, answer.result
        closed = self.close()
        result = self.result(envelope)
        assert result[0] in ("txSUCCESS", "txFEE_BUMP_INNER_SUCCESS"), result
        return closed

    def result(self, envelope: TransactionEnvelope | FeeBumpTransactionEnvelope) -> tuple[str, list[str]]:
        """What became of it on the ledger: the transaction's code and those of its operations."""
        record = self.node.history.transaction(envelope.hash_hex())
        assert record is not None
        result = record.applied.result
        codes = codes_of(result)
        return result.name, codes.get("operations", [])

    def fate(self, envelope: TransactionEnvelope | FeeBumpTransactionEnvelope) -> list[str]:
        """Accepted, applied: the codes of its operations."""
        assert self.says(envelope) == "PENDING"
        self.close()
        return self.result(envelope)[1]

    def stroops(self, who: Keypair, *, kin: bool = True) -> int:
        """A balance."""
        state = self.node.network.state
        key = (who.raw_public_key(), self.node.asset) if kin else who.raw_public_key()
        entry = state.get(key)
        return 0 if entry is None else entry.balance  # type: ignore[union-attr]


@pytest.fixture
def world() -> World:
    """A network with friendbot and issuer."""
    return World()


@pytest.fixture
def worlds() -> Callable[..., World]:
    """Networks with settings."""
    return World


@pytest.fixture
def live() -> Iterator[SandboxServer]:
    """A running sandbox that closes a ledger each 50 ms, promptly."""
    server = SandboxServer(close_seconds=0.05)
    yield server
    server.stop()


@pytest.fixture
def still() -> Iterator[SandboxServer]:
    """A running sandbox that closes ledgers when told."""
    server = SandboxServer(close_seconds=0)
    yield server
    server.stop()
