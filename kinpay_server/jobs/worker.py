"""huey's consumer inside the service's own process: threads that sleep until they are woken."""

import threading
from typing import Any

from huey import Huey
from huey.consumer import Consumer, Worker

WORKERS = 2
"""One for each kind of job."""

FIRST_SLEEP = 0.01
LONGEST_SLEEP = 0.5
"""Seconds after which an idle worker looks by itself; usually it is woken within milliseconds."""


class EmbeddedConsumer(Consumer):  # type: ignore[misc]
    """A consumer that leaves signals to the server and whose idle workers can be woken."""

    def __init__(
        self,
        huey: Huey,
        *,
        stop_seconds: float,
        first_sleep: float = FIRST_SLEEP,
        longest_sleep: float = LONGEST_SLEEP,
    ) -> None:
        self.wake_up = threading.Semaphore(0)
        super().__init__(
            huey,
            workers=WORKERS,
            periodic=False,
            initial_delay=first_sleep,
            max_delay=longest_sleep,
            shutdown_timeout=stop_seconds,
        )

    def stop(self, graceful: bool = False) -> None:
        """Let running jobs end within the time given, and start no more."""
        self.stop_flag.set()
        self.wake_up.release(WORKERS)
        super().stop(graceful=graceful)

    def _create_worker(self) -> "WakeableWorker":
        return WakeableWorker(
            self.wake_up,
            huey=self.huey,
            stop_flag=self.stop_flag,
            default_delay=self.default_delay,
            max_delay=self.max_delay,
            backoff=self.backoff,
        )

    def _set_signal_handlers(self) -> None:
        """The server handles signals."""


class WakeableWorker(Worker):  # type: ignore[misc]
    """Sleeps until it is woken, or as long as huey's own would."""

    delay: float

    def __init__(self, wake_up: threading.Semaphore, **settings: Any) -> None:
        super().__init__(**settings)
        self._wake_up = wake_up

    def sleep(self) -> None:
        """Wait to be woken, a little longer each time that nothing came."""
        if self._wake_up.acquire(timeout=min(self.delay, self.max_delay)):
            self.delay = self.default_delay
        else:
            self.delay *= self.backoff
