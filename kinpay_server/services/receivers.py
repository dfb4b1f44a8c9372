"""The receivers of callbacks, as far as something is known of them: how they answer, and what is under way to each."""

from collections.abc import Iterable

from kinpay_server.domain.circuit import Circuit
from kinpay_server.services.callback_chains import Chains
from kinpay_server.services.ports import Clock, WantedCallbacks

AT_ONCE = 500
"""So many requests are under way in all."""

MANY = 1000


class Receiver:
    """One of them. `checked_at` is when it was last looked for what is to be given up."""

    def __init__(self) -> None:
        self.circuit = Circuit()
        self.chains = Chains()
        self.checked_at: int | None = None


class Receivers:
    """By scheme, host and port. Of one that nothing is under way to and nothing bad is known of, nothing is kept."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._known: dict[str, Receiver] = {}
        self._many = MANY

    def __getitem__(self, name: str) -> Receiver:
        """The receiver of that name, whether it was known before or not."""
        if name not in self._known:
            if len(self._known) >= self._many:
                self._forget()
            self._known[name] = Receiver()
        return self._known[name]

    def wanted(self, ready: Iterable[str], under_way: int) -> list[WantedCallbacks]:
        """How many of each receiver to start while so many requests are under way in all.

        None gets more than half of what is left, so that something is left.
        """
        now, left = self._clock(), AT_ONCE - under_way
        wanted = []
        for name in ready:
            receiver = self[name]
            share = min(receiver.circuit.room(len(receiver.chains), now), (left + 1) // 2)
            if share:
                wanted.append(receiver.chains.wanted(name, share))
                left -= share
        return wanted

    def failing(self, names: Iterable[str]) -> list[str]:
        """Those that fail, and that nothing is under way to."""
        return [name for name in names if not self[name].circuit.closed and not self[name].chains]

    def _forget(self) -> None:
        now = self._clock()
        self._known = {name: one for name, one in self._known.items() if one.chains or not one.circuit.forgettable(now)}
        self._many = max(MANY, 2 * len(self._known))
