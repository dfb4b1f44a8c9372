"""Submit what was accepted: from rows to envelopes in the network's queue, in batches. Payments and wallets alike."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Generic, TypeVar

import structlog

from kinpay_server.domain.attempt import Attempt
from kinpay_server.services.health import Health
from kinpay_server.services.network_view import NetworkView
from kinpay_server.services.ports import Bounds, Clock, Nudge
from kinpay_server.services.pressure import Pressure
from kinpay_server.services.send_attempts import SendAttempts

BATCH = 200
"""So many are signed and sent in one go at most; one that waits alone is a batch of one."""

SIGNING = "signing"

AnyClaim = TypeVar("AnyClaim")

log = structlog.get_logger(__name__)


class Submit(ABC, Generic[AnyClaim]):
    """A job that drains what was accepted; of each kind only one runs at a time."""

    what: ClassVar[str]

    def __init__(
        self,
        send: SendAttempts,
        *,
        view: NetworkView,
        pressure: Pressure,
        health: Health,
        nudge: Nudge,
        clock: Clock,
    ) -> None:
        self._send = send
        self._view = view
        self._pressure = pressure
        self._health = health
        self._nudge = nudge
        self._clock = clock

    async def __call__(self) -> None:
        """Go on while something waits, channels are free, the network has room and nothing speaks against sending.

        1. Claim accepted rows and as many free channels, in one commit.
        2. Sign an envelope for each.
        3. Write all of them down, in one commit, before anything leaves.
        4. Send them side by side and note the answers, in one commit.

        A crash between two steps loses nothing: before 3 the claim is void, after it the attempt is asked about.
        """
        while self._health.may_send:
            most = min(BATCH, self._pressure.room)
            claims = await self._claim(most, self._clock())
            if claims:
                attempts = await self._sign_and_record(claims)
                self._pressure.sent(len(attempts))
                await self._send(attempts)
            if len(claims) < most or not claims:
                break
        if self._health.may_send and not self._pressure.held_back and await self._waiting():
            self._nudge.fund_channels()

    @abstractmethod
    async def _claim(self, limit: int, now: int) -> list[AnyClaim]:
        """Step 1."""

    @abstractmethod
    async def _sign(self, claims: Sequence[AnyClaim], bounds: Bounds, now: int) -> list[Attempt]:
        """Step 2."""

    @abstractmethod
    async def _record(self, attempts: Sequence[Attempt]) -> None:
        """Step 3."""

    @abstractmethod
    async def _release(self, claims: Sequence[AnyClaim], now: int) -> None:
        """Give claims back of which nothing has left."""

    @abstractmethod
    async def _waiting(self) -> int:
        """How many wait for a channel."""

    async def _sign_and_record(self, claims: Sequence[AnyClaim]) -> list[Attempt]:
        """Steps 2 and 3. Nothing has left when one of them fails, so the claims are given back."""
        try:
            attempts = await self._sign(claims, self._view.bounds(), self._clock())
            await self._record(attempts)
        except Exception:
            self._health.bad(SIGNING, f"{len(claims)} {self.what} could not be signed: see the log", blocking=False)
            log.exception("could not be signed", what=self.what, count=len(claims))
            await self._release(claims, self._clock())
            raise
        self._health.good(SIGNING)
        return attempts
