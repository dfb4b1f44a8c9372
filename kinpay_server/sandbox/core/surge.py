"""Which of the waiting transactions get into a ledger, and what an operation costs in it."""

from collections.abc import Sequence

from .envelope import Envelope
from .queue import rate
from .validity import BASE_FEE


def choose(candidates: Sequence[Envelope], max_ops: int) -> tuple[list[Envelope], int]:
    """-> (those that fit, highest bids first; base fee in stroops).

    When not all fit, everybody pays for an operation what the lowest of the chosen bids.
    """
    if sum(tx.weight for tx in candidates) <= max_ops:
        return list(candidates), BASE_FEE
    chosen: list[Envelope] = []
    free = max_ops
    for tx in sorted(candidates, key=lambda tx: (-rate(tx), tx.hash)):
        if tx.weight <= free:
            chosen.append(tx)
            free -= tx.weight
    lowest = min((tx.fee // tx.weight for tx in chosen), default=BASE_FEE)
    return chosen, max(BASE_FEE, lowest)
