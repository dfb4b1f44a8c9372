"""What recent ledgers cost: the last five, as Horizon counts."""

from typing import Any

from .history import History

LEDGERS = 5
POINTS = (10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 99)


def fee_stats(history: History) -> dict[str, Any]:
    """The document; all its values are strings."""
    records = history.ledgers.page(None, LEDGERS, descending=True)
    charged = sorted(fee for record in records for fee, _ in record.fees)
    bids = sorted(bid for record in records for _, bid in record.fees)
    latest = history.latest
    room = sum(record.header.max_ops for record in records)
    usage = sum(record.used for record in records) / room if room else 0
    return {
        "last_ledger": str(latest.header.sequence),
        "last_ledger_base_fee": "100",
        "ledger_capacity_usage": f"{usage:.2f}".rstrip("0").rstrip(".") or "0",
        "fee_charged": _spread(charged),
        "max_fee": _spread(bids),
    }


def _spread(values: list[int]) -> dict[str, str]:
    """Without any transaction everything is the base fee."""
    values = values or [100]
    found = {"max": values[-1], "min": values[0], "mode": max(sorted(set(values)), key=values.count)}
    for point in POINTS:
        index = max(0, -(-len(values) * point // 100) - 1)
        found[f"p{point}"] = values[index]
    return {name: str(value) for name, value in found.items()}
