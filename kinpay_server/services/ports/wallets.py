"""Where wallets are recorded and taken to be created. Each method of a store is one durable transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from kinpay_server.domain.attempt import Attempt
from kinpay_server.domain.channel import Channel
from kinpay_server.domain.wallet import NewWallet, Wallet


class WalletAcceptanceStore(Protocol):
    """Where wallets are recorded."""

    async def accept_wallet(self, posted: NewWallet) -> None:
        """Insert the row, or judge the repeat (`domain.wallet.judge_repeat`), durably. Raises `Unavailable`."""


@dataclass(frozen=True, slots=True)
class WalletClaim:
    """A wallet that was taken to be created and the free channel that is lent to it."""

    wallet: Wallet
    channel: Channel


class WalletStore(Protocol):
    """What creating wallets reads and writes."""

    async def claim_wallets(self, limit: int, now: int) -> list[WalletClaim]:
        """As `SubmissionStore.claim`."""

    async def record_attempts(self, attempts: Sequence[Attempt]) -> None:
        """Write them before anything is sent."""

    async def release_wallets(self, claims: Sequence[WalletClaim], now: int) -> None:
        """Give claims back of which nothing was signed."""

    async def waiting_wallets(self) -> int:
        """How many wallets are accepted and not claimed."""
