"""What happens in a run: all of it follows from the seed.

Each misbehaviour is on in some runs only, and then of a strength of its own: one that is always there hides what
others would show.
"""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from tests.simulation.mischief import NO_MISCHIEF, Mischief, Span, mischief_of


@dataclass(frozen=True)
class Plan:
    """Chances are from 0 to 1 for each request, times are virtual seconds; after `trouble` all is well."""

    seed: int
    payments: int = 8
    wallets: int = 0
    max_channels: int = 3
    ledger_seconds: int = 5
    max_ops: int = 100
    channel_xlm: int = 5_000_000
    max_base_fee: int = 1000
    trouble: float = 60.0
    permute: bool = False
    old_horizon: bool = False
    old_channel: bool = False
    bad_recipients: float = 0.0
    repeats: float = 0.0
    other_content: float = 0.0
    latency: float = 0.01
    slow_disk: float = 0.002
    disk_full: float = 0.0
    request_lost: float = 0.0
    answer_lost: float = 0.0
    answer_unknown: float = 0.0
    turned_away: float = 0.0
    duplicated: float = 0.0
    delayed: float = 0.0
    vanish: float = 0.0
    read_fails: float = 0.0
    nudge_lost: float = 0.0
    receiver_fails: float = 0.0
    receiver_slow: float = 0.0
    crash_at_commit: float = 0.0
    crash_at_send: float = 0.0
    crash_at_read: float = 0.0
    most_crashes: int = 0
    pause: float = 5.0
    lags: tuple[int, ...] = ()
    stalls: tuple[Span, ...] = ()
    ingestion_stops: tuple[Span, ...] = ()
    core_down: tuple[Span, ...] = ()
    core_restarts: tuple[float, ...] = ()
    crowds: tuple[tuple[Span, int], ...] = ()
    poor_until: float = 0.0
    restores: tuple[Span, ...] = ()
    """(when a copy is taken, when it is put back)"""
    post_until: float = 30.0
    watching: int = 0
    """Services that watch; strangers pay at their addresses then."""
    strangers: int = 0
    many_addresses: bool = False
    """So many are watched that the list of the network is read."""

    clock_jumps: tuple[tuple[float, int], ...] = ()
    """(when, by how many seconds the host's clock is set on or back)"""

    stops: tuple[float, ...] = ()
    """When the service is told to stop, as an operator does it."""

    mischief: Mischief = NO_MISCHIEF

    def calm(self) -> "Plan":
        """The same when all is well."""
        return replace(Plan(self.seed), **{name: getattr(self, name) for name in _LASTING})


_LASTING = (
    *("payments", "max_channels", "ledger_seconds", "max_ops", "channel_xlm", "max_base_fee", "old_horizon"),
    "watching",
)

OLD_ENOUGH = 125.0
"""Seconds. The service takes no copy that is so old for itself, restarted."""


def plan_of(seed: int) -> Plan:
    """The plan of a seed."""
    return _with_mischief(_without_mischief(seed))


def _with_mischief(plan: Plan) -> Plan:
    """What was added later has a luck of its own, so that a seed without it is the run that it always was."""
    restored = plan.restores[0][1] if plan.restores else None
    more: dict[str, Any] = {"mischief": mischief_of(plan.seed, plan.trouble, restored=restored)}
    if restored is not None:
        more |= _beside_a_copy(Random(f"copies {plan.seed}"), plan)
    return replace(plan, **more)


def _beside_a_copy(luck: Random, plan: Plan) -> dict[str, Any]:
    """Services watch, the host's clock jumps, and the copy may be a young one: in some runs."""
    [(copied, put_back)] = plan.restores
    young = (copied, copied + luck.uniform(1, put_back - copied)) if luck.random() < 0.3 else (copied, put_back)
    more = _of_watchers(luck) | _of_the_host(luck, plan.trouble) | {"restores": (young,)}
    return more if luck.random() < 0.7 else {}


def _without_mischief(seed: int) -> Plan:
    luck = Random(f"plan {seed}")

    def some(strength: float, often: float = 0.5) -> float:
        return luck.random() * strength if luck.random() < often else 0.0

    restores = luck.random() < 0.15
    trouble = luck.uniform(150, 200) if restores else luck.uniform(20, 90)
    copied = luck.choice((0.0, luck.uniform(5, 25)))
    return Plan(
        seed=seed,
        payments=luck.randint(5, 15),
        wallets=luck.choice((0, 0, 1, 3)),
        max_channels=luck.randint(2, 5),
        ledger_seconds=luck.choice((1, 2, 5, 5, 5)),
        max_ops=luck.choice((20, 100)),
        channel_xlm=luck.choice((0, 1000, 5_000_000, 5_000_000)),
        trouble=trouble,
        permute=luck.random() < 0.8,
        old_horizon=luck.random() < 0.1,
        old_channel=luck.random() < 0.1,
        bad_recipients=some(0.6),
        repeats=some(0.6),
        other_content=some(0.3),
        latency=luck.choice((0.002, 0.02, 0.2, 1.0)),
        slow_disk=luck.choice((0.001, 0.01, 0.1)),
        disk_full=some(0.02, 0.2),
        request_lost=some(0.4),
        answer_lost=some(0.5),
        answer_unknown=some(0.5),
        turned_away=some(0.3),
        duplicated=some(0.4),
        delayed=some(0.3),
        vanish=some(0.4),
        read_fails=some(0.3),
        nudge_lost=some(0.5),
        receiver_fails=some(0.4),
        receiver_slow=some(0.2, 0.2),
        crash_at_commit=some(0.05),
        crash_at_send=some(0.1),
        crash_at_read=some(0.01),
        most_crashes=luck.randint(1, 4),
        pause=luck.choice((0.5, 5.0, 30.0)),
        lags=tuple(luck.choice((0, 0, 1, 2, 5)) for _ in range(luck.randint(2, 4))) if luck.random() < 0.5 else (),
        stalls=_spans(luck, trouble, 60),
        ingestion_stops=_spans(luck, trouble, 60),
        core_down=_spans(luck, trouble, 20),
        core_restarts=tuple(luck.uniform(0, trouble) for _ in range(luck.choice((0, 0, 1, 3)))),
        crowds=tuple((span, luck.choice((150, 400, 5000))) for span in _spans(luck, trouble, 100)),
        poor_until=luck.uniform(20, trouble) if luck.random() < 0.3 else 0.0,
        restores=((copied, copied + luck.uniform(OLD_ENOUGH, OLD_ENOUGH + 10)),) if restores else (),
        post_until=luck.uniform(5, trouble * 0.8),
        **({} if restores else _of_watchers(Random(f"watching {seed}"))),
        **_of_the_host(Random(f"host {seed}"), trouble, jumps=not restores),
    )


def _of_the_host(luck: Random, trouble: float, *, jumps: bool = True) -> dict[str, Any]:
    """In some runs."""
    count, stops = luck.choice((0, 0, 0, 1, 2)), luck.choice((0, 0, 0, 1, 3))
    jumped = tuple(
        (luck.uniform(0, trouble), luck.choice((-86_400, -3600, -5, 5, 3600))) for _ in range(count if jumps else 0)
    )
    return {"clock_jumps": jumped, "stops": tuple(luck.uniform(0, trouble) for _ in range(stops))}


def _of_watchers(luck: Random) -> dict[str, Any]:
    """In some runs."""
    if luck.random() < 0.5:
        return {}
    return {
        "watching": luck.randint(1, 3),
        "strangers": luck.randint(1, 20),
        "many_addresses": luck.random() < 0.4,
    }


def _spans(luck: Random, until: float, longest: float) -> tuple[Span, ...]:
    """None in most runs."""
    if luck.random() < 0.7:
        return ()
    begin = luck.uniform(0, until)
    return ((begin, begin + luck.uniform(1, longest)),)


Crashes = Callable[[str, str], bool]
"""Decides at a point (its kind, what is done there) whether the process is killed."""


def killed_at(kind: str, work: str, *, after: int = 0, times: int = 1) -> Crashes:
    """Killed so many times when this is done, from the first time on or later."""
    done = itertools.count(1)

    def strikes(at: str, detail: str) -> bool:
        return at == kind and work in detail and after < next(done) <= after + times

    return strikes
