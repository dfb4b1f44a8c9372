"""Create wallets: as payments are made (`services.submit`), with the same attempts and the same safety."""

from collections.abc import Sequence
from typing import Any

from kinpay_server.domain.attempt import Attempt
from kinpay_server.services.ports import Bounds, Signer, WalletClaim, WalletDraft, WalletStore
from kinpay_server.services.send_attempts import SendAttempts
from kinpay_server.services.submit import Submit


class SubmitWallets(Submit[WalletClaim]):
    """The job that drains accepted wallets; each gets `starting_balance` stroops of XLM from root."""

    what = "wallets"

    def __init__(
        self, store: WalletStore, signer: Signer, send: SendAttempts, *, starting_balance: int, **parts: Any
    ) -> None:
        super().__init__(send, **parts)
        self._store = store
        self._signer = signer
        self._starting_balance = starting_balance

    async def _claim(self, limit: int, now: int) -> list[WalletClaim]:
        claims = await self._store.claim_wallets(min(limit, self._affordable), now)
        self._health.can_give -= len(claims) * self._starting_balance
        return claims

    async def _sign(self, claims: Sequence[WalletClaim], bounds: Bounds, now: int) -> list[Attempt]:
        return await self._signer.sign_wallets([self._draft(claim) for claim in claims], bounds, now)

    async def _record(self, attempts: Sequence[Attempt]) -> None:
        await self._store.record_attempts(attempts)

    async def _release(self, claims: Sequence[WalletClaim], now: int) -> None:
        await self._store.release_wallets(claims, now)

    def _id(self, claim: WalletClaim) -> str:
        return claim.wallet.address

    async def _waiting(self) -> int:
        return min(await self._store.waiting_wallets(), self._affordable)

    @property
    def _affordable(self) -> int:
        """How many more root can make, as far as is known; `CheckRoot` tells of those that wait for XLM."""
        return max(self._health.can_give, 0) // max(self._starting_balance, 1)

    def _draft(self, claim: WalletClaim) -> WalletDraft:
        balance, bids = self._starting_balance, self._bids(claim.channel)
        return WalletDraft(claim.wallet, claim.channel, starting_balance=balance, **bids)
