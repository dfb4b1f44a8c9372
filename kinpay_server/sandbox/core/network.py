"""A network of one validator: what it says to a submission, and what a ledger's close does."""

import hashlib
import logging
from collections.abc import Iterable, Sequence
from enum import Enum
from typing import NamedTuple

from stellar_sdk import Keypair

from .applying import Applied, apply, charge
from .entries import Account, Entry, Key
from .envelope import Envelope, decode
from .header import ALL_COINS, Header
from .operations.context import Context
from .queue import Queue, is_duplicate, replacement_fee
from .reserves import spendable
from .results import Code, TxResult, bump_result
from .state import LedgerState, Txn
from .surge import choose
from .validity import Moment, check, minimum_fee

log = logging.getLogger("kinpay.sandbox")


class Status(Enum):
    """What core's queue says; the names are those of the protocol."""

    PENDING = "PENDING"
    DUPLICATE = "DUPLICATE"
    TRY_AGAIN_LATER = "TRY_AGAIN_LATER"
    ERROR = "ERROR"


class Answer(NamedTuple):
    """The answer to a submission; `result` comes with ERROR only."""

    status: Status
    envelope: Envelope
    result: TxResult | None = None


class ClosedLedger(NamedTuple):
    """A ledger: its header, its transactions in the order in which they were applied, every entry that it changed.

    `arrivals` are the unix seconds at which the transactions were submitted, `base_fee` what an operation cost.
    """

    header: Header
    hash: bytes
    transactions: Sequence[Applied]
    arrivals: Sequence[float]
    changes: dict[Key, Entry | None]
    base_fee: int


class Network:
    """State, queue and rules. The caller brings the time (unix seconds) and says when a ledger closes.

    `ledger_seconds` is what the network takes for the time between ledgers; a transaction must live twice as long.
    """

    def __init__(self, passphrase: str, *, max_ops: int = 1000, ledger_seconds: int = 1, now: float = 0.0) -> None:
        self.passphrase = passphrase
        self.network_id = hashlib.sha256(passphrase.encode()).digest()
        self.max_ops = max_ops
        self.ledger_seconds = ledger_seconds
        self.state = LedgerState()
        self.queue = Queue(max_ops)
        self.root = Keypair.from_raw_ed25519_seed(self.network_id)
        self.genesis = self._begin(int(now))
        self.header = self.genesis.header
        self.hash = self.genesis.hash

    @property
    def ledger(self) -> int:
        """The number of the last closed ledger."""
        return self.header.sequence

    def submit(self, text: str, now: float) -> Answer:
        """What the queue says to an envelope in base64; Malformed if it is none."""
        return self.submit_envelope(decode(text, self.network_id), now)

    def submit_envelope(self, envelope: Envelope, now: float) -> Answer:
        """Core's order: bans, the source's waiting transaction, room in the queue, validity, the payer's other fees."""
        queue = self.queue
        if queue.is_banned(envelope):
            return Answer(Status.TRY_AGAIN_LATER, envelope)
        there = queue.waiting.get(envelope.source)
        replaced = there.envelope if there is not None else None
        if replaced is not None:
            refusal = self._about_waiting(envelope, replaced)
            if refusal is not None:
                return refusal
        victims, wanted = queue.make_room(envelope, replaced)
        if wanted:
            queue.ban(envelope)
            return self._refuse(envelope, Code.txINSUFFICIENT_FEE, wanted)
        result = check(envelope, self.state, self.moment(now))
        if result is not None:
            return Answer(Status.ERROR, envelope, result)
        if not self._payer_can(envelope, replaced):
            return self._refuse(envelope, Code.txINSUFFICIENT_BALANCE, minimum_fee(envelope))
        queue.evict(victims)
        queue.add(envelope, now)
        return Answer(Status.PENDING, envelope)

    def close(self, now: float) -> ClosedLedger:
        """Closes a ledger with what waits, as far as it fits."""
        close_time = max(int(now), self.header.close_time)
        moment = Moment(self.ledger + 1, close_time, close_time)
        waiting = self.queue.waiting
        candidates = [there.envelope for there in waiting.values()]
        ready = [tx for tx in candidates if not self._expired(tx, moment)]
        chosen, base_fee = choose(ready, self.max_ops, self.queue.others)
        chosen.sort(key=lambda tx: tx.hash)
        arrivals = [waiting[tx.source].arrived for tx in chosen]
        closed = self._apply(chosen, arrivals, moment, base_fee)
        self.queue.after_close(chosen)
        self._drop_invalid(now)
        return closed

    def restore(self, header: Header, entries: dict[Key, Entry | None], applied: Sequence[Iterable[bytes]]) -> None:
        """Goes on behind a ledger that closed before.

        `applied` are the hashes of the bytes that were in the last ledgers, the oldest first: they are banned.
        """
        self.header, self.hash = header, header.hash
        self.state = LedgerState()
        self.state.absorb(entries)
        for hashes in applied:
            self.queue.ban_applied(hashes)

    def moment(self, now: float) -> Moment:
        """When a submission is judged: for the next ledger, which may be two ledgers' time away."""
        last = self.header.close_time
        return Moment(self.ledger + 1, last, max(int(now), last) + 2 * self.ledger_seconds)

    def _about_waiting(self, envelope: Envelope, waiting: Envelope) -> Answer | None:
        if is_duplicate(envelope, waiting):
            return Answer(Status.DUPLICATE, envelope)
        if envelope.sequence < waiting.sequence:
            return self._refuse(envelope, Code.txBAD_SEQ, minimum_fee(envelope))
        if not envelope.is_bump or envelope.sequence != waiting.sequence:
            return Answer(Status.TRY_AGAIN_LATER, envelope)
        wanted = replacement_fee(envelope, waiting)
        if envelope.fee < wanted:
            return self._refuse(envelope, Code.txINSUFFICIENT_FEE, wanted)
        return None

    def _refuse(self, envelope: Envelope, code: Code, fee: int) -> Answer:
        if envelope.inner is not None and code is Code.txBAD_SEQ:
            return Answer(Status.ERROR, envelope, bump_result(fee, envelope.inner.hash, TxResult(0, code)))
        return Answer(Status.ERROR, envelope, TxResult(fee, code))

    def _payer_can(self, envelope: Envelope, replaced: Envelope | None) -> bool:
        """One account may pay for many waiting transactions, if it has what all of them bid."""
        payer = self.state.account(envelope.fee_source)
        others = self.queue.fees.get(envelope.fee_source, 0)
        if replaced is not None and replaced.fee_source == envelope.fee_source:
            others -= replaced.fee
        return payer is not None and spendable(payer) - envelope.fee >= others

    def _expired(self, envelope: Envelope, moment: Moment) -> bool:
        bounds = envelope.time_bounds
        return bounds is not None and 0 < bounds[1] < moment.latest

    def _drop_invalid(self, now: float) -> None:
        moment = self.moment(now)
        for there in list(self.queue.waiting.values()):
            if check(there.envelope, self.state, moment) is not None:
                self.queue.ban(there.envelope)

    def _apply(
        self, chosen: Sequence[Envelope], arrivals: Sequence[float], moment: Moment, base_fee: int
    ) -> ClosedLedger:
        ledger = Txn(self.state, moment.ledger)
        ids = [self.header.id_pool]
        done = [charge(envelope, ledger, base_fee) for envelope in chosen]
        for applied in done:
            context = Context(applied.envelope.innermost, moment.ledger, moment.time, ids, self.network_id)
            try:
                apply(applied, ledger, context, moment, base_fee)
            except Exception:  # core does the same: one bad transaction must not stop the ledger
                log.exception("%s could not be applied", applied.envelope.hash.hex())
                _internal_error(applied)
        ledger.commit()
        fees = sum(applied.fee for applied in done)
        header = Header(
            sequence=moment.ledger,
            previous=self.hash,
            close_time=moment.time,
            tx_set_hash=hashlib.sha256(b"".join(tx.full_hash for tx in chosen)).digest(),
            result_hash=hashlib.sha256(b"".join(a.envelope.hash + a.result.to_xdr() for a in done)).digest(),
            fee_pool=self.header.fee_pool + fees,
            id_pool=ids[0],
            max_ops=self.max_ops,
        )
        self.header, self.hash = header, header.hash
        return ClosedLedger(header, self.hash, done, arrivals, ledger.local, base_fee)

    def _begin(self, now: int) -> ClosedLedger:
        """Ledger 1: all XLM belongs to the root account, whose key follows from the passphrase."""
        root_id = self.root.raw_public_key()
        root = Account(root_id, ALL_COINS, 0, modified=1)
        self.state.absorb({root_id: root})
        header = Header(1, bytes(32), now, bytes(32), bytes(32), 0, 0, self.max_ops)
        return ClosedLedger(header, header.hash, (), (), {root_id: root}, 100)


def _internal_error(applied: Applied) -> None:
    failed = TxResult(applied.fee, Code.txINTERNAL_ERROR)
    inner = applied.envelope.inner
    applied.result = failed if inner is None else bump_result(applied.fee, inner.hash, failed)
    applied.operations = ()
