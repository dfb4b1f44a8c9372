"""One life of the service's process: it can end at any point, and then nothing of it goes on."""

import asyncio
import contextlib
import contextvars
from collections.abc import Callable, Coroutine
from typing import Any

LIFE: contextvars.ContextVar["Life | None"] = contextvars.ContextVar("LIFE", default=None)


class Life:
    """All tasks that were started in it, and in tasks of it.

    `may_end` is asked at each point whether the process is killed there: (kind, detail) -> bool.
    """

    def __init__(self, number: int, may_end: Callable[[str, str], bool]) -> None:
        self.number = number
        self.alive = True
        self.died = asyncio.Event()
        self.tasks: set[asyncio.Task[Any]] = set()
        self._may_end = may_end
        self._context = contextvars.copy_context()
        self._context.run(LIFE.set, self)

    def spawn(self, work: Coroutine[Any, Any, Any]) -> "asyncio.Task[Any]":
        """Start a task in it."""
        return asyncio.get_running_loop().create_task(work, context=self._context)

    def later(self, seconds: float, work: Callable[[], None]) -> None:
        """Call something in it, if it still lives by then."""
        asyncio.get_running_loop().call_later(seconds, self._if_alive, work, context=self._context)

    def ends_at(self, kind: str, detail: str) -> bool:
        """True when the process is killed at this point, or has been: whoever asks must not go on."""
        if self.alive and self._may_end(kind, detail):
            self.die()
        return not self.alive

    async def point(self, kind: str, detail: str) -> None:
        """A point at which the process may be killed; then this never returns."""
        if self.ends_at(kind, detail):
            raise asyncio.CancelledError

    def die(self) -> None:
        """SIGKILL."""
        self.alive = False
        for task in list(self.tasks):
            task.cancel()
        self.died.set()

    def _if_alive(self, work: Callable[[], None]) -> None:
        if self.alive:
            work()


def make_task(
    loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, Any], context: contextvars.Context | None = None
) -> "asyncio.Task[Any]":
    """The loop's task factory: each task belongs to the life that started it."""
    life = LIFE.get() if context is None else context.get(LIFE)
    task = asyncio.Task(work, loop=loop, context=context)
    if life is None:
        return task
    life.tasks.add(task)
    task.add_done_callback(life.tasks.discard)
    if not life.alive:
        with contextlib.suppress(RuntimeError):
            task.cancel()
    return task
