"""What the root account holds, and how fast it is spent: from what each look at the account shows."""

from collections import deque
from dataclasses import dataclass

from kinpay_server.domain.callback import HOUR, MINUTE
from kinpay_server.services.ports import AccountState, Clock

WINDOW = 24 * HOUR
SLOT = 10 * MINUTE
ENOUGH = 2 * MINUTE
"""Milliseconds of watching before anything is said of a rate."""


@dataclass(frozen=True, slots=True)
class Funds:
    """What there is of one asset, in stroops, and what has been spent of it within the last `watched` milliseconds."""

    held: int
    spent: int
    watched: int

    @property
    def lasts(self) -> int | None:
        """How many milliseconds it lasts at that rate; None when nothing is spent, or too little is known."""
        if self.watched < ENOUGH or self.spent <= 0:
            return None
        return self.held * self.watched // self.spent


@dataclass(slots=True)
class _Slot:
    start: int
    kin: int = 0
    xlm: int = 0


class RootBalances:
    """Kept in memory for the last `WINDOW`. What comes in is no negative spending: only decreases are added up."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last: AccountState | None = None
        self._since = clock()
        self._slots: deque[_Slot] = deque()

    def note(self, account: AccountState) -> None:
        """The account as it is now."""
        now = self._clock()
        if not self._slots or not 0 <= now - self._slots[-1].start < SLOT:
            self._slots.append(_Slot(now))
        while self._slots and not 0 <= now - self._slots[0].start < WINDOW:
            self._slots.popleft()
        before, self._last = self._last, account
        if before is None:
            self._since = now
        elif self._slots:
            self._slots[-1].kin += max(0, (before.kin_balance or 0) - (account.kin_balance or 0))
            self._slots[-1].xlm += max(0, before.xlm_spendable - account.xlm_spendable)

    @property
    def kin(self) -> Funds | None:
        """The asset that is paid with; None before the account was seen, or without a trustline."""
        if self._last is None or self._last.kin_balance is None:
            return None
        return Funds(self._last.kin_balance, sum(slot.kin for slot in self._slots), self._watched())

    @property
    def xlm(self) -> Funds | None:
        """XLM above the reserve, which fees and new wallets cost; None before the account was seen."""
        if self._last is None:
            return None
        return Funds(self._last.xlm_spendable, sum(slot.xlm for slot in self._slots), self._watched())

    def _watched(self) -> int:
        now = self._clock()
        oldest = self._slots[0].start if self._slots else now
        return max(0, now - max(self._since, oldest))
