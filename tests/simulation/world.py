"""One run: network, disk, service and clients on virtual time, trouble for a while, then calm until all is settled."""

import asyncio
import contextlib
import hashlib
import random
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any
from unittest import mock

import structlog

from kinpay_server import bootstrap
from tests.simulation import watchers
from tests.simulation.chain import BEGIN, Chain
from tests.simulation.checks import violations
from tests.simulation.disk import Disk
from tests.simulation.kills import Kills
from tests.simulation.life import LIFE, Life, make_task
from tests.simulation.mischief import NO_MISCHIEF
from tests.simulation.operators import Operator
from tests.simulation.people import People
from tests.simulation.plan import Crashes, Plan
from tests.simulation.rest import Rest
from tests.simulation.service import Jobs, LivingService, Posted, settings_of
from tests.simulation.troubles import Troubles
from tests.simulation.virtual_loop import VirtualLoop
from tests.simulation.wire import Wire

INGESTION_SECONDS = 0.55
PATIENCE = 1500.0
"""Virtual seconds of calm after which everything must be settled."""

Echo = Callable[[str], None]


@dataclass(frozen=True)
class Outcome:
    """What a run came to. The same seed gives the same `trace`."""

    seed: int
    violations: tuple[str, ...]
    trace: str
    virtual_seconds: float
    crashes: int
    restores: int
    ledgers: int
    payments: int
    held: str = ""


class World:
    """Everything of one run. `crashes` takes the place of what the plan says of crashes."""

    def __init__(
        self,
        plan: Plan,
        *,
        crashes: Crashes | None = None,
        prepare: Callable[["World"], None] | None = None,
        echo: Echo | None = None,
        patience: float = PATIENCE,
    ) -> None:
        self.plan = plan
        self.patience = patience
        self.echo = echo
        self.crashes = 0
        self.restores = 0
        self.skew = 0
        """Seconds by which the host's clock is wrong."""

        self.said: list[str] = []
        self.excused: set[str] = set()
        """Payments that were made in a gap of history which the operator has accepted, and that nobody here knows."""

        self.held = ""
        """Why it cannot come to rest without an operator, if that is as the service means it."""
        self.copies: list[sqlite3.Connection] = []
        self._crashes = crashes or Kills(self)
        self._luck = Random(f"world {plan.seed}")
        self._hash = hashlib.sha256()
        self._to_restore: sqlite3.Connection | None = None
        self._down_until = 0.0
        self._prepare = prepare
        self.life: Life | None = None
        self.service: LivingService | None = None
        self.loop = VirtualLoop(Random(f"order {plan.seed}") if plan.permute else None)
        self.chain = Chain(Random(f"chain {plan.seed}"), max_ops=plan.max_ops, ledger_seconds=plan.ledger_seconds)
        self.disk = Disk()

    def now(self) -> float:
        """Unix seconds."""
        return BEGIN + self.loop.time()

    def milliseconds(self) -> int:
        """The host's clock."""
        return int((self.now() + self.skew) * 1000)

    def _jobs(self, _file: Path) -> Jobs:
        """The job queue of the life that asks for one."""
        life = LIFE.get()
        assert life is not None
        return Jobs(life, self.wire)

    def trace(self, *parts: object) -> None:
        """Note that something has happened."""
        line = f"{self.loop.time():10.3f} {' '.join(map(str, parts))}"
        self._hash.update(line.encode() + b"\n")
        if self.echo is not None:
            self.echo(line)

    def run(self) -> Outcome:
        """All of it."""
        self.loop.set_task_factory(make_task)  # type: ignore[arg-type]
        self.loop.set_exception_handler(self._heard)
        with self._surroundings():
            try:
                self.loop.run_until_complete(self._main())
                found = tuple(self.said + violations(self))
            finally:
                self._end()
        return Outcome(
            self.plan.seed,
            found,
            self._hash.hexdigest(),
            self.loop.time(),
            self.crashes,
            self.restores,
            self.chain.node.network.ledger,
            len(self.people.stories),
            self.held,
        )

    def calm_down(self) -> None:
        """From now on nothing goes wrong any more."""
        self.trace("calm")
        self.wire.plan = self.people.plan = self.plan.calm()
        chain = self.chain
        chain.lags, chain.stalled, chain.ingesting, chain.down = [], False, True, False
        chain.crowd(0, 0)
        self._fund()
        chain.mend()
        self._troubles.end()

    def second_is_over(self) -> bool:
        """Whether there was another kinpay with the same root account, and it is off."""
        second = self.plan.mischief.second
        return second is not None and self.loop.time() >= min(second[1], self.plan.trouble)

    def be_down_until(self, moment: float) -> None:
        """The service is killed, and not started before that."""
        self._down_until = moment
        if self.life is not None:
            self.trace("down until", moment)
            self.life.die()

    async def _main(self) -> None:
        self.wire = Wire(self.chain, self.plan, now=self.now, trace=self.trace)
        self.people = People(self.chain, self.plan, now=self.now, trace=self.trace)
        self.people.post = self._hand_over
        self.people.clock = self.milliseconds
        self.settings = settings_of(self.plan, self.chain)
        self._set_up_chain()
        if self._prepare is not None:
            self._prepare(self)
        self._troubles = Troubles(self)
        self._schedule()
        self._troubles.schedule()
        works = [self._close_ledgers(), self._keep_alive()]
        if self.plan.mischief != NO_MISCHIEF:
            works.append(Operator(self).work())
        keep = [asyncio.create_task(work) for work in works]
        self.people.start()
        await asyncio.sleep(self.plan.trouble)
        rest = Rest(self)
        self.calm_down()
        if self.plan.mischief.of_channels:
            self.people.use_all_channels()
            await rest.until_quiet()
            self._troubles.hands_off()
            self.people.use_all_channels()
        await rest.until_quiet()
        for task in keep:
            task.cancel()

    def _set_up_chain(self) -> None:
        self.chain.fund_root("100" if self.plan.poor_until else "1000000")
        if self.plan.strangers:
            self.chain.make_stranger(self.now())
        if self.plan.old_channel:
            self.chain.make_old_channel(0)
        self.chain.close(self.now())
        self.chain.ingest()
        self.chain.lags = list(self.plan.lags)

    def _schedule(self) -> None:
        """What the plan says happens when."""
        plan, chain = self.plan, self.chain
        for attribute, spans in (("stalled", plan.stalls), ("down", plan.core_down)):
            for begin, end in spans:
                self._at(begin, setattr, chain, attribute, True)
                self._at(end, setattr, chain, attribute, False)
        for begin, end in plan.ingestion_stops:
            self._at(begin, setattr, chain, "ingesting", False)
            self._at(end, setattr, chain, "ingesting", True)
        for begin, _ in plan.core_down:
            self._at(begin, chain.restart_core)
        for moment, seconds in plan.clock_jumps:
            self._at(moment, self._set_clock, seconds)
        for moment in plan.stops:
            self._at(moment, self._stop)
        for moment in plan.core_restarts:
            self._at(moment, chain.restart_core)
        for (begin, end), bid in plan.crowds:
            self._at(begin, chain.crowd, plan.max_ops, bid)
            self._at(end, chain.crowd, 0, 0)
        for moment, payment in watchers.payments_of_strangers(chain, plan):
            self._at(moment, chain.pay_as_stranger, *payment)
        if plan.poor_until:
            self._at(plan.poor_until, self._fund)
        self._at(plan.trouble / 2, chain.mend)
        for copied, put_back in plan.restores:
            self._at(copied, self._copy)
            self._at(put_back, self._restore)

    def _at(self, moment: float, work: Callable[..., Any], *args: Any) -> None:
        if moment < self.plan.trouble:
            self.loop.call_later(moment, work, *args)

    def _fund(self) -> None:
        self.chain.fund_root("1000000")

    def _set_clock(self, seconds: int) -> None:
        self.trace("clock set by", seconds)
        self.skew += seconds

    def _stop(self) -> None:
        """SIGTERM: what is under way comes to an end or is cancelled, then the process ends."""
        life, service = self.life, self.service

        async def stop() -> None:
            assert life is not None
            assert service is not None
            await service.stop()
            life.die()

        if life is not None and service is not None and life.alive:
            self.trace("stop")
            life.spawn(stop())

    def _copy(self) -> None:
        self.trace("copy")
        self.copies.append(self.disk.copy())

    def _restore(self) -> None:
        self._to_restore = self.copies[-1]
        if self.life is not None:
            self.trace("stopped to be restored")
            self.life.die()

    async def _close_ledgers(self) -> None:
        while True:
            await asyncio.sleep(self.plan.ledger_seconds)
            closed = self.chain.close(self.now())
            if closed is not None:
                self.trace("ledger", closed.header.sequence, len(closed.transactions))
            self.loop.call_later(INGESTION_SECONDS, self.chain.ingest)

    async def _keep_alive(self) -> None:
        """Start the service, and again whenever it has died."""
        for number in range(1000):
            life = self.life = Life(number, self._ends)
            self.trace("life", number)
            life.spawn(self._live(life))
            await life.died.wait()
            self.service = None
            await asyncio.sleep(self._luck.random() * self.plan.pause)
            await asyncio.sleep(max(0.0, self._down_until - self.loop.time()))
            if self._to_restore is not None:
                self.trace("restored")
                self.restores += 1
                self.disk.restore(self._to_restore)
                self._to_restore = None
                if self.plan.mischief.loses_witness:
                    self.wire.witness.said = None
                self.people.post_all_again(watchers.put_again(self))

    async def _live(self, life: Life) -> None:
        service = LivingService(self.settings, life, self.wire, self.people)
        self.service = service
        service.ended.add_done_callback(lambda ended: self._process_ended(life, ended))
        await service.begin()

    def _process_ended(self, life: Life, ended: "asyncio.Future[None]") -> None:
        """Only another network may end the process by itself, and here there is none."""
        self.said.append(f"the service ended: {ended.exception()!r}")
        life.die()

    def _hand_over(self, posted: Posted) -> "asyncio.Task[Any] | None":
        return None if self.service is None else self.service.take(posted)

    def _ends(self, kind: str, detail: str) -> bool:
        if kind not in ("read", "before read", "after read"):
            self.trace(kind, hashlib.sha256(detail.encode()).hexdigest()[:8] if len(detail) > 80 else detail)
        if self._crashes(kind, detail):
            self.crashes += 1
            self.trace("CRASH", kind, detail[:80])
            return True
        return False

    def _heard(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """What nobody caught."""
        error = context.get("exception")
        if not isinstance(error, asyncio.CancelledError):
            self.said.append(f"{context['message']}: {error!r}")

    def _end(self) -> None:
        """End all tasks, so that nothing is left for the next run."""
        for _ in range(5):
            tasks = asyncio.all_tasks(self.loop)
            if not tasks:
                break
            for task in tasks:
                task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                self.loop.run_until_complete(_gathered(tasks))
        self.loop.close()
        for copied in self.copies:
            copied.close()

    @contextlib.contextmanager
    def _surroundings(self) -> Iterator[None]:
        """The clock, the luck and the log of everything that runs in this run."""
        before = structlog.get_config()
        state = random.getstate()
        random.seed(f"everybody {self.plan.seed}")
        structlog.configure(processors=[self._log])
        try:
            with (
                mock.patch.object(bootstrap, "now", new=self.milliseconds),
                mock.patch.object(bootstrap, "JobQueue", new=self._jobs),
            ):
                yield
        finally:
            structlog.configure(**before)
            random.setstate(state)

    def _log(self, _logger: object, level: str, event: Any) -> Any:
        if self.echo is not None:
            words = " ".join(f"{key}={value}" for key, value in event.items())
            self.echo(f"{self.loop.time():10.3f}     {level}: {words}")
        raise structlog.DropEvent


async def _gathered(tasks: set["asyncio.Task[Any]"]) -> None:
    await asyncio.gather(*tasks, return_exceptions=True)
