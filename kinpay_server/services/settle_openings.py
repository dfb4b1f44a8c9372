"""Settle an attempt that opens channels. Opening one twice is harmless: an account can be created only once."""

from kinpay_server.domain.attempt import Attempt
from kinpay_server.domain.channel import Channel
from kinpay_server.domain.outcome import Fault, LedgerTransaction
from kinpay_server.services.health import Health
from kinpay_server.services.ports import ChannelAfter, ChannelStore, Ledger, Settlement, Signer

CHANNELS = "channels"


class SettleOpenings:
    """Builds the settlement of a landed opening."""

    def __init__(
        self, store: ChannelStore, ledger: Ledger, signer: Signer, *, starting_balance: int, health: Health
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._signer = signer
        self._starting_balance = starting_balance
        self._health = health

    async def settlement(self, attempt: Attempt, transaction: LedgerTransaction) -> Settlement:
        """The channels that it opened are free now.

        When it failed, the ones that exist already (the old service made them) are taken as they are, and the rest
        stays to be opened. Raises `LedgerUnavailable` when the ledger cannot tell which.
        """
        indexes = await self._store.indexes_opened_by(attempt.hash)
        failure = transaction.failure
        if failure is None:
            opened = [self._new(index, transaction.ledger) for index in indexes]
            self._health.good(CHANNELS)
        else:
            opened = [channel for index in indexes if (channel := await self._existing(index)) is not None]
            if failure.fault is Fault.OURS:
                self._health.bad(CHANNELS, f"channels cannot be opened: {failure.reason}", blocking=False)
        return Settlement(
            attempt,
            landed=True,
            successful=failure is None,
            reason=failure.code if failure else "on the ledger",
            ledger=transaction.ledger,
            fee_charged=transaction.fee_charged,
            channel=channel_after(attempt, transaction),
            opened=tuple(opened),
            not_opened=failure is not None,
        )

    def _new(self, index: int, ledger: int) -> Channel:
        """A new account's numbers start at its ledger's, shifted by 32 bits."""
        start = ledger << 32
        return Channel(index, self._signer.channel_address(index), start, start, self._starting_balance)

    async def _existing(self, index: int) -> Channel | None:
        address = self._signer.channel_address(index)
        account = await self._ledger.account(address)
        if account is None:
            return None
        return Channel(index, address, account.sequence, account.sequence, account.xlm_spendable)


def channel_after(attempt: Attempt, transaction: LedgerTransaction) -> ChannelAfter | None:
    """The channel that carried a landed attempt: its number is used, and it paid the fee unless root bumped it."""
    if attempt.channel is None:
        return None
    spent = transaction.fee_charged if transaction.fee_account == attempt.source else 0
    return ChannelAfter(attempt.channel, attempt.sequence, attempt.sequence, spent)
