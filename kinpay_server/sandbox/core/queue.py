"""The transactions that wait for a ledger: core's TransactionQueue with its limits.

One waiting transaction for each source account, two ledgers deep, dropped after four ledgers; what was refused for want
of room, outbid, dropped or applied is banned for ten ledgers by the hash of its bytes.
"""

import heapq
from collections import deque
from collections.abc import Iterable

from .envelope import Envelope

PENDING_LEDGERS = 4
BAN_LEDGERS = 10
DEPTH = 2
"""How many ledgers' worth of operations may wait."""
REPLACE_FACTOR = 10


class Waiting:
    """A transaction in the queue; `age` in ledgers, `arrived` in unix seconds."""

    __slots__ = ("age", "arrived", "envelope")

    def __init__(self, envelope: Envelope, arrived: float, age: int = 0) -> None:
        self.envelope = envelope
        self.arrived = arrived
        self.age = age


def rate(envelope: Envelope) -> int:
    """The bid for an operation, scaled so that different bids are different numbers."""
    return (envelope.fee << 20) // max(1, envelope.weight)


def outbids(envelope: Envelope, fee: int, weight: int) -> bool:
    """Whether it bids more for each operation than `fee` for `weight` operations."""
    return envelope.fee * weight > fee * envelope.weight


def better_fee(envelope: Envelope, fee: int, weight: int) -> int:
    """The least fee with which it would bid more than `fee` for `weight` operations."""
    return fee * envelope.weight // weight + 1


def replacement_fee(newcomer: Envelope, waiting: Envelope) -> int:
    """What a bump must bid to replace a waiting transaction: ten times as much for each operation."""
    return -(-REPLACE_FACTOR * waiting.fee * newcomer.weight // max(1, waiting.weight))


def is_duplicate(newcomer: Envelope, waiting: Envelope) -> bool:
    """The very same bytes, or what is inside the bump that waits."""
    if newcomer.is_bump == waiting.is_bump:
        return newcomer.full_hash == waiting.full_hash
    return waiting.inner is not None and waiting.inner.full_hash == newcomer.full_hash


class Queue:
    """What waits. `max_ops` is how many operations a ledger takes.

    `others` is other people's traffic, which nobody sees otherwise: (operations in each ledger, their bid for one).
    """

    def __init__(self, max_ops: int) -> None:
        self.max_ops = max_ops
        self.waiting: dict[bytes, Waiting] = {}
        self.fees: dict[bytes, int] = {}
        self.banned: deque[set[bytes]] = deque((set() for _ in range(BAN_LEDGERS)), maxlen=BAN_LEDGERS)
        self.size = 0
        self.others = (0, 0)
        self._cheapest: list[tuple[int, bytes, bytes]] = []
        self._evicted: tuple[int, int] | None = None

    def is_banned(self, envelope: Envelope) -> bool:
        """Whether these bytes were turned away or applied in the last ten ledgers."""
        return any(envelope.full_hash in hashes for hashes in self.banned)

    def ban(self, envelope: Envelope) -> None:
        """Turns these bytes away for ten ledgers; they do not wait any more."""
        self.banned[0].add(envelope.full_hash)
        there = self.waiting.get(envelope.source)
        if there is not None and there.envelope.full_hash == envelope.full_hash:
            self._remove(envelope)

    def make_room(self, newcomer: Envelope, replaced: Envelope | None) -> tuple[list[Envelope], int]:
        """-> (whom the newcomer would evict, 0), or ([], the fee that it would need)."""
        if self._evicted is not None and not outbids(newcomer, *self._evicted):
            return [], better_fee(newcomer, *self._evicted)
        free = DEPTH * self.max_ops - self.size + (replaced.weight if replaced else 0)
        crowd, bid = self.others
        if crowd and not outbids(newcomer, bid, 1) and free - DEPTH * crowd < newcomer.weight:
            return [], better_fee(newcomer, bid, 1)
        victims: list[Envelope] = []
        held: list[tuple[int, bytes, bytes]] = []
        wanted = 0
        while free < newcomer.weight and not wanted:
            victim = self._pop_cheapest(held)
            if victim is None:
                wanted = newcomer.fee + 1
            elif victim is replaced:
                continue
            elif outbids(newcomer, victim.fee, victim.weight):
                victims.append(victim)
                free += victim.weight
            else:
                wanted = better_fee(newcomer, victim.fee, victim.weight)
        for item in held:
            heapq.heappush(self._cheapest, item)
        return ([], wanted) if wanted else (victims, 0)

    def evict(self, victims: Iterable[Envelope]) -> None:
        """They are gone without a word, and nobody who bids as little gets in before the next ledger."""
        for victim in victims:
            self._evicted = (victim.fee, victim.weight)
            self.ban(victim)

    def add(self, envelope: Envelope, arrived: float) -> None:
        """Lets it wait; it takes the place, and the age, of the one that it replaces."""
        old = self.waiting.get(envelope.source)
        age = 0
        if old is not None:
            age = old.age
            self._remove(old.envelope)
        self.waiting[envelope.source] = Waiting(envelope, arrived, age)
        self.fees[envelope.fee_source] = self.fees.get(envelope.fee_source, 0) + envelope.fee
        self.size += envelope.weight
        heapq.heappush(self._cheapest, (rate(envelope), envelope.full_hash, envelope.source))

    def after_close(self, applied: Iterable[Envelope]) -> None:
        """What the ledger took is banned, as is what has waited too long; everybody else is a ledger older."""
        done = list(applied)
        for envelope in done:
            there = self.waiting.get(envelope.source)
            if there is not None and envelope.sequence >= there.envelope.sequence:
                self._remove(there.envelope)
        self.ban_applied(envelope.full_hash for envelope in done)
        for there in list(self.waiting.values()):
            there.age += 1
            if there.age >= PENDING_LEDGERS:
                self.ban(there.envelope)
        self._evicted = None

    def ban_applied(self, full_hashes: Iterable[bytes]) -> None:
        """Turns away what a ledger took; all bans are a ledger older then."""
        self.banned[0].update(full_hashes)
        self.banned.appendleft(set())

    def forget(self) -> None:
        """Everything is gone, bans too: core was started anew."""
        self.waiting.clear()
        self.fees.clear()
        for hashes in self.banned:
            hashes.clear()
        self.size = 0
        self._cheapest.clear()
        self._evicted = None

    def _remove(self, envelope: Envelope) -> None:
        del self.waiting[envelope.source]
        left = self.fees[envelope.fee_source] - envelope.fee
        if left:
            self.fees[envelope.fee_source] = left
        else:
            del self.fees[envelope.fee_source]
        self.size -= envelope.weight
        if len(self._cheapest) > 64 + 2 * len(self.waiting):
            alive = {there.envelope.full_hash for there in self.waiting.values()}
            self._cheapest = [item for item in self._cheapest if item[1] in alive]
            heapq.heapify(self._cheapest)

    def _pop_cheapest(self, held: list[tuple[int, bytes, bytes]]) -> Envelope | None:
        while self._cheapest:
            item = heapq.heappop(self._cheapest)
            there = self.waiting.get(item[2])
            if there is not None and there.envelope.full_hash == item[1]:
                held.append(item)
                return there.envelope
        return None
