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

from kinpay_server.jobs.worker import FIRST_SLEEP, LONGEST_SLEEP, EmbeddedConsumer

STOP_SECONDS = 5.0

Job = Callable[[], Awaitable[None]]

log = structlog.get_logger(__name__)


class JobQueue:
    """huey on its own SQLite file, and the threads that work on it. Make it inside a running event loop.

    A job is a coroutine function that runs on that loop while a worker's thread waits for it; of each kind one runs
    at a time. Nudges while it runs make one more run when it is through.
    """

    def __init__(
        self,
        path: Path,
        *,
        stop_seconds: float = STOP_SECONDS,
        first_sleep: float = FIRST_SLEEP,
        longest_sleep: float = LONGEST_SLEEP,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        _remove(path)
        self._huey = SqliteHuey("kinpay", filename=str(path), results=False, fsync=False)
        self._consumer = EmbeddedConsumer(
            self._huey, stop_seconds=stop_seconds, first_sleep=first_sleep, longest_sleep=longest_sleep
        )
        self._enqueuer = ThreadPoolExecutor(1, thread_name_prefix="enqueuer")
        self._kinds: list[_Kind] = []

    def job(self, name: str, work: Job) -> Callable[[], None]:
        """Register a job; returns the function that nudges it, which returns at once and never raises."""
        kind = _Kind(name, work)
        self._kinds.append(kind)

        def wait_for_run() -> None:
            asyncio.run_coroutine_threadsafe(kind.run(), self._loop).result()

        task = self._huey.task(name=name)(wait_for_run)

        def nudge() -> None:
            if not kind.queued and not kind.stopped:
                kind.queued = True
                self._enqueuer.submit(self._enqueue, task, kind)

        return nudge

    def start(self) -> None:
        """Start the workers."""
        self._consumer.start()

    def check(self) -> None:
        """Replace workers that have died, and forget nudges: one that huey has lost must not keep others away."""
        self._consumer.check_worker_health()
        for kind in self._kinds:
            kind.queued = False

    async def stop(self) -> None:
        """Let the jobs that run come to an end, within some seconds; nudges do nothing from now on."""
        for kind in self._kinds:
            kind.stopped = True
        await self._loop.run_in_executor(self._enqueuer, lambda: self._consumer.stop(graceful=True))
        self._enqueuer.shutdown()
        self._huey.storage.close()

    def _enqueue(self, task: Any, kind: "_Kind") -> None:
        try:
            task()
        except Exception:
            log.exception("a job could not be queued; the sweep will find its work", job=kind.name)
            self._loop.call_soon_threadsafe(kind.not_queued)
        else:
            self._consumer.wake_up.release()


def _remove(path: Path) -> None:
    """Begin with an empty file: nudges of an earlier process are worth nothing, so none is worth an fsync either, and
    without one a power cut may leave a file that cannot be read.
    """
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


class _Kind:
    """Jobs of one kind; used on the event loop only. `queued`: a nudge is under way to a worker."""

    def __init__(self, name: str, work: Job) -> None:
        self.name = name
        self.queued = False
        self.stopped = False
        self._work = work
        self._running = False
        self._again = False

    def not_queued(self) -> None:
        """The nudge has not got through."""
        self.queued = False

    async def run(self) -> None:
        """Run it; when it runs already, have that run followed by another one, for which no worker has to wait."""
        self.queued = False
        self._again = True
        if self._running:
            return
        self._running = True
        try:
            while self._again and not self.stopped:
                self._again = False
                await self._run_once()
        finally:
            self._running = False

    async def _run_once(self) -> None:
        try:
            await self._work()
        except Exception:
            log.exception("a job failed; the sweep will come back to its work", job=self.name)
