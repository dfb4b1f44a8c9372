"""Create channels because an operator asks for them, and not because payments wait."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from kinpay_server.domain.amount import amount_of
from kinpay_server.domain.channel import ChannelState
from kinpay_server.services.ask_ledger import AskLedger
from kinpay_server.services.check_account import CHANNEL_RESERVE
from kinpay_server.services.health import Health
from kinpay_server.services.network_view import NetworkView
from kinpay_server.services.open_channels import OpenChannels
from kinpay_server.services.ports import Clock, Ledger, LedgerUnavailable
from kinpay_server.services.refusals import Refused
from kinpay_server.services.send_attempts import SENDING, SIGNATURES, STOPPED
from kinpay_server.services.settle_fundings import CHANNELS

PAUSE_SECONDS = 0.5
PATIENCE = 1500
"""An opening transaction that was sent so many milliseconds ago is asked about."""

STALLED_SECONDS = 120
"""After so many seconds in which no channel has been opened nobody goes on waiting."""

ALL = 1_000_000

Progress = Callable[[int], None]
"""Told how many of the channels are open."""


class PlannedStore(Protocol):
    """What is read of planned channels."""

    async def states(self, indexes: Sequence[int]) -> dict[int, ChannelState]:
        """The states of those channels."""


async def must_afford(ledger: Ledger, root: str, *, count: int, channel_xlm: int) -> None:
    """Raises `Refused` unless root has the XLM for `count` channels: reserves, and `channel_xlm` stroops for each."""
    account = await ledger.account(root)
    if account is None:
        raise Refused(f"the root account {root} does not exist on this network")
    needs = count * (CHANNEL_RESERVE + channel_xlm)
    if account.xlm_spendable < needs:
        raise Refused(
            f"{count} channels need {amount_of(needs)} XLM above the reserve of {root}, which has "
            f"{amount_of(account.xlm_spendable)}: send it some"
        )


class WatchOpening:
    """Waits until planned channels are open; `work` is done meanwhile again and again, if there is any to do."""

    def __init__(self, store: PlannedStore, clock: Clock, *, pause: float = PAUSE_SECONDS) -> None:
        self._store = store
        self._clock = clock
        self._pause = pause

    async def __call__(
        self, indexes: Sequence[int], progress: Progress, work: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        """Raises `Refused` when none has been opened for long; those that are planned stay planned."""
        opened, since = -1, self._clock()
        while (still := await self._still_opening(indexes)) or opened < len(indexes):
            if len(indexes) - still > opened:
                opened, since = len(indexes) - still, self._clock()
                progress(opened)
                continue
            if self._clock() - since > STALLED_SECONDS * 1000:
                raise Refused(f"{opened} of {len(indexes)} channels are open, and no more come: see `kinpay check`")
            await asyncio.sleep(self._pause)
            if work is not None:
                await work()

    async def _still_opening(self, indexes: Sequence[int]) -> int:
        states = await self._store.states(indexes)
        return sum(state is ChannelState.OPENING for state in states.values())


class OpenHere:
    """What a running service would do for planned channels, round by round, and nothing for payments."""

    def __init__(self, open_channels: OpenChannels, ask: AskLedger, *, view: NetworkView, health: Health) -> None:
        self._open_channels = open_channels
        self._ask = ask
        self._view = view
        self._health = health

    async def begin(self) -> None:
        """Take up channels that exist, and learn what became of earlier attempts. Raises `LedgerUnavailable`, and
        `WrongNetwork`."""
        await self._view.refresh()
        await self._open_channels.adopt()
        await self._ask(patience=0, limit=ALL)

    async def round(self) -> None:
        """Send what is to be sent, and settle what landed. Raises `Refused` when something of ours is wrong."""
        await self._view.refresh()
        try:
            await self._open_channels()
        except LedgerUnavailable:
            return
        await self._ask(patience=PATIENCE, limit=ALL)
        for name in (SENDING, SIGNATURES, STOPPED, CHANNELS):
            check = self._health.checks.get(name)
            if check is not None and not check.ok:
                raise Refused(f"{check.message}; the channels stay planned, and are opened when it is mended")
