"""The job queue. A job carries nothing: the rows in the database are the truth, a job is a nudge to look at them.

So a job that is lost with a killed process loses nothing (huey forgets it), and one that runs twice does no harm.
"""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import structlog
from huey import SqliteHuey

from kinpay_server.jobs.worker import EmbeddedConsumer

STOP_SECONDS = 5.0

Job = Callable[[], Awaitable[None]]

log = structlog.get_logger(__name__)


class JobQueue:
    """huey on its own SQLite file, and the threads that work on it. Make it inside a running event loop.

    A job is a coroutine function that runs on that loop while a worker's thread waits for it; of each kind one runs
    at a time, and one more at most waits.
    """

    def __init__(self, path: Path) -> None:
        self._loop = asyncio.get_running_loop()
        self._huey = SqliteHuey("kinpay", filename=str(path), results=False)
        self._consumer = EmbeddedConsumer(self._huey, stop_seconds=STOP_SECONDS)
        self._enqueuer = ThreadPoolExecutor(1, thread_name_prefix="enqueuer")

    def job(self, name: str, work: Job) -> Callable[[], None]:
        """Register a job; returns the function that nudges it, which returns at once and never raises."""
        running = asyncio.Lock()
        nudged = asyncio.Event()

        async def run() -> None:
            nudged.clear()
            async with running:
                await work()

        def wait_for_run() -> None:
            asyncio.run_coroutine_threadsafe(run(), self._loop).result()

        task = self._huey.task(name=name)(wait_for_run)

        def nudge() -> None:
            if not nudged.is_set():
                nudged.set()
                self._enqueuer.submit(self._enqueue, task, nudged)

        return nudge

    def start(self) -> None:
        """Start the workers."""
        self._consumer.start()

    def check(self) -> None:
        """Replace workers that have died."""
        self._consumer.check_worker_health()

    async def stop(self) -> None:
        """Let the jobs that run come to an end, within some seconds."""
        await self._loop.run_in_executor(None, lambda: self._consumer.stop(graceful=True))
        self._enqueuer.shutdown()
        self._huey.storage.close()

    def _enqueue(self, task: Any, nudged: asyncio.Event) -> None:
        try:
            task()
        except Exception:
            log.exception("a job could not be queued; the sweep will find its work")
            self._loop.call_soon_threadsafe(nudged.clear)
        else:
            self._consumer.wake_up.release()
