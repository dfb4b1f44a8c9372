"""An event loop on virtual time: when nothing is ready it jumps to the next timer, so nobody ever waits."""

import asyncio
import heapq
from collections.abc import Callable
from concurrent.futures import Executor
from random import Random
from typing import Any


class NothingLeft(Exception):
    """Everybody waits for something that can never come."""


class VirtualLoop(asyncio.BaseEventLoop):
    """Runs what is ready in an order that `luck` decides (None: the usual one). Threads do their work at once."""

    def __init__(self, luck: Random | None) -> None:
        super().__init__()
        self._now = 0.0
        self._luck = luck
        self._ready: Any
        self._scheduled: list[Any]

    def time(self) -> float:
        """Seconds since the loop was made."""
        return self._now

    def run_in_executor(  # type: ignore[override]
        self, executor: Executor | None, func: Callable[..., Any], *args: Any
    ) -> "asyncio.Future[Any]":
        """Runs it in a later step of this loop: another thread's work, at a moment that nobody knows."""
        future = self.create_future()
        self.call_soon(_work, future, func, args)
        return future

    def _run_once(self) -> None:
        """One step, in place of the base's, which asks the system for events."""
        ready, timers = self._ready, self._scheduled
        while timers and timers[0]._cancelled:
            heapq.heappop(timers)._scheduled = False
        if not ready:
            if not timers:
                raise NothingLeft
            self._now = max(self._now, timers[0]._when)
        while timers and timers[0]._when <= self._now:
            timer = heapq.heappop(timers)
            timer._scheduled = False
            ready.append(timer)
        handles = list(ready)
        ready.clear()
        if self._luck is not None and len(handles) > 1:
            self._luck.shuffle(handles)
        for handle in handles:
            if not handle._cancelled:
                handle._run()

    def _write_to_self(self) -> None:
        """There is no selector to be woken."""

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """Cancelled timers are thrown away when their time comes."""


def _work(future: "asyncio.Future[Any]", func: Callable[..., Any], args: tuple[Any, ...]) -> None:
    if future.cancelled():
        return
    try:
        result = func(*args)
    except Exception as error:
        future.set_exception(error)
    else:
        future.set_result(result)
