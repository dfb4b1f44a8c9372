"""What is under way to one receiver: callbacks by themselves, and chains of callbacks that share lanes.

What a service is told of one address goes out in the order of the ledger (contract, section 2): the next one when the
one before has been answered. So it is with one payment of ours: that it has been made is told only after a try to tell
that it had failed has been answered. Whatever else waits for the receiver goes beside it.
"""

from collections.abc import Iterable, Sequence

from kinpay_server.services.ports import DueCallback, WantedCallbacks

MOST_IN_A_CHAIN = 50
"""What else waits in its lanes is read when it has ended."""


class Chain:
    """Callbacks that are sent one after another. Nothing else of `lanes` is sent until it has ended.

    `passed_over` says that there may be more of these lanes, which could not be taken in.
    """

    def __init__(self, first: DueCallback) -> None:
        self.receiver = first.receiver
        self.callbacks = [first]
        self.lanes = set(first.lanes)
        self.passed_over = False


class Chains:
    """Those that are under way to one receiver."""

    def __init__(self) -> None:
        self._chains = dict[Chain, None]()
        self._at_reading = list[Chain]()

    def __len__(self) -> int:
        """How many requests are under way: one of each chain."""
        return len(self._chains)

    def wanted(self, receiver: str, limit: int) -> WantedCallbacks:
        """What may be read while these are under way; `add` what comes of it before the next one."""
        self._at_reading = list(self._chains)
        alone, payments, busy = list[str](), list[str](), list[int]()
        for chain in self._chains:
            if chain.lanes:
                chain.passed_over = True
                busy += chain.lanes
            elif (payment_id := chain.callbacks[0].callback.payment_id) is not None:
                payments.append(payment_id)
            else:
                alone.append(chain.callbacks[0].callback.id)
        return WantedCallbacks(receiver, limit, tuple(alone), tuple(busy), tuple(payments))

    def add(self, due: Iterable[DueCallback]) -> list[Chain]:
        """New chains of what has been read, which is in order; what has to wait for another chain is left out.

        A callback with two lanes that waits for one of them keeps all behind it in the other lane waiting as well:
        that lane belongs to the chain that it waits for until that has ended. A chain that ended while it was read
        counts as under way: what was in its lanes has not been read.
        """
        growing = _Growing([*self._at_reading, *self._chains])
        for one in due:
            growing.take(one)
        self._chains |= dict.fromkeys(growing.new)
        return growing.new

    def ended(self, chain: Chain) -> None:
        """It is not under way any more."""
        del self._chains[chain]


class _Growing:
    """The chains that come out of one look."""

    def __init__(self, under_way: Iterable[Chain]) -> None:
        self._holders = {lane: chain for chain in under_way for lane in chain.lanes}
        self._open = set[Chain]()
        self.new = list[Chain]()

    def take(self, one: DueCallback) -> None:
        """Begin a chain with it, or put it at the end of one, or leave it."""
        holders = list(dict.fromkeys(self._holders[lane] for lane in one.lanes if lane in self._holders))
        if not holders:
            self._begin(one)
        elif len(holders) == 1 and holders[0] in self._open:
            self._append(holders[0], one)
        else:
            self._leave(one, holders)

    def _begin(self, one: DueCallback) -> None:
        chain = Chain(one)
        self.new.append(chain)
        self._open.add(chain)
        self._hold(chain, one)

    def _append(self, chain: Chain, one: DueCallback) -> None:
        chain.callbacks.append(one)
        self._hold(chain, one)
        if len(chain.callbacks) == MOST_IN_A_CHAIN:
            chain.passed_over = True
            self._open.discard(chain)

    def _leave(self, one: DueCallback, holders: Sequence[Chain]) -> None:
        for chain in holders:
            chain.passed_over = True
            self._open.discard(chain)
        self._hold(holders[0], one)

    def _hold(self, chain: Chain, one: DueCallback) -> None:
        """All lanes of it that nobody holds are the chain's now."""
        for lane in one.lanes:
            if lane not in self._holders:
                self._holders[lane] = chain
                chain.lanes.add(lane)
