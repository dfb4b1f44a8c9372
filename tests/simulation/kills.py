"""When the process is killed, as the plan says."""

from random import Random
from typing import TYPE_CHECKING

from kinpay_server.services.start_up import START

if TYPE_CHECKING:
    from tests.simulation.world import World

AT_START = 0.125
"""The chance at each point before the service may send, in runs that kill it then."""


class Kills:
    """`Crashes` of a run."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._luck = Random(f"crashes {world.plan.seed}")
        self._start_luck = Random(f"start {world.plan.seed}")
        self._starts = 0

    def __call__(self, kind: str, detail: str) -> bool:
        """Whether it is killed at this point."""
        if self._is_starting() and self._start_luck.random() < AT_START:
            self._starts += 1
            return True
        chance = self._chance(kind) if self._world.crashes < self._world.wire.plan.most_crashes else 0.0
        return chance > 0 and self._luck.random() < chance

    def _chance(self, kind: str) -> float:
        plan = self._world.wire.plan
        match kind:
            case "before commit" | "after commit":
                return plan.crash_at_commit
            case "before send" | "after send" | "after answer" | "before callback" | "after callback":
                return plan.crash_at_send
            case _:
                return plan.crash_at_read

    def _is_starting(self) -> bool:
        """Whether the service may not send yet, and this run kills it then."""
        if self._starts >= self._world.plan.mischief.start_kills or self._world.service is None:
            return False
        start = self._world.service.health.checks.get(START)
        return start is None or not start.ok
