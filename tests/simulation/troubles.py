"""Makes what a plan's `Mischief` says come true."""

from collections.abc import Callable
from functools import partial
from random import Random
from typing import TYPE_CHECKING

from kinpay_server.sandbox.core.addresses import key_of
from tests.simulation.chain import signer
from tests.simulation.hands import Hands
from tests.simulation.mischief import Gap, Meddling, Span, Use, When, Wrong

if TYPE_CHECKING:
    from tests.simulation.world import World

LOOK_EACH = 0.25
AGAIN = 1.0
OTHERS_PAY_EACH = 4.0

_CHANNELS = 'SELECT "index" FROM channels WHERE state = ?'
_CURSOR = "SELECT value FROM cursors WHERE name = 'root transactions'"
_OPEN = "SELECT channel, hash FROM attempts WHERE state IN ('signed', 'sent') AND channel IS NOT NULL"


class Troubles:
    """Of one run."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._luck = Random(f"troubles {world.plan.seed}")
        self._hands = Hands(world.chain)
        self._paid_by_others = 0
        self._over = False

    def schedule(self) -> None:
        """At the beginning of a run."""
        mischief, world = self._world.plan.mischief, self._world
        for meddling in mischief.meddling:
            world.loop.call_later(meddling.moment, self._meddle, meddling)
        for moment in mischief.root_numbers:
            self._at(moment, lambda: self._insist(self._hands.pay_with_root_number, world.plan.trouble))
        if mischief.second is not None:
            self._at(mischief.second[0], lambda: self._pay_as_another(mischief.second or (0, 0)))
        for wrong, span in mischief.root:
            self._at(span[0], partial(self._spoil_root, wrong, span[1]))
            self._at(span[1], self.mend_root)
        if mischief.gap is not None:
            self._forget(mischief.gap)
        if mischief.list_lag is not None:
            lag, (begin, end) = mischief.list_lag
            self._at(begin, lambda: setattr(world.chain, "list_lag", lag))
            self._at(end, lambda: setattr(world.chain, "list_lag", 0))
        world.chain.unheard_of = mischief.unheard_of

    def end(self) -> None:
        """When all becomes calm, but for hands on channels that have found none as they want it."""
        chain = self._world.chain
        chain.list_lag, chain.unheard_of = 0, 0.0
        if self._world.plan.mischief.root:
            self.mend_root()

    def hands_off(self) -> None:
        """From now on nobody touches our channels."""
        self._over = True

    def mend_root(self) -> None:
        """Until nothing is wrong with it."""
        self._insist(self._hands.mend_root, float("inf"))

    def _at(self, moment: float, work: Callable[[], object]) -> None:
        if moment < self._world.plan.trouble:
            self._world.loop.call_later(moment, work)

    def _insist(self, work: Callable[[], bool], until: float) -> None:
        """Do it again and again, until it is done or the time is over."""
        if self._world.loop.time() < until and not work():
            self._world.loop.call_later(AGAIN, self._insist, work, until)

    def _spoil_root(self, wrong: Wrong, until: float) -> None:
        self._world.trace("root:", wrong.value)
        self._insist(lambda: self._hands.spoil_root(wrong), min(until, self._world.plan.trouble))

    def _meddle(self, meddling: Meddling) -> None:
        """As soon as a channel stands as it says."""
        index = self._standing(meddling.when)
        if index is not None and self._hands.use_channel(index, meddling.use):
            self._world.trace("somebody", meddling.use.value, "channel", index, "while", meddling.when.value)
            if meddling.use is Use.MERGE and meddling.back_after is not None:
                self._world.loop.call_later(meddling.back_after, self._create_channel, index)
        elif not self._over:
            self._world.loop.call_later(LOOK_EACH, self._meddle, meddling)

    def _create_channel(self, index: int) -> None:
        self._insist(lambda: self._hands.create_channel(index), float("inf"))

    def _standing(self, when: When) -> int | None:
        """One of the channels that stand so."""
        found = self._candidates(when)
        return self._luck.choice(found) if found else None

    def _candidates(self, when: When) -> list[int]:
        world, waiting = self._world, self._world.chain.node.network.queue.waiting
        if when is When.LANDED:
            return [index for index, hash_hex in world.disk.rows(_OPEN) if hash_hex in world.chain.applied]
        if when is When.FREE:
            return [index for (index,) in world.disk.rows(_CHANNELS, "free")]
        lent = [index for (index,) in world.disk.rows(_CHANNELS, "lent")]
        return [
            index for index in lent if (key_of(signer().channel_address(index)) in waiting) == (when is When.WAITING)
        ]

    def _pay_as_another(self, span: Span) -> None:
        """Through any channel that exists, whatever ours does with it."""
        world = self._world
        if world.loop.time() >= min(span[1], world.plan.trouble):
            return
        index = self._luck.randrange(world.plan.max_channels)
        if self._hands.pay_as_another_kinpay(index, self._paid_by_others):
            world.trace("another kinpay pays through channel", index)
            self._paid_by_others += 1
        world.loop.call_later(self._luck.expovariate(1 / OTHERS_PAY_EACH), self._pay_as_another, span)

    def _forget(self, gap: Gap) -> None:
        world = self._world
        if gap.end > gap.begin:
            self._at(gap.begin, lambda: world.be_down_until(gap.end))
        self._at(gap.end, lambda: self._forgotten(gap.kept))

    def _forgotten(self, kept: int) -> None:
        """A new database has no cursor: what Horizon has forgotten by then it cannot know, and says so."""
        copies = self._world.copies
        if copies and not copies[-1].execute(_CURSOR).fetchall():
            return
        self._world.chain.forget(kept)
        self._world.trace("Horizon forgets all before", self._world.chain.elder)
