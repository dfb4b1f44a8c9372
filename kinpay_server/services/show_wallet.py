"""Show a wallet as the ledger has it."""

from dataclasses import dataclass

from kinpay_server.domain.errors import Unavailable, WalletNotFound
from kinpay_server.services.ports import Ledger, LedgerUnavailable


@dataclass(frozen=True, slots=True)
class WalletBalances:
    """What a wallet holds, in stroops of KIN (0 without a trustline) and of XLM."""

    address: str
    kin: int
    native: int


class ShowWallet:
    """The use case behind `GET /wallets/{address}`."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def __call__(self, address: str) -> WalletBalances:
        """Raises `WalletNotFound`, and `Unavailable` when Horizon cannot tell: never a false 404."""
        try:
            account = await self._ledger.account(address)
        except LedgerUnavailable as error:
            raise Unavailable("the ledger cannot be asked now") from error
        if account is None:
            raise WalletNotFound(f"no account {address} on the ledger")
        return WalletBalances(account.address, account.kin_held, account.xlm_balance)
