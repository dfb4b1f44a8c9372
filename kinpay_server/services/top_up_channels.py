"""Top channels up before they are short: in the background, many in one transaction that a channel carries.

No payment waits for it: one whose channel is short meanwhile goes in a bump that root pays (design: Fees).
"""

import structlog

from kinpay_server.domain.channel import Channel
from kinpay_server.services.health import Health
from kinpay_server.services.network_view import NetworkView
from kinpay_server.services.patience import Patience
from kinpay_server.services.ports import ChannelStore, Clock, Funding, Signer, TopUp, TopUpDraft
from kinpay_server.services.send_attempts import SendAttempts

IN_ONE = 100
"""A transaction has 100 operations at most."""

LOW = 0.2
"""A channel is topped up when less than this part of what it should have is left."""

log = structlog.get_logger(__name__)


class TopUpChannels:
    """Part of the funding job."""

    def __init__(
        self,
        channels: ChannelStore,
        signer: Signer,
        send: SendAttempts,
        *,
        view: NetworkView,
        health: Health,
        clock: Clock,
        channel_xlm: int,
    ) -> None:
        self._channels = channels
        self._signer = signer
        self._send = send
        self._view = view
        self._health = health
        self._clock = clock
        self._full = channel_xlm
        self._patience = Patience(health=health, clock=clock)

    async def __call__(self) -> None:
        """Give the poorest channels what they lack, in one transaction; nothing when no channel is free to carry it.

        As with payments, the attempt is written down before it is sent.
        """
        if not self._health.may_send or self._patience.must_wait:
            return
        short = await self._channels.short_channels(round(self._full * LOW), IN_ONE)
        if not short:
            return
        lent = await self._channels.lend_channels(1, self._clock())
        for carrier in lent:
            await self._top_up(carrier, short)

    async def _top_up(self, carrier: Channel, short: list[Channel]) -> None:
        self._patience.tries()
        now = self._clock()
        top_ups = tuple(TopUp(c.index, c.address, self._full - c.balance) for c in short)
        draft = TopUpDraft(carrier, top_ups, fee=self._view.bid * len(top_ups))
        try:
            attempt = await self._signer.sign_top_up(draft, self._view.bounds(), now)
            await self._channels.record_fundings([Funding(attempt, {one.index: one.amount for one in top_ups})])
        except Exception:
            await self._channels.return_channels([carrier.index], now)
            raise
        log.info("topping up channels", channels=len(top_ups), stroops=sum(one.amount for one in top_ups))
        await self._send([attempt])
