"""Accept a wallet: record it durably, wake the job that creates it, answer."""

import structlog

from kinpay_server.domain.wallet import NewWallet
from kinpay_server.services.ports import Nudge, WalletAcceptanceStore

log = structlog.get_logger(__name__)


class AcceptWallet:
    """The use case behind `POST /wallets`."""

    def __init__(self, store: WalletAcceptanceStore, nudge: Nudge) -> None:
        self._store = store
        self._nudge = nudge

    async def __call__(self, posted: NewWallet) -> None:
        """Return once its row is on disk, or the callback of one that exists. Raises `Unavailable`."""
        await self._store.accept_wallet(posted)
        self._nudge.create_wallets()
        self._nudge.deliver_callbacks()
        log.info("wallet accepted", wallet_address=posted.address, app_id=posted.app_id)
