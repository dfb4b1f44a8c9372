"""Submit what was accepted: from rows to envelopes in the network's queue, in batches. Payments and wallets alike."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Generic, TypedDict, TypeVar

import structlog

from kinpay_server.domain.attempt import Attempt
from kinpay_server.domain.channel import Channel
from kinpay_server.domain.errors import Unavailable
from kinpay_server.services.health import Health
from kinpay_server.services.network_view import NetworkView
from kinpay_server.services.ports import Bounds, Clock, Nudge, Witness
from kinpay_server.services.pressure import Pressure
from kinpay_server.services.send_attempts import SendAttempts

BATCH = 200
"""So many are signed and sent in one go at most; one that waits alone is a batch of one."""

SIGNING = "signing"

AnyClaim = TypeVar("AnyClaim")

log = structlog.get_logger(__name__)


class Bids(TypedDict):
    """What a draft's envelope bids, in stroops: by itself, and for each operation of root's bump around it."""

    fee: int
    bump_bid: int | None


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
        witness: Witness,
        writing_down: asyncio.Lock,
        clock: Clock,
    ) -> None:
        self._send = send
        self._view = view
        self._pressure = pressure
        self._health = health
        self._nudge = nudge
        self._witness = witness
        self._writing_down = writing_down
        """Of all kinds together: the witness names what was committed last, or an older copy could pass as current."""
        self._clock = clock
        self._unreleased: list[AnyClaim] = []

    async def __call__(self) -> None:
        """Go on while something waits, channels are free, the network has room and nothing speaks against sending.

        1. Claim accepted rows and as many free channels, in one commit.
        2. Sign an envelope for each.
        3. Write all of them down, in one commit, before anything leaves; and the last one outside of the database, in
           the order of the commits.
        4. Send them side by side and note the answers, in one commit.

        A crash between two steps loses nothing: before 3 the claim is void, after it the attempt is asked about.
        """
        await self._release_again()
        while self._health.may_send:
            most = min(BATCH, self._pressure.room)
            claims = await self._claim(most, self._clock())
            attempts = await self._sign_and_record(claims) if claims else []
            if attempts:
                await self._send(attempts)
            if len(attempts) == len(claims):
                self._health.good(SIGNING)
            if len(claims) < most or not attempts:
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
    def _id(self, claim: AnyClaim) -> str:
        """What it is known by."""

    @abstractmethod
    async def _waiting(self) -> int:
        """How many wait for a channel."""

    def _bids(self, channel: Channel) -> Bids:
        """The channel pays the fee; root pays it by a bump when the channel cannot (design: Fees)."""
        bid = self._view.bid
        return {"fee": bid, "bump_bid": bid if channel.balance < bid else None}

    async def _sign_and_record(self, claims: Sequence[AnyClaim]) -> list[Attempt]:
        """Steps 2 and 3; when a batch fails, one by one, so that one that cannot be signed does not stop the others.

        Nothing has left of those that fail, so they are given back. Raises `Unavailable`.
        """
        try:
            attempts = await self._sign(claims, self._view.bounds(), self._clock())
            async with self._writing_down:
                await self._record(attempts)
                self._witness.note(attempts[-1].hash)
        except Exception as error:
            if len(claims) > 1 and not isinstance(error, Unavailable):
                return await self._one_by_one(claims)
            await self._give_back(claims, error)
            if isinstance(error, Unavailable):
                raise
            return []
        return attempts

    async def _one_by_one(self, claims: Sequence[AnyClaim]) -> list[Attempt]:
        """Steps 2 and 3 for each; when the database fails, those behind are given back too. Raises `Unavailable`."""
        attempts: list[Attempt] = []
        for number, claim in enumerate(claims, start=1):
            try:
                attempts += await self._sign_and_record([claim])
            except Unavailable:
                self._unreleased.extend(claims[number:])
                raise
        return attempts

    async def _give_back(self, claims: Sequence[AnyClaim], error: Exception) -> None:
        """Release what could not be signed; what cannot be released either (a full disk), before the next claim."""
        self._health.bad(SIGNING, f"{len(claims)} {self.what} could not be signed: {error}", blocking=False)
        log.error("could not be signed", what=self.what, count=len(claims), first=self._id(claims[0]), exc_info=error)
        self._unreleased.extend(claims)
        await self._release_again()

    async def _release_again(self) -> None:
        while self._unreleased:
            claims = list(self._unreleased)
            await self._release(claims, self._clock())
            del self._unreleased[: len(claims)]
