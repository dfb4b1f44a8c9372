"""The stores as opening channels by hand sees them: attempts that fund channels, and no payments at all."""

from kinpay_server.domain.attempt import Attempt, Purpose
from kinpay_server.storage.settlements import Settlements
from kinpay_server.storage.submissions import Submissions

ALL = 1_000_000
FUNDINGS = frozenset({Purpose.OPEN_CHANNELS, Purpose.TOP_UP})


class FundingSettlements(Settlements):
    """Only attempts that open channels or top them up are ever asked about, so no payment is sent or settled."""

    async def open_attempts(self, *, sent_before: int, limit: int) -> list[Attempt]:
        """See the port."""
        everything = await super().open_attempts(sent_before=sent_before, limit=ALL)
        return [attempt for attempt in everything if attempt.purpose in FUNDINGS][:limit]


class NoPayments(Submissions):
    """Nothing waits, so no channels are planned for what waits."""

    async def waiting_payments(self) -> int:
        """None."""
        return 0

    async def waiting_wallets(self) -> int:
        """None."""
        return 0
