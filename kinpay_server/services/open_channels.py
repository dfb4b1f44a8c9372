"""Open channel accounts on demand: root sponsors their reserve, each gets a little XLM for its own fees.

A transaction has 20 signatures at most and every new account signs, so root opens 19 in one and a channel 18 (root
signs too). One source has one transaction in a ledger, but every free channel is a source: a thousand take seconds.
"""

from collections.abc import Sequence
from itertools import islice

import structlog

from kinpay_server.domain.channel import Channel, indexes, indexes_of
from kinpay_server.services.health import Health
from kinpay_server.services.network_view import NetworkView
from kinpay_server.services.patience import Patience
from kinpay_server.services.ports import (
    AccountState,
    ChannelStore,
    Clock,
    Funding,
    Ledger,
    LedgerUnavailable,
    OpeningDraft,
    Signer,
    SubmissionStore,
)
from kinpay_server.services.send_attempts import SendAttempts

BY_ROOT = 19
BY_CHANNEL = 18
OPERATIONS_EACH = 3
FIRST = 10

log = structlog.get_logger(__name__)


class OpenChannels:
    """The funding job. Only one runs at a time."""

    def __init__(
        self,
        channels: ChannelStore,
        payments: SubmissionStore,
        ledger: Ledger,
        signer: Signer,
        send: SendAttempts,
        *,
        view: NetworkView,
        health: Health,
        clock: Clock,
        max_channels: int,
        starting_balance: int,
    ) -> None:
        self._channels = channels
        self._payments = payments
        self._ledger = ledger
        self._signer = signer
        self._send = send
        self._view = view
        self._health = health
        self._clock = clock
        self._max_channels = max_channels
        self._starting_balance = starting_balance
        self._patience = Patience(health=health, clock=clock)

    async def adopt(self, *, since: int = 0) -> int:
        """Take up channels whose reserve root sponsors; of free ones that are known, take the ledger's numbers.

        A number that is behind the ledger's would be refused for ever, so they are of ledger `since` or later. The old
        service's channels have reserves of their own and are asked for one by one. Returns how many are sponsored.
        Raises `LedgerUnavailable`.
        """
        found = await self._sponsored(since)
        await self._channels.adopt_channels(found, self._clock())
        sponsored = {channel.index for channel in found}
        others = [channel for channel in await self._channels.free_channels() if channel.index not in sponsored]
        found_others = [await self._look_up(channel, since) for channel in others]
        await self._channels.note_ledger([*found, *found_others], self._clock())
        return len(found)

    async def strangers(self) -> bool:
        """Whether channels exist that were opened before the database was made, by a kinpay or by the old service.

        The old service's are in no list, so some of the first are asked for. Raises `LedgerUnavailable`.
        """
        known = sum((await self._channels.channel_counts()).values())
        if len(await self._sponsored(0)) > known:
            return True
        first = [self._signer.channel_address(index) for index in indexes(self._max_channels)[:FIRST]]
        return not known and any([await self._ledger.account(address) is not None for address in first])

    async def addresses(self) -> frozenset[str]:
        """All that channels may have: those that are known, and those that another database may have opened behind."""
        known = await self._channels.next_index()
        return frozenset(self._signer.channel_address(i) for i in indexes(self._max_channels, known=known))

    async def _sponsored(self, since: int) -> list[Channel]:
        accounts = await self._ledger.sponsored_accounts(self._signer.root_address)
        _must_be_fresh(accounts, since)
        there = {account.address for account in accounts}
        index_of = indexes_of(there, self._signer.channel_address, max_channels=self._max_channels)
        return [
            Channel(index_of[a.address], a.address, a.sequence, a.sequence, a.xlm_spendable)
            for a in accounts
            if a.address in index_of
        ]

    async def _look_up(self, channel: Channel, since: int) -> Channel:
        """The channel as the ledger has it; one that is gone as it is known."""
        account = await self._ledger.account(channel.address)
        if account is None:
            return channel
        _must_be_fresh([account], since)
        return Channel(channel.index, channel.address, account.sequence, channel.signed, account.xlm_spendable)

    async def __call__(self) -> None:
        """Plan as many channels as payments and wallets wait for, within `max_channels`, and open what is planned.

        Opening is safe to repeat: an account can be created only once. Still each attempt is written down before it is
        sent, since it uses a number of its source.
        """
        if not self._health.may_send or self._patience.must_wait:
            return
        await self._plan()
        planned = await self._channels.planned_channels()
        if planned:
            self._patience.tries()
            await self._open(planned)

    async def _plan(self) -> None:
        counts = await self._channels.channel_counts()
        waiting = await self._payments.waiting_payments() + await self._payments.waiting_wallets()
        wanted = waiting - counts.get("free", 0) - counts.get("opening", 0)
        room = self._max_channels - (sum(counts.values()) - counts.get("retired", 0))
        if min(wanted, room) > 0:
            await self._channels.plan_channels(min(wanted, room), self._signer.channel_address, self._clock())

    async def _open(self, planned: list[int]) -> None:
        now = self._clock()
        by_root = await self._root_number()
        beyond_root = len(planned) - (BY_ROOT if by_root else 0)
        lent = await self._channels.lend_channels(-(-max(beyond_root, 0) // BY_CHANNEL), now)
        drafts = self._drafts(planned, by_root, lent)
        if not drafts:
            return
        try:
            attempts = await self._signer.sign_openings(drafts, self._view.bounds(), now)
            await self._channels.record_fundings(
                [
                    Funding(attempt, dict.fromkeys(draft.indexes, self._starting_balance))
                    for attempt, draft in zip(attempts, drafts, strict=True)
                ]
            )
        except Exception:
            await self._channels.return_channels([channel.index for channel in lent], now)
            raise
        log.info("opening channels", channels=sum(len(d.indexes) for d in drafts), transactions=len(drafts))
        await self._send(attempts)

    async def _root_number(self) -> tuple[int, int | None] | None:
        """Root's next number, and the least one when it leaves a gap; None while a transaction of root is open."""
        root = self._signer.root_address
        is_open, signed = await self._channels.numbers_of(root)
        if is_open:
            return None
        account = await self._ledger.account(root)
        if account is None:
            raise LedgerUnavailable(f"{root} does not exist")
        gap = signed > account.sequence
        return max(signed, account.sequence) + 1, account.sequence if gap else None

    def _drafts(
        self, planned: list[int], by_root: tuple[int, int | None] | None, lent: list[Channel]
    ) -> list[OpeningDraft]:
        indexes = iter(planned)
        drafts = []
        if by_root is not None:
            drafts.append(self._draft(None, by_root, tuple(islice(indexes, BY_ROOT))))
        for channel in lent:
            numbers = (channel.next_sequence, channel.min_sequence)
            drafts.append(self._draft(channel, numbers, tuple(islice(indexes, BY_CHANNEL))))
        return drafts

    def _draft(self, source: Channel | None, numbers: tuple[int, int | None], indexes: tuple[int, ...]) -> OpeningDraft:
        fee = self._view.bid * OPERATIONS_EACH * len(indexes)
        return OpeningDraft(source, *numbers, indexes, starting_balance=self._starting_balance, fee=fee)


def _must_be_fresh(accounts: Sequence[AccountState], since: int) -> None:
    """Raises `LedgerUnavailable` for accounts as a replica shows them that has not come to that ledger."""
    oldest = min((account.ledger for account in accounts), default=since)
    if oldest < since:
        raise LedgerUnavailable(f"one Horizon is at ledger {oldest}, and others have been at {since}")
