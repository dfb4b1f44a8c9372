"""Ledgers that are full for minutes: who fills them, and what payments cost then, as the ledger has it.

Others' bids fill each ledger as a real network's do: a newcomer that does not outbid them is refused and told what
would do; who waits and is outbid is gone without a word; `/fee_stats` shows nothing of it (ledger-facts).
"""

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kinpay_server.domain.memo import parse_memo
from kinpay_server.ledger.connection import HttpAnswer
from kinpay_server.sandbox.core.addresses import key_of
from kinpay_server.sandbox.core.applying import Applied
from kinpay_server.sandbox.core.envelope import Envelope, decode
from kinpay_server.sandbox.core.network import ClosedLedger
from kinpay_server.sandbox.core.queue import outbids
from kinpay_server.sandbox.core.validity import BASE_FEE
from kinpay_server.services.report_status import Identity, StatusReport
from tests.simulation.chain import BEGIN, signer
from tests.simulation.checks import PAYMENT
from tests.simulation.plan import Crashes, Plan
from tests.simulation.world import Outcome, World

FULL_FROM = 100.0
"""Virtual seconds by which channels are open; then ledgers become small."""

LOOK_EACH = 4.0
HIDING = HttpAnswer(200, {}, b'{"last_ledger_base_fee": "100", "fee_charged": {"p90": "100"}}')
"""`/fee_stats` as it was recorded while ledgers were full."""


@dataclass(frozen=True)
class Scene:
    """`most` operations fill a ledger. `others` are (when, what they bid from then on), 0 when they leave.

    `posts` are (when, how many payments are posted at once). As many as there may be channels are posted at the begin,
    so that channels are open. `hidden`: `/fee_stats` shows nothing. `no_top_up`: none ever arrives.
    """

    plan: Plan
    most: int
    posts: tuple[tuple[float, int], ...]
    others: tuple[tuple[float, int], ...] = ()
    hidden: bool = True
    no_top_up: bool = False


@dataclass(frozen=True)
class Paid:
    """A payment on the ledger, in virtual seconds and stroops; `least` would have been enough in that ledger."""

    id: str
    at: float
    fee: int
    least: int
    bumped: bool


class Play:
    """One run of a scene, and what was seen in it."""

    def __init__(self, scene: Scene, crashes: Crashes | None = None) -> None:
        self.scene = scene
        self.posted: dict[str, float] = {}
        self.prices: dict[int, int] = {}
        """What would have been enough in each ledger, by its number."""
        self.evicted = 0
        self.lost_top_ups = 0
        self.bumps_waiting: list[int] = []
        self.statuses: list[tuple[float, dict[str, Any]]] = []
        """(virtual seconds, what `GET /status` answers)"""
        self.world = World(scene.plan, prepare=self._prepare, crashes=crashes)
        self.outcome: Outcome = self.world.run()
        self.paid = list(self._paid())
        """Once each, if all is as it must be."""

    def spent(self) -> int:
        """All fees of root and its channels while ledgers were small, for payments and all else, in stroops."""
        return sum(applied.fee for _, applied in self._ours())

    def least(self) -> int:
        """What the payments among them would have cost, had each been paid alone at what was enough in its ledger."""
        return sum(one.least for one in self.paid)

    def full_ledgers(self) -> int:
        """How many ledgers had no room left, for whoever came with the base fee."""
        crowded = {number for number, price in self.prices.items() if price > BASE_FEE}
        weights = Counter({closed.header.sequence: 0 for closed in self.world.chain.node.archive})
        for closed, applied in self._ours():
            weights[closed.header.sequence] += applied.envelope.weight
        return len(crowded | {number for number, weight in weights.items() if weight >= self.scene.most})

    def submissions(self) -> float:
        """How many submissions Horizon saw for each payment, from the first one on."""
        return len(self.world.wire.heard) / len(self.posted)

    def refusals(self) -> float:
        """How many of them, for each payment, were refused for want of room."""
        refused = [heard for heard in self.world.wire.heard if heard.code == "tx_insufficient_fee"]
        return len(refused) / len(self.posted)

    def fees_checks(self, begin: float, end: float) -> list[dict[str, Any]]:
        """What `/status` said of fees between these moments, where it said anything."""
        looks = [value["checks"] for at, value in self.statuses if begin <= at <= end]
        return [checks["fees"] for checks in looks if "fees" in checks]

    def _prepare(self, world: World) -> None:
        scene, loop = self.scene, world.loop
        self._note_prices(world)
        loop.call_later(FULL_FROM, self._shrink_ledgers, world)
        for at, bid in scene.others:
            loop.call_later(at, self._crowd, world, bid)
        numbers = iter(range(10**6))
        for at, count in ((0.0, scene.plan.max_channels), *scene.posts):
            for number in (next(numbers) for _ in range(count)):
                self.posted[f"f{number}"] = at
                world.people.post_at(at, f"f{number}")
        if scene.hidden:
            self._hide_fees(world)
        if scene.no_top_up:
            self._lose_top_ups(world)
        loop.create_task(self._look(world))

    def _note_prices(self, world: World) -> None:
        close, queue = world.chain.close, world.chain.node.network.queue

        def noted(now: float) -> ClosedLedger | None:
            operations, bid = queue.others
            closed = close(now)
            if closed is not None:
                self.prices[closed.header.sequence] = bid if operations >= queue.max_ops else BASE_FEE
            return closed

        world.chain.close = noted  # type: ignore[method-assign]

    def _shrink_ledgers(self, world: World) -> None:
        network = world.chain.node.network
        network.max_ops = network.queue.max_ops = self.scene.most

    def _crowd(self, world: World, bid: int) -> None:
        """Others bid that much from now on: whoever waits with less is evicted."""
        queue = world.chain.node.network.queue
        world.chain.crowd(self.scene.most if bid else 0, bid)
        outbid = [one.envelope for one in queue.waiting.values() if bid and not outbids(one.envelope, bid, 1)]
        queue.evict(outbid)
        self.evicted += len(outbid)

    def _hide_fees(self, world: World) -> None:
        get = world.wire._horizon.get
        hiding = lambda path: HIDING if path.startswith("/fee_stats") else get(path)  # noqa: E731
        world.wire._horizon.get = hiding  # type: ignore[method-assign]

    def _lose_top_ups(self, world: World) -> None:
        send, network = world.wire.send, world.chain.node.network.network_id

        def lost(path: str, text: str) -> "asyncio.Future[HttpAnswer]":
            is_trouble = FULL_FROM < world.loop.time() < self.scene.plan.trouble
            if not is_trouble or _payment_id(decode(text, network)) is not None:
                return send(path, text)
            self.lost_top_ups += 1
            return asyncio.get_running_loop().create_future()

        world.wire.send = lost  # type: ignore[method-assign]

    async def _look(self, world: World) -> None:
        while True:
            await asyncio.sleep(LOOK_EACH)
            waiting = world.chain.node.network.queue.waiting.values()
            self.bumps_waiting.append(sum(one.envelope.is_bump for one in waiting))
            if world.service is not None:
                report = StatusReport(Identity("simulated", "", {}), world.service.health)
                self.statuses.append((world.loop.time(), report.as_value()))

    def _paid(self) -> Iterator[Paid]:
        """Payments that root made while ledgers were small."""
        for closed, applied in self._ours():
            payment_id = _payment_id(applied.envelope)
            if payment_id is not None and applied.result.successful:
                at, price = closed.header.close_time - BEGIN, self.prices[closed.header.sequence]
                yield Paid(payment_id, at, applied.fee, price, applied.envelope.is_bump)

    def _ours(self) -> Iterator[tuple[ClosedLedger, Applied]]:
        """Transactions that root or a channel has paid for while ledgers were small."""
        ours = {key_of(signer().channel_address(index)) for index in range(self.scene.plan.max_channels)}
        ours.add(key_of(signer().root_address))
        for closed in self.world.chain.node.archive:
            if closed.header.close_time >= BEGIN + FULL_FROM:
                yield from ((closed, one) for one in closed.transactions if one.envelope.fee_source in ours)


def _payment_id(envelope: Envelope) -> str | None:
    """The payment that a transaction makes."""
    text = envelope.memo.text if envelope.memo is not None else None
    memo = parse_memo(text.decode()) if text else None
    return memo.payment_id if memo is not None and envelope.operations[0].type == PAYMENT else None
