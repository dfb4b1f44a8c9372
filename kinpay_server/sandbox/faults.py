"""Misbehaviour on demand: what goes wrong how often, and luck that a seed decides."""

import hashlib
from dataclasses import dataclass, field, fields
from typing import Any


@dataclass
class Faults:
    """Probabilities (0 to 1) of what happens to a request, and states that last until they are changed.

    Submissions: `lost_before` and `lost_after` cut the connection before or after core has seen them; `timeout_after`
    answers 504, `error_after` 500, `cut_after` half a JSON, `empty_after` nothing, each after core has seen them;
    `vanish` lets an accepted one disappear from the queue. Any request: `rate_limited` 429, `slow` waits
    `slow_seconds`, `stream_cut` and `stream_silent` end or mute a stream. `ingestion_lag` and `replica_lags` are
    ledgers: history stands still for the next so many, and each GET is answered by another replica that lags.
    `stall` keeps the next so many ledgers from closing in time; `core_down` is a core that forgets its queue.
    `surge_bid` is what other people bid for an operation (stroops), `surge_ops` how many of a ledger they take.
    """

    seed: int = 0
    lost_before: float = 0.0
    lost_after: float = 0.0
    timeout_after: float = 0.0
    error_after: float = 0.0
    cut_after: float = 0.0
    empty_after: float = 0.0
    vanish: float = 0.0
    rate_limited: float = 0.0
    slow: float = 0.0
    slow_seconds: float = 1.0
    stream_cut: float = 0.0
    stream_silent: float = 0.0
    ingestion_lag: int = 0
    replica_lags: list[int] = field(default_factory=list)
    stall: int = 0
    core_down: bool = False
    surge_bid: int = 0
    surge_ops: int = 0

    def __post_init__(self) -> None:
        """Nothing has happened yet."""
        self.seen: dict[tuple[str, bytes], int] = {}

    def strikes(self, kind: str, subject: bytes) -> bool:
        """Whether it happens to this subject this time: the same seed and the same requests have the same luck."""
        chance: float = getattr(self, kind)
        if not chance:
            return False
        count = self.seen[kind, subject] = self.seen.get((kind, subject), 0) + 1
        text = f"{self.seed}:{kind}:{count}:".encode() + subject
        return int.from_bytes(hashlib.sha256(text).digest()[:8], "big") < chance * 2**64

    def change(self, settings: dict[str, Any]) -> None:
        """Sets what is named; ValueError with a reason if something is not known or out of range."""
        known = {f.name: f for f in fields(self)}
        for name, value in settings.items():
            if name not in known:
                raise ValueError(f"{name}: there is no such fault; there are {', '.join(known)}")
            _check(name, value, getattr(Faults(), name))
        for name, value in settings.items():
            setattr(self, name, value)
        if "seed" in settings:
            self.seen.clear()

    def settings(self) -> dict[str, Any]:
        """What is set."""
        return {f.name: getattr(self, f.name) for f in fields(self)}


def _check(name: str, value: Any, default: Any) -> None:
    if isinstance(default, bool):
        good = isinstance(value, bool)
    elif isinstance(default, list):
        good = isinstance(value, list) and all(type(n) is int and n >= 0 for n in value)
    elif isinstance(default, float):
        number = isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0
        good = number and (name == "slow_seconds" or value <= 1)
    else:
        good = type(value) is int and (value >= 0 or name == "seed")
    if not good:
        raise ValueError(f"{name}: {value!r} is not possible")
