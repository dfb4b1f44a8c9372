"""Is it well? In words, and if not, what to do: the judgement over all that the service knows of itself."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from kinpay_server.domain.callback import MINUTE, SECOND
from kinpay_server.services.failing_receivers import Failure
from kinpay_server.services.health import Health
from kinpay_server.services.outstanding import Outstanding
from kinpay_server.services.start_up import START

PATIENCE = 60 * SECOND
"""A payment that has waited so long to be sent is told of, and a receiver that has failed for so long."""

NAMED = 5
"""So many receivers that fail are told of by their names."""


class Level(StrEnum):
    """How it is."""

    WELL = "well"
    WAITING = "waiting"
    """Payments are made, or soon will be, and something should be looked at."""
    TROUBLE = "trouble"
    """No payment is sent until something is mended."""


@dataclass(frozen=True, slots=True)
class Matter:
    """Something that is not well: what it is about, and in a sentence what is wrong and what to do."""

    about: str
    text: str


@dataclass(frozen=True, slots=True)
class Standing:
    """The judgement: a sentence, and the matters that it rests on, the pressing ones first."""

    level: Level
    sentence: str
    matters: tuple[Matter, ...]


def judge(health: Health, outstanding: Outstanding, failures: Mapping[str, Failure], now: int) -> Standing:
    """The standing at `now`; `failures` are those of receivers (`services.failing_receivers`)."""
    blocking = [Matter(name, c.message) for name, c in sorted(health.checks.items()) if not c.ok and c.blocking]
    others = [Matter(name, c.message) for name, c in sorted(health.checks.items()) if not c.ok and not c.blocking]
    others += _of_payments(outstanding, now if health.may_send else None)
    others += [*_of_receivers(failures, now), *_of_dead(outstanding.dead_count)]
    if [matter.about for matter in blocking] == [START]:
        return Standing(Level.WAITING, "Starting: payments are accepted, and sent in a moment.", (*blocking, *others))
    if blocking:
        sentence = "In trouble: payments are accepted and wait. They go on by themselves once this is mended."
        return Standing(Level.TROUBLE, sentence, (*blocking, *others))
    if others:
        return Standing(Level.WAITING, "Payments are made, but something should be looked at.", tuple(others))
    return Standing(Level.WELL, "All is well: payments are accepted, made and told.", ())


def _of_payments(outstanding: Outstanding, now: int | None) -> Iterator[Matter]:
    """A long queue says something of its own only while payments may be sent, which `now` None denies."""
    queue = outstanding.queue
    if queue.held:
        named = queue.held_ids[0]
        what = "1 payment is" if queue.held == 1 else f"{queue.held} payments are"
        text = f"{what} held for you, {named} among them: look at it, then `kinpay payments retry {named}`"
        yield Matter("held payments", text)
    if now is not None and queue.oldest is not None and now - queue.oldest > PATIENCE:
        seconds = (now - queue.oldest) // SECOND
        text = f"the oldest has waited {seconds} s to be sent: see `max_channels`, if the ledger is not full"
        yield Matter("queue of payments", text)


def _of_receivers(failures: Mapping[str, Failure], now: int) -> Iterator[Matter]:
    lasting = [(name, one) for name, one in failures.items() if now - one.since >= PATIENCE]
    for name, failure in lasting[:NAMED]:
        minutes = (now - failure.since) // MINUTE
        text = f"nothing was taken for {minutes} min ({failure.answer}): mend the receiver; it is tried again by itself"
        yield Matter(f"callbacks to {name}", text)
    if len(lasting) > NAMED:
        yield Matter("callbacks to others", f"{len(lasting) - NAMED} more receivers take nothing")


def _of_dead(dead: int) -> Iterator[Matter]:
    if dead:
        what = "1 was" if dead == 1 else f"{dead} were"
        yield Matter("callbacks", f"{what} given up: once the receiver answers again, replay them below")
