"""What is held for the operator keeps everything from being sent, until it has been decided about.

What nobody understands may befall every payment, so sending stops with the first one. It goes on by itself once all
that were held since the start have been tried again. What was held before stops nothing: whoever restarts has looked.
"""

from kinpay_server.domain.attempt import Attempt
from kinpay_server.services.health import Health
from kinpay_server.services.ports import SettlementStore

HELD = "held"


class Held:
    """Knows what is held since the start of this process."""

    def __init__(self, store: SettlementStore, *, health: Health) -> None:
        self._store = store
        self._health = health
        self._payments: set[str] = set()
        self._wallets: set[str] = set()

    def add(self, attempt: Attempt, code: str) -> None:
        """The attempt's payment or wallet has failed on the ledger with a code that nobody understands."""
        if attempt.payment_id is not None:
            self._payments.add(attempt.payment_id)
            what = (
                f"payment {attempt.payment_id} is held, it failed with {code}: see `kinpay payments show`, then retry"
            )
        elif attempt.wallet_address is not None:
            self._wallets.add(attempt.wallet_address)
            what = (
                f"wallet {attempt.wallet_address} is held, it failed with {code}: see `kinpay wallets show`, then retry"
            )
        else:
            return
        self._health.bad(HELD, f"{what}; all others wait until then")

    async def __call__(self) -> None:
        """Let sending go on when none of it is held any more."""
        if not (self._payments or self._wallets):
            return
        payments = await self._store.payments_by_id(sorted(self._payments))
        wallets = await self._store.wallets_by_address(sorted(self._wallets))
        self._payments = {one.id for one in payments.values() if one.held}
        self._wallets = {one.address for one in wallets.values() if one.held}
        if not (self._payments or self._wallets):
            self._health.good(HELD)
