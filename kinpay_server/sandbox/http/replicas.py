"""Horizons behind a load balancer: each reads the same ledgers, some of them late."""

from ..faults import Faults
from ..horizon.history import History
from ..node import Node


class Replicas:
    """Who answers the next GET: one after another of the replicas whose lags the faults name."""

    def __init__(self, node: Node, faults: Faults) -> None:
        self.node = node
        self.faults = faults
        self._lagging: dict[int, History] = {}
        self._read: dict[int, int] = {}
        self._turn = 0

    def pick(self) -> History:
        """The history that answers."""
        lags = self.faults.replica_lags
        if not lags:
            self._lagging.clear()
            self._read.clear()
            return self.node.history
        lag = lags[self._turn % len(lags)]
        self._turn += 1
        return self._behind(lag) if lag else self.node.history

    def _behind(self, lag: int) -> History:
        """A history that has read everything but the last `lag` ledgers; at least the first."""
        history = self._lagging.setdefault(lag, History())
        newest = self.node.history.latest.header.sequence
        known = self._read.get(lag, 0)
        for closed in self.node.archive[known : max(1, newest - lag)]:
            history.ingest(closed)
            self._read[lag] = closed.header.sequence
        return history
