"""When a claimable balance may be claimed."""

from typing import Any

from stellar_sdk import xdr

from .records import written

CYCLE_SECONDS = 146_097 * 86_400
"""After 400 years the calendar repeats itself."""
LAST_YEAR = 253_402_300_800
"""The first second of the year 10000."""


def predicate(p: xdr.ClaimPredicate) -> dict[str, Any]:
    """When a balance may be claimed."""
    if p.and_predicates is not None:
        return {"and": [predicate(part) for part in p.and_predicates]}
    if p.or_predicates is not None:
        return {"or": [predicate(part) for part in p.or_predicates]}
    if p.not_predicate is not None:
        return {"not": predicate(p.not_predicate)}
    if p.abs_before is not None:
        return {"abs_before": _day_and_time(p.abs_before.int64), "abs_before_epoch": str(p.abs_before.int64)}
    if p.rel_before is not None:
        return {"rel_before": str(p.rel_before.int64)}
    return {"unconditional": True}


def _day_and_time(seconds: int) -> str:
    """A time that may be far: years beyond 9999 are written with a sign."""
    if 0 <= seconds < LAST_YEAR:
        return written(seconds)
    cycles, rest = divmod(seconds, CYCLE_SECONDS)
    near = written(rest)
    year = int(near[:4]) + 400 * cycles
    return f"{'+' if year > 9999 else ''}{year:04}{near[4:]}"
