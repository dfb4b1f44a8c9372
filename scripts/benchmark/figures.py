"""From what was seen to the figures that are printed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from benchmark.callbacks import Callback
from benchmark.posts import Posted


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of all does not exceed; NaN if there are none."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else math.nan


def figures(posted: Posted, callbacks: Sequence[Callback], closed: Mapping[str, float]) -> dict[str, Any]:
    """Speed and latency; `closed` maps transaction ids to the close times of their ledgers, as far as known."""
    came = sorted(callback.came for callback in callbacks)
    behind = [one.came - closed[one.transaction_id or ""] for one in callbacks if one.transaction_id in closed]
    return {
        "payments": _payments(callbacks),
        "payments_per_second": len(came) / (came[-1] - posted.started),
        "payments_per_second_steady": _steady(came),
        "posts_per_second": len(posted.seconds) / (posted.ended - posted.started),
        "post_p50_ms": percentile(posted.seconds, 0.5) * 1000,
        "post_p99_ms": percentile(posted.seconds, 0.99) * 1000,
        "post_statuses": dict(posted.statuses),
        "ledger_to_callback_p50_ms": percentile(behind, 0.5) * 1000,
        "ledger_to_callback_p99_ms": percentile(behind, 0.99) * 1000,
        "repeated_callbacks": len(callbacks) - _payments(callbacks),
        "failed": sum(callback.state != "success" for callback in callbacks),
    }


def watched_figures(callbacks: Sequence[Callback], shown: Mapping[str, float]) -> dict[str, Any]:
    """Of payments that strangers made; `shown` maps transaction ids to when the ledger's history had them."""
    behind = [one.came - shown[one.transaction_id or ""] for one in callbacks]
    return {
        "told": _payments(callbacks),
        "repeated_callbacks": len(callbacks) - _payments(callbacks),
        "shown_to_told_p50_ms": percentile(behind, 0.5) * 1000,
        "shown_to_told_p99_ms": percentile(behind, 0.99) * 1000,
        "shown_to_told_most_ms": max(behind) * 1000,
    }


def _payments(callbacks: Sequence[Callback]) -> int:
    return len({callback.payment_id for callback in callbacks})


def _steady(came: Sequence[float]) -> float:
    """Callbacks a second between the first fifth and the last fifth of them."""
    first, last = len(came) // 5, len(came) - 1 - len(came) // 5
    return (last - first) / (came[last] - came[first]) if last > first and came[last] > came[first] else math.nan
