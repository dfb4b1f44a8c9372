"""The way between the service and Horizon: late, lossy, in any order. It stands in for the HTTP connection.

What has left the process goes on without it: a request may arrive, twice even, after its sender was killed.
"""

import asyncio
import contextvars
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from kinpay_server.ledger.connection import HttpAnswer, NoAnswer, RateLimit
from kinpay_server.ledger.outcomes import CONNECTION_FAILED, CONNECTION_LOST, TIMED_OUT
from kinpay_server.sandbox.core.envelope import Envelope, decode
from kinpay_server.services.ports import NOTHING_SIGNED
from tests.simulation import horizon
from tests.simulation.chain import Chain
from tests.simulation.life import Life
from tests.simulation.plan import Plan

USUAL_TIMEOUT = 10.0
SYNC_TIMEOUT = 30.0


@dataclass(frozen=True)
class Heard:
    """What core said of a transaction, and whether a ledger had it already."""

    inner_hash: str
    code: str
    applied: bool


class MemoryWitness:
    """`Witness`, which outlives a service and is not part of the copies of its database."""

    def __init__(self) -> None:
        self.said: str | None = NOTHING_SIGNED
        self.name = "the witness"

    def last(self) -> str | None:
        return self.said

    def note(self, attempt_hash: str) -> None:
        self.said = attempt_hash


class Wire:
    """Shared by all lives of the service. `plan` is exchanged when the trouble is over."""

    def __init__(self, chain: Chain, plan: Plan, *, now: Callable[[], float], trace: Callable[..., None]) -> None:
        self.chain = chain
        self.plan = plan
        self.luck = Random(f"wire {plan.seed}")
        self.now = now
        self.trace = trace
        self.answers: Callable[[str, HttpAnswer], HttpAnswer | None] = lambda text, answer: answer
        """What becomes of an answer on its way; scripted scenarios set it. None: lost."""
        self.heard: list[Heard] = []
        self.witness = MemoryWitness()
        self._horizon = horizon.Horizon(chain, old=plan.old_horizon)
        self._outside = contextvars.copy_context()

    def strikes(self, chance: float) -> bool:
        """Whether something of that chance happens now."""
        return chance > 0 and self.luck.random() < chance

    def latency(self) -> float:
        """How long one way takes."""
        return self.luck.expovariate(1 / self.plan.latency)

    def get(self, path: str) -> HttpAnswer:
        """What Horizon shows now."""
        return self._horizon.get(path)

    def send(self, path: str, text: str) -> "asyncio.Future[HttpAnswer]":
        """Something leaves the process; the future gets what comes back, if anything does."""
        answer: asyncio.Future[HttpAnswer] = asyncio.get_running_loop().create_future()
        if self.strikes(self.plan.request_lost):
            self.trace("request lost")
            return answer
        late = self.luck.expovariate(1 / 30) if self.strikes(self.plan.delayed) else 0.0
        self._later(self.latency() + late, self._arrive, path, text, answer)
        if self.strikes(self.plan.duplicated):
            again: asyncio.Future[HttpAnswer] = asyncio.get_running_loop().create_future()
            self._later(self.latency() + self.luck.expovariate(1 / 10), self._arrive, path, text, again)
        return answer

    def _later(self, seconds: float, work: Callable[..., Any], *args: Any) -> None:
        asyncio.get_running_loop().call_later(seconds, work, *args, context=self._outside)

    def _arrive(self, path: str, text: str, answer: "asyncio.Future[HttpAnswer]") -> None:
        if self.strikes(self.plan.turned_away):
            self._answer(text, self.luck.choice((horizon.too_many, horizon.plain_503))(), answer)
            return
        said = self._horizon.submit(path, text, self.now())
        envelope = decode(text, self.chain.node.network.network_id)
        self._note(envelope.innermost.hash.hex(), said)
        if self.strikes(self.plan.vanish):
            self._drop(envelope)
        if isinstance(said, HttpAnswer):
            self._answer(text, said, answer)
        else:
            self._wait(said, self.now() + SYNC_TIMEOUT, answer)

    def _note(self, inner_hash: str, said: HttpAnswer | Envelope) -> None:
        code = "waits" if isinstance(said, Envelope) else horizon.code_of(said)
        self.trace("core", inner_hash[:8], code)
        self.heard.append(Heard(inner_hash, code, inner_hash in self.chain.applied))

    def _drop(self, envelope: Envelope) -> None:
        """It waited, and is gone without a trace: core has been restarted, or a node lost it."""
        queue = self.chain.node.network.queue
        there = queue.waiting.get(envelope.source)
        if there is not None and there.envelope.full_hash == envelope.full_hash:
            queue.ban(envelope)
            queue.banned[0].discard(envelope.full_hash)
            self.trace("vanished")

    def _wait(self, envelope: Envelope, until: float, answer: "asyncio.Future[HttpAnswer]") -> None:
        """The synchronous call looks once a second."""
        shown = self._horizon.shown(envelope)
        if shown is not None:
            self._answer(envelope.text, shown, answer)
        elif self.now() >= until:
            self._answer(envelope.text, horizon.timed_out(envelope), answer)
        else:
            self._later(1.0, self._wait, envelope, until, answer)

    def _answer(self, text: str, said: HttpAnswer, answer: "asyncio.Future[HttpAnswer]") -> None:
        if self.strikes(self.plan.answer_lost):
            self.trace("answer lost")
            return
        if self.strikes(self.plan.answer_unknown):
            said = self._spoiled(text, said)
        told = self.answers(text, said)
        if told is not None:
            self._later(self.latency(), _told, answer, told)

    def _spoiled(self, text: str, said: HttpAnswer) -> HttpAnswer:
        """An answer that tells nothing."""
        envelope = decode(text, self.chain.node.network.network_id)
        half = HttpAnswer(said.status, said.headers, said.body[: len(said.body) // 2])
        empty = HttpAnswer(self.luck.choice((500, 503)), {}, b"")
        return self.luck.choice((horizon.timed_out(envelope), horizon.broken(), half, empty))


class Connection:
    """`HorizonConnection` of one life of the service."""

    rate_limit: RateLimit | None = None

    def __init__(self, wire: Wire, life: Life) -> None:
        self._wire = wire
        self._life = life

    async def open(self) -> None:
        """Nothing to open."""

    async def close(self) -> None:
        """Nothing to close."""

    def url(self, path: str) -> str:
        """The path is all that is needed."""
        return path

    async def get(self, path: str) -> HttpAnswer:
        """See `HorizonConnection`."""
        wire = self._wire
        await self._life.point("before read", path)
        await asyncio.sleep(wire.latency())
        answer = self._spoiled() or wire.get(path)
        await asyncio.sleep(wire.latency())
        await self._life.point("after read", path)
        return answer

    async def post_form(self, url: str, body: bytes, *, wait_seconds: float | None = None) -> HttpAnswer:
        """See `HorizonConnection`."""
        text = horizon.envelope_in(body)
        await self._life.point("before send", text)
        answer = self._wire.send(url, text)
        await self._life.point("after send", text)
        timeout = wait_seconds or USUAL_TIMEOUT
        if self._wire.strikes(self._wire.plan.answer_lost / 2):
            timeout = self._wire.luck.random()
        try:
            async with asyncio.timeout(timeout):
                told = await answer
        except TimeoutError:
            raise NoAnswer(TIMED_OUT if timeout > 1 else CONNECTION_LOST, "") from None
        await self._life.point("after answer", text)
        return told

    def _spoiled(self) -> HttpAnswer | None:
        """A read that tells nothing."""
        wire = self._wire
        if not wire.strikes(wire.plan.read_fails):
            return None
        kind = wire.luck.randrange(4)
        if kind == 0:
            raise NoAnswer(wire.luck.choice((TIMED_OUT, CONNECTION_LOST, CONNECTION_FAILED)), "")
        return (horizon.too_many(), horizon.broken(), horizon.plain_503())[kind - 1]


def _told(answer: "asyncio.Future[HttpAnswer]", told: HttpAnswer) -> None:
    if not answer.done():
        answer.set_result(told)
