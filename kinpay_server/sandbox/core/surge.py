"""Which of the waiting transactions get into a ledger, and what an operation costs in it."""

from collections.abc import Sequence

from .envelope import Envelope
from .queue import outbids, rate
from .validity import BASE_FEE


def choose(
    candidates: Sequence[Envelope], max_ops: int, others: tuple[int, int] = (0, 0)
) -> tuple[list[Envelope], int]:
    """-> (those that fit, highest bids first; base fee in stroops).

    When not all fit, everybody pays for an operation what the lowest of the chosen bids. `others` are (operations,
    bid) of other people, who come before whoever bids no more than they.
    """
    crowd, bid = others
    if sum(tx.weight for tx in candidates) + crowd <= max_ops:
        return list(candidates), BASE_FEE
    chosen: list[Envelope] = []
    free = max_ops
    for tx in sorted(candidates, key=lambda tx: (-rate(tx), tx.hash)):
        ahead = 0 if outbids(tx, bid, 1) else crowd
        if tx.weight <= free - ahead:
            chosen.append(tx)
            free -= tx.weight
    bids = [tx.fee // tx.weight for tx in chosen] + ([bid] if crowd and free > 0 else [])
    return chosen, max(BASE_FEE, min(bids, default=BASE_FEE))
