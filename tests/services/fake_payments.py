"""A ledger at the port that has payments of everybody and nothing else, with replicas that may lag."""

from collections.abc import Set
from dataclasses import dataclass, field

from kinpay_server.domain.watch import SeenPayment, ledger_of
from kinpay_server.services.ports import LedgerUnavailable, NetworkFees, NetworkState

GENESIS = 1_800_000_000
SECONDS = 5


@dataclass
class FakePage:
    """`PaymentsPage`."""

    payments: list[SeenPayment]
    limit: int

    def __post_init__(self) -> None:
        self.count = len(self.payments)
        self.full = self.count >= self.limit
        self.last = self.payments[-1].position if self.payments else None
        self.closed_at = self.payments[-1].closed_at if self.payments else None

    def watched(self, addresses: Set[str]) -> list[SeenPayment]:
        return [one for one in self.payments if one.sender in addresses or one.recipient in addresses]


@dataclass
class FakePayments:
    """`Ledger`, as far as watching needs it. `asked` holds of whom lists were asked: None for the network's."""

    ledger: int = 1000
    elder: int = 1
    core_ahead: int = 0
    rate: float = 200.0
    down: bool = False
    lag: dict[str | None, int] = field(default_factory=dict)
    """By list, how many ledgers the replica that answers is behind."""

    history: list[SeenPayment] = field(default_factory=list)
    asked: list[str | None] = field(default_factory=list)
    measured: int = 0

    def pay(self, sender: str, recipient: str, amount: int = 10_000_000, memo: str | None = None) -> SeenPayment:
        """A payment of KIN in the ledger that closes next."""
        position = (self.ledger + 1 << 32) + sum(ledger_of(one.position) > self.ledger for one in self.history) + 1
        closed_at = (GENESIS + SECONDS * (self.ledger + 1)) * 1000
        payment = SeenPayment(position, sender, recipient, amount, f"tx {position}", "2026", closed_at, memo)
        self.history.append(payment)
        return payment

    def close(self, ledgers: int = 1) -> None:
        """Close so many ledgers; what was paid is in the first."""
        self.ledger += ledgers

    def paid(self, sender: str, recipient: str, memo: str | None = None) -> SeenPayment:
        """A payment in a ledger of its own, closed."""
        payment = self.pay(sender, recipient, memo=memo)
        self.close()
        return payment

    async def network(self) -> NetworkState:
        if self.down:
            raise LedgerUnavailable("down")
        closed_at = GENESIS + SECONDS * self.ledger
        return NetworkState("network", self.ledger, self.elder, self.ledger + self.core_ahead, closed_at)

    async def fees(self) -> NetworkFees:
        return NetworkFees(100, 100)

    async def payments_of(self, address: str | None, position: int, limit: int) -> FakePage:
        if self.down:
            raise LedgerUnavailable("down")
        self.asked.append(address)
        shown = [
            one
            for one in self.history
            if position < one.position
            and ledger_of(one.position) <= self.ledger - self.lag.get(address, 0)
            and (address is None or address in (one.sender, one.recipient))
        ]
        return FakePage(shown[:limit], limit)

    async def payments_per_second(self, until: int) -> float:
        assert until == GENESIS + SECONDS * self.ledger
        self.measured += 1
        return self.rate
