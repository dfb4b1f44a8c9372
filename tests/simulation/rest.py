"""Waits until a run has come to rest, or will not do so any more."""

import asyncio
from typing import TYPE_CHECKING

from kinpay_server.services.ask_ledger import UNSEEN
from kinpay_server.services.send_attempts import STOPPED
from tests.simulation import watchers

if TYPE_CHECKING:
    from tests.simulation.world import World

LOOK_EACH = 5.0

_UNSETTLED = {
    "payments": "SELECT count(*) FROM payments WHERE status IN ('accepted', 'submitted')",
    "wallets": "SELECT count(*) FROM wallets WHERE status IN ('accepted', 'submitted')",
    "attempts": "SELECT count(*) FROM attempts WHERE state IN ('signed', 'sent')",
    "channels": "SELECT count(*) FROM channels WHERE state = 'lent'",
    "callbacks": "SELECT count(*) FROM callbacks WHERE state = 'waiting'",
}


class Rest:
    """Of one run."""

    def __init__(self, world: "World") -> None:
        self._world = world

    async def until_quiet(self) -> None:
        end = self._world.loop.time() + self._world.patience
        while self._world.loop.time() < end:
            await asyncio.sleep(LOOK_EACH)
            if self._has_stopped() or self._is_held():
                return
            if self._is_quiet():
                await asyncio.sleep(2 * LOOK_EACH)
                return
        self._world.said.append(
            f"not settled after {self._world.patience:.0f} s of calm: {self._unsettled()}; {self._health()}"
        )

    def _has_stopped(self) -> bool:
        """The service has met something that nobody understands: here there is no such thing."""
        check = None if self._world.service is None else self._world.service.health.checks.get(STOPPED)
        return check is not None and not check.ok and not self._world.second_is_over()

    def _is_held(self) -> bool:
        """After a restored copy: what is open has not landed and is not proven dead. The service shouts and waits."""
        check = None if self._world.service is None else self._world.service.health.checks.get(UNSEEN)
        if check is not None and not check.ok and self._world.restores:
            self._world.held = check.message
        return bool(self._world.held)

    def _is_quiet(self) -> bool:
        """Nothing is under way, and the service would send if there were something."""
        return (
            self._world.service is not None
            and self._world.service.health.may_send
            and not any(self._unsettled().values())
        )

    def _unsettled(self) -> dict[str, int]:
        return {name: self._world.disk.value(sql) for name, sql in _UNSETTLED.items()} | {
            "posts": self._world.people.busy,
            "watched payments": watchers.untold(self._world),
        }

    def _health(self) -> str:
        if self._world.service is None:
            return "no service"
        return "; ".join(f"{n}: {c.message}" for n, c in self._world.service.health.checks.items() if not c.ok)
