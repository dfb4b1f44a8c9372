"""Time: ledgers that close, history that reads them a little later, submissions that wait for both."""

import asyncio
import time

from ..core.network import ClosedLedger
from ..faults import Faults
from ..node import Node

INGESTION_SECONDS = 0.55
"""How long after a ledger's close history shows it (measured)."""
SYNC_TICK_SECONDS = 1.0
SYNC_TIMEOUT_SECONDS = 30.0


class Clock:
    """Drives a node. `fast` makes history and synchronous answers prompt; `close_seconds` 0 closes on demand only."""

    def __init__(self, node: Node, faults: Faults, *, close_seconds: float, fast: bool) -> None:
        self.node = node
        self.faults = faults
        self.close_seconds = close_seconds
        self.fast = fast
        self.ingested = asyncio.Event()
        self.ticked = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begins to close ledgers."""
        if self.close_seconds:
            self._tasks.append(asyncio.create_task(self._close_for_ever()))
        if not self.fast:
            self._tasks.append(asyncio.create_task(self._tick_for_ever()))

    async def failed(self) -> BaseException:
        """Waits until ledgers cannot close any more, which should never be -> why."""
        if not self._tasks:
            await asyncio.Event().wait()
        done, _ = await asyncio.wait(self._tasks, return_when=asyncio.FIRST_EXCEPTION)
        return next((e for task in done if (e := task.exception()) is not None), RuntimeError("the clock has stopped"))

    async def stop(self) -> None:
        """Ends everything."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.wake()

    def close(self) -> ClosedLedger:
        """Closes a ledger now."""
        closed = self.node.close(time.time())
        if self.fast or not self.close_seconds:
            self.ingest()
        else:
            asyncio.get_running_loop().call_later(INGESTION_SECONDS, self.ingest, closed.header.sequence)
        return closed

    def ingest(self, up_to: int | None = None) -> None:
        """History reads ledgers, all or up to a number; none as long as it is made to stand still."""
        if self.faults.ingestion_lag:
            self.faults.ingestion_lag -= 1
            return
        self.node.ingest(up_to)
        event, self.ingested = self.ingested, asyncio.Event()
        event.set()
        if self.fast or not self.close_seconds:
            self.wake()

    def wake(self) -> None:
        """Lets those who wait for a result look again."""
        event, self.ticked = self.ticked, asyncio.Event()
        event.set()

    async def wait_for_hash(self, hash_hex: str) -> bool:
        """Waits until history has a transaction -> whether it came in time."""
        end = time.monotonic() + SYNC_TIMEOUT_SECONDS
        while self.node.history.transaction(hash_hex) is None:
            left = end - time.monotonic()
            if left <= 0:
                return False
            try:
                await asyncio.wait_for(self.ticked.wait(), left)
            except TimeoutError:
                return self.node.history.transaction(hash_hex) is not None
        return True

    async def _close_for_ever(self) -> None:
        while True:
            now = time.time()
            await asyncio.sleep(self.close_seconds - now % self.close_seconds)
            if self.faults.core_down:
                continue
            if self.faults.stall:
                self.faults.stall -= 1
                continue
            self.close()

    async def _tick_for_ever(self) -> None:
        """Horizon looks once a second whether what it submitted has come."""
        while True:
            now = time.time()
            await asyncio.sleep(SYNC_TICK_SECONDS - (now + 0.08) % SYNC_TICK_SECONDS)
            self.wake()
