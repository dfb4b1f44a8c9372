"""The operator: looks now and then at what the service says, and does what it asks for, by `kinpay`'s commands."""

import asyncio
from random import Random
from typing import TYPE_CHECKING, Any

from kinpay_server.domain.errors import KinpayError
from kinpay_server.services.accept_gap import AcceptGap, Gap
from kinpay_server.services.ports import LedgerUnavailable
from kinpay_server.services.refusals import Refused
from kinpay_server.services.retry_payment import RetryPayment
from kinpay_server.services.send_attempts import STOPPED
from kinpay_server.services.start_up import START
from kinpay_server.storage.gap import Gaps
from kinpay_server.storage.stories import Stories
from tests.simulation.chain import PASSPHRASE
from tests.simulation.checks import by_id
from tests.simulation.disk import MemoryDatabase
from tests.simulation.life import Life
from tests.simulation.service import ledger_of

if TYPE_CHECKING:
    from tests.simulation.world import World

LOOK_EACH = 10.0
PATIENCE = 60.0
"""After a gap that he has accepted he looks for a Horizon with more history, this long after the trouble."""

HELD = "SELECT id FROM payments WHERE status = 'submitted' AND reason LIKE 'held:%'"


class Operator:
    """Has a process of his own, which is never killed."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._luck = Random(f"operator {world.plan.seed}")
        self._life = Life(-1, lambda kind, detail: False)
        self._database: Any = MemoryDatabase(self._life, self._luck, slow=0.001, full=lambda: False)
        self._ledger = ledger_of(world.settings, world.wire, self._life)
        self.restarts = 0

    async def work(self) -> None:
        """Until the run ends."""
        while True:
            await asyncio.sleep(LOOK_EACH * self._luck.uniform(0.5, 1.5))
            try:
                await self._look()
            except (KinpayError, LedgerUnavailable, Refused) as error:
                self._world.trace("operator is refused:", error)

    async def _look(self) -> None:
        world = self._world
        if world.service is None:
            return
        checks = world.service.health.checks
        if STOPPED in checks and not checks[STOPPED].ok and world.second_is_over():
            self._restart()
        elif START in checks and "history begins" in checks[START].message:
            await self._mind_the_gap()
        elif world.chain.elder > 1 and world.loop.time() > world.plan.trouble + PATIENCE:
            self._find_more_history()
        await self._retry()

    def _restart(self) -> None:
        """Once the second kinpay is off."""
        self.restarts += 1
        self._world.trace("operator restarts")
        if self._world.life is not None:
            self._world.life.die()

    async def _mind_the_gap(self) -> None:
        """Accept it, or find a Horizon that has more."""
        world = self._world
        plan = world.plan.mischief.gap
        if plan is None or not plan.accepted:
            self._find_more_history()
            return
        work = AcceptGap(Gaps(self._database), self._ledger, passphrase=PASSPHRASE, clock=world.milliseconds)
        gap = await work.gap()
        if gap is not None:
            self._note(gap)
            await work.accept(gap)
            world.trace("operator accepts", gap.first, gap.last)

    def _find_more_history(self) -> None:
        """Another Horizon: what was sent before the gap and is in it stays open until its hash is found."""
        self._world.trace("operator finds another Horizon")
        self._world.chain.elder = 1

    def _note(self, gap: Gap) -> None:
        """What he takes upon himself: what was paid in these ledgers, and the database knows nothing of."""
        world = self._world
        known = {hash_hex for (hash_hex,) in world.disk.rows("SELECT hash FROM attempts")}
        for payment_id, found in by_id(world).items():
            if any(gap.first <= one.ledger <= gap.last and not known & {*one.hashes} for one in found):
                world.excused.add(payment_id)

    async def _retry(self) -> None:
        work = RetryPayment(
            Stories(self._database), self._ledger, passphrase=PASSPHRASE, clock=self._world.milliseconds
        )
        for (payment_id,) in self._world.disk.rows(HELD):
            await work(payment_id)
            self._world.trace("operator retries", payment_id)
