"""Check the root account: can it pay at present? While it cannot, payments wait; they go on when it is mended.

One that is larger than what root has waits alone, and does not stop those that can be paid; so do new wallets.
"""

from kinpay_server.domain.amount import amount_of
from kinpay_server.services.health import Health
from kinpay_server.services.ports import AccountState, Ledger, LedgerUnavailable, SubmissionStore
from kinpay_server.services.root_balances import RootBalances
from kinpay_server.services.send_attempts import SENDING, SIGNATURES

AGAIN_AFTER = 60_000
"""Milliseconds after a refusal for which root shows no reason."""

ROOT = "root account"
WALLETS = "new wallets"


class CheckRoot:
    """Looks at the account, and at the payment that waits next."""

    def __init__(
        self,
        store: SubmissionStore,
        ledger: Ledger,
        *,
        root_address: str,
        asset_code: str,
        balances: RootBalances,
        starting_balance: int,
        health: Health,
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._root = root_address
        self._asset = asset_code
        self._balances = balances
        self._starting_balance = starting_balance
        self._health = health
        self._could_sign = True
        self._was_well = True
        self._refused_since: int | None = None

    async def __call__(self) -> None:
        """Report what is wrong with it, or that it is well, which ends a hold. An unknown state changes nothing."""
        try:
            account = await self._ledger.account(self._root)
        except LedgerUnavailable:
            return
        if account is not None:
            self._balances.note(account)
        oldest = await self._store.oldest_waiting()
        wanted = oldest.amount if oldest else 1
        self._mind_the_signers(account)
        wrong = self._wrong(account, wanted)
        if account is None or wrong is not None:
            self._was_well = False
            self._health.bad(ROOT, wrong or "")
            return
        self._health.can_pay = account.kin_balance or 0
        self._mind_what_was_refused()
        if self._health.can_pay < wanted:
            self._health.bad(ROOT, self._too_little(self._health.can_pay, wanted), blocking=False)
        else:
            self._health.good(ROOT)
        await self._mind_the_wallets(account.xlm_spendable)

    def _mind_what_was_refused(self) -> None:
        """Try again what the ledger refused for a fault of ours, at once if root was seen to be mended.

        Else root is not what is wrong, as far as this Horizon shows, and each try may cost a fee: then once a minute.
        """
        check, now = self._health.checks.get(SENDING), self._health.clock()
        is_refused = check is not None and not check.ok
        if is_refused and self._refused_since is None:
            self._refused_since = now
        if not is_refused or not self._was_well or not 0 <= now - (self._refused_since or 0) < AGAIN_AFTER:
            self._refused_since = None
            self._health.good(SENDING)
        self._was_well = True

    async def _mind_the_wallets(self, spendable: int) -> None:
        """New wallets wait by themselves while root has not the XLM that one of them gets."""
        self._health.can_give = spendable
        if spendable < self._starting_balance and (waiting := await self._store.waiting_wallets()):
            self._health.bad(
                WALLETS,
                f"{self._root} has {amount_of(spendable)} XLM above its reserve, a new wallet gets "
                f"{amount_of(self._starting_balance)}, and {waiting} wait: send it some",
                blocking=False,
            )
        else:
            self._health.good(WALLETS)

    def _mind_the_signers(self, account: AccountState | None) -> None:
        """Signatures that were refused while root's key could not sign may be tried again once it can.

        If it could all the time, what was refused would be refused for ever: then somebody must look.
        """
        can_sign = account is not None and account.signs_payments
        if can_sign and not self._could_sign:
            self._health.good(SIGNATURES)
        self._could_sign = can_sign

    def _wrong(self, account: AccountState | None, wanted: int) -> str | None:
        """What keeps it from paying anything, and what to do; None when nothing does."""
        if account is None:
            return f"{self._root} does not exist on this network: create it, with XLM for reserves and fees"
        if account.kin_balance is None:
            return f"{self._root} has no trustline for {self._asset}: add one"
        if not account.kin_authorized:
            return f"the issuer has frozen the {self._asset} of {self._root}: ask the issuer"
        if account.kin_balance == 0:
            return self._too_little(0, wanted)
        if account.xlm_spendable <= 0:
            return f"{self._root} has no XLM above its reserve: send it some"
        if not account.signs_payments:
            return f"the key of {self._root} may not sign its payments any more: mend its signers, or the seed"
        return None

    def _too_little(self, has: int, wanted: int) -> str:
        return (
            f"{self._root} has {amount_of(has)} {self._asset} and the next payment needs {amount_of(wanted)}: "
            "send it some"
        )
