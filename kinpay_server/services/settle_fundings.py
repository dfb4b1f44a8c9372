"""Settle attempts that open channels or top them up. Doing either twice loses nothing: it is root's own XLM."""

from kinpay_server.domain.attempt import Attempt, Purpose
from kinpay_server.domain.channel import LAST_SEQUENCE, Channel
from kinpay_server.domain.outcome import Fault, LedgerTransaction
from kinpay_server.services.health import Health
from kinpay_server.services.ports import (
    ChannelAfter,
    ChannelStore,
    Ledger,
    LedgerUnavailable,
    Settlement,
    Signer,
)

CHANNELS = "channels"


class SettleFundings:
    """Builds the settlement of a landed one."""

    def __init__(
        self, store: ChannelStore, ledger: Ledger, signer: Signer, *, starting_balance: int, health: Health
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._signer = signer
        self._starting_balance = starting_balance
        self._health = health

    async def settlement(self, attempt: Attempt, transaction: LedgerTransaction) -> Settlement:
        """The channels that it opened are free now; those that it topped up have more XLM.

        When an opening failed, the ones that exist already (the old service made them) are taken as they are, and the
        rest stays to be opened. When a top-up failed, the ones that exist no more are retired, or it would fail for
        ever. Raises `LedgerUnavailable` when the ledger cannot tell which.
        """
        failure, is_top_up = transaction.failure, attempt.purpose is Purpose.TOP_UP
        if failure is None:
            self._health.good(CHANNELS)
        elif failure.fault is Fault.OURS or is_top_up:
            self._health.bad(CHANNELS, f"channels get no XLM: {failure.reason}", blocking=False)
        opened = await self._opened(attempt, transaction) if attempt.purpose is Purpose.OPEN_CHANNELS else []
        gone = await self._gone(attempt, transaction.ledger) if is_top_up and failure is not None else []
        return Settlement(
            attempt,
            landed=True,
            successful=failure is None,
            reason=failure.code if failure else "on the ledger",
            ledger=transaction.ledger,
            fee_charged=transaction.fee_charged,
            channel=channel_after(attempt, transaction),
            opened=tuple(opened),
            topped_up=failure is None and is_top_up,
            gone=tuple(gone),
        )

    async def _opened(self, attempt: Attempt, transaction: LedgerTransaction) -> list[Channel]:
        indexes = await self._store.indexes_funded_by(attempt.hash)
        if transaction.failure is None:
            return [self._new(index, transaction.ledger) for index in indexes]
        existing = [await self._existing(index, transaction.ledger) for index in indexes]
        return [channel for channel in existing if channel is not None]

    async def _gone(self, attempt: Attempt, since: int) -> list[int]:
        """Those channels of a top-up that somebody has merged."""
        indexes = await self._store.indexes_funded_by(attempt.hash)
        return [index for index in indexes if not await self._is_there(index, since)]

    async def _is_there(self, index: int, since: int) -> bool:
        evidence = await self._ledger.evidence(self._signer.channel_address(index))
        _must_be_fresh(evidence.ledger, since)
        return evidence.sequence is not None

    def _new(self, index: int, ledger: int) -> Channel:
        """A new account's numbers start at its ledger's, shifted by 32 bits."""
        start = ledger << 32
        return Channel(index, self._signer.channel_address(index), start, start, self._starting_balance)

    async def _existing(self, index: int, since: int) -> Channel | None:
        """The channel as the ledger has it in `since` or later: numbers from before may be used by now."""
        address = self._signer.channel_address(index)
        account = await self._ledger.account(address)
        if account is None:
            return None
        _must_be_fresh(account.ledger, since)
        return Channel(index, address, account.sequence, account.sequence, account.xlm_spendable)


def _must_be_fresh(ledger: int, since: int) -> None:
    """Raises `LedgerUnavailable` for what a replica shows that has not come to that ledger."""
    if ledger < since:
        raise LedgerUnavailable(f"one Horizon is at ledger {ledger}, and others have been at {since}")


def channel_after(attempt: Attempt, transaction: LedgerTransaction) -> ChannelAfter | None:
    """The channel that carried a landed attempt: its number is used, and it paid the fee unless root bumped it.

    It is retired when that was the last one that there is.
    """
    if attempt.channel is None:
        return None
    spent = transaction.fee_charged if transaction.fee_account == attempt.source else 0
    is_last = attempt.sequence >= LAST_SEQUENCE
    return ChannelAfter(attempt.channel, attempt.sequence, attempt.sequence, spent, retired=is_last)
