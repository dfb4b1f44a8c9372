"""The queue with real huey on a real file. Nothing here looks at a clock: what has to happen is waited for."""

import asyncio
import signal
import sqlite3
import sys
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from kinpay_server.jobs.queue import JobQueue

LONG = 3600.0
"""Seconds that a test does not last."""

LEAVES_NUDGES = """
import asyncio, sqlite3, sys
from pathlib import Path
from kinpay_server.jobs.queue import JobQueue

async def main():
    jobs = JobQueue(Path(sys.argv[1]))

    async def work():
        print("started", flush=True)
        await asyncio.sleep(3600)

    for name in ("first", "second", "third", "gone"):
        jobs.job(name, work)()
    look = sqlite3.connect(sys.argv[1])
    while look.execute("SELECT count(*) FROM task").fetchone()[0] < 4:
        await asyncio.sleep(0.01)
    jobs.start()
    await asyncio.sleep(3600)

asyncio.run(main())
"""


class Work:
    """A job that can be held while it runs; counts its runs."""

    def __init__(self) -> None:
        self.runs = 0
        self.at_once = 0
        self.most_at_once = 0
        self.loop: asyncio.AbstractEventLoop | None = None
        self.may_end = asyncio.Event()
        self.may_end.set()
        self.changed = asyncio.Condition()
        self.error: Exception | None = None

    async def __call__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.runs += 1
        self.at_once += 1
        self.most_at_once = max(self.at_once, self.most_at_once)
        await self._tell()
        await self.may_end.wait()
        self.at_once -= 1
        await self._tell()
        if self.error is not None:
            raise self.error

    def hold(self) -> None:
        """Let a run last until `may_end` is set."""
        self.may_end.clear()

    async def ran(self, times: int) -> None:
        """Wait until so many runs are over."""
        await self._until(lambda: self.runs >= times and not self.at_once)

    async def running(self, run: int = 1) -> None:
        """Wait until that run has begun."""
        await self._until(lambda: self.runs >= run and self.at_once > 0)

    async def _until(self, happened: Callable[[], bool]) -> None:
        async with asyncio.timeout(60), self.changed:
            await self.changed.wait_for(happened)

    async def _tell(self) -> None:
        async with self.changed:
            self.changed.notify_all()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "kinpay.db.jobs"


@asynccontextmanager
async def working(file: Path, **work: Work) -> AsyncIterator[tuple[JobQueue, dict[str, Callable[[], None]]]]:
    """A queue that is started, with these jobs; idle workers look by themselves only after an hour."""
    queue = JobQueue(file, first_sleep=LONG, longest_sleep=LONG)
    nudges = {name: queue.job(name, one) for name, one in work.items()}
    queue.start()
    try:
        yield queue, nudges
    finally:
        for one in work.values():
            one.may_end.set()
        await queue.stop()


def waiting(file: Path) -> int:
    """How many tasks lie in the queue's file."""
    with closing(sqlite3.connect(file)) as connection:
        return int(connection.execute("SELECT count(*) FROM task").fetchone()[0])


async def tasks_lie_there(file: Path, *, some: bool) -> None:
    """Wait until there are some in the file, or none."""
    async with asyncio.timeout(60):
        while bool(waiting(file)) is not some:  # noqa: ASYNC110 - it is huey's threads that change it
            await asyncio.sleep(0.01)


async def settled(file: Path, sentinel: tuple[Callable[[], None], Work]) -> None:
    """Wait until all nudges before have had their effect: a job of another kind that was nudged last is through."""
    nudge, work = sentinel
    nudge()
    await work.ran(work.runs + 1)
    await tasks_lie_there(file, some=False)
    for _ in range(10):
        await asyncio.sleep(0)


@pytest.mark.gen_test(timeout=60)
async def test_a_nudge_runs_the_job_on_the_event_loop(file: Path) -> None:
    work = Work()
    async with working(file, a=work) as (_, nudges):
        nudges["a"]()
        await work.ran(1)
    assert work.loop is asyncio.get_running_loop()
    assert work.runs == 1


@pytest.mark.gen_test(timeout=60)
async def test_each_nudge_wakes_workers_that_sleep_for_long(file: Path) -> None:
    """They would look by themselves after an hour: so it is the nudge that wakes them."""
    work = Work()
    async with working(file, a=work) as (_, nudges):
        for run in range(1, 21):
            nudges["a"]()
            await work.ran(run)
            await asyncio.sleep(0.01)  # they fall asleep again


@pytest.mark.gen_test(timeout=60)
async def test_nudges_before_the_run_make_one_run(file: Path) -> None:
    work, other = Work(), Work()
    queue = JobQueue(file)
    nudge, sentinel = queue.job("a", work), queue.job("b", other)
    for _ in range(10):
        nudge()
    queue.start()
    await work.ran(1)
    await settled(file, (sentinel, other))
    assert work.runs == 1
    await queue.stop()


@pytest.mark.gen_test(timeout=60)
async def test_nudges_while_it_runs_make_exactly_one_more_run(file: Path) -> None:
    """Each with time enough to go all the way."""
    work, other = Work(), Work()
    async with working(file, a=work, b=other) as (_, nudges):
        work.hold()
        nudges["a"]()
        await work.running()
        for _ in range(5):
            nudges["a"]()
            await settled(file, (nudges["b"], other))
        assert work.runs == 1
        work.may_end.set()
        await work.ran(2)
        await settled(file, (nudges["b"], other))
        assert work.runs == 2


@pytest.mark.gen_test(timeout=60)
async def test_jobs_of_one_kind_never_overlap(file: Path) -> None:
    work = Work()
    async with working(file, a=work) as (_, nudges):
        for _ in range(50):
            nudges["a"]()
            await asyncio.sleep(0.002)
        await work.ran(2)
    assert work.most_at_once == 1


@pytest.mark.gen_test(timeout=60)
async def test_jobs_of_two_kinds_run_side_by_side(file: Path) -> None:
    work, other = Work(), Work()
    async with working(file, a=work, b=other) as (_, nudges):
        work.hold()
        other.hold()
        nudges["a"]()
        nudges["b"]()
        await work.running()
        await other.running()


@pytest.mark.gen_test(timeout=60)
async def test_a_job_that_waits_for_its_own_kind_keeps_no_other_kind_waiting(file: Path) -> None:
    work, other = Work(), Work()
    async with working(file, a=work, b=other) as (_, nudges):
        work.hold()
        nudges["a"]()
        await work.running()
        for _ in range(5):
            nudges["a"]()
            await tasks_lie_there(file, some=False)
        nudges["b"]()
        await other.ran(1)
        assert work.runs == 1


@pytest.mark.gen_test(timeout=60)
async def test_a_job_that_raises_ends_no_worker(file: Path) -> None:
    work = Work()
    work.error = ZeroDivisionError("of a test")
    async with working(file, a=work) as (queue, nudges):
        for run in range(1, 11):
            nudges["a"]()
            await work.ran(run)
            await tasks_lie_there(file, some=False)
        queue.check()
        work.error = None
        nudges["a"]()
        await work.ran(11)


@pytest.mark.gen_test(timeout=60)
async def test_a_nudge_while_a_run_fails_is_not_forgotten(file: Path) -> None:
    work, other = Work(), Work()
    work.error = ZeroDivisionError("of a test")
    async with working(file, a=work, b=other) as (_, nudges):
        work.hold()
        nudges["a"]()
        await work.running()
        nudges["a"]()
        await settled(file, (nudges["b"], other))
        work.may_end.set()
        await work.ran(2)


@pytest.mark.gen_test(timeout=60)
async def test_a_nudge_that_huey_has_lost_keeps_no_later_one_from_coming(file: Path) -> None:
    """The sweep nudges again and again, and has the workers checked; so nothing waits for ever."""
    work = Work()
    queue = JobQueue(file, first_sleep=LONG, longest_sleep=LONG)
    nudge = queue.job("a", work)
    nudge()
    await tasks_lie_there(file, some=True)
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("DELETE FROM task")
    queue.start()
    queue.check()
    nudge()
    await work.ran(1)
    await queue.stop()


@pytest.mark.gen_test(timeout=60)
async def test_a_nudge_that_cannot_be_queued_keeps_no_later_one_from_coming(file: Path) -> None:
    work = Work()
    async with working(file, a=work) as (_, nudges):
        with closing(sqlite3.connect(file)) as connection, connection:
            connection.execute("ALTER TABLE task RENAME TO hidden")
        nudges["a"]()
        await asyncio.sleep(0.1)
        with closing(sqlite3.connect(file)) as connection, connection:
            connection.execute("ALTER TABLE hidden RENAME TO task")
        async with asyncio.timeout(60):
            while not work.runs:
                nudges["a"]()
                await asyncio.sleep(0.05)


@pytest.mark.gen_test(timeout=60)
async def test_stopping_lets_the_running_job_end_and_starts_no_other(file: Path) -> None:
    work, other = Work(), Work()
    queue = JobQueue(file)
    nudge, sentinel = queue.job("a", work), queue.job("b", other)
    queue.start()
    work.hold()
    nudge()
    await work.running()
    nudge()
    await settled(file, (sentinel, other))
    stopping = asyncio.ensure_future(queue.stop())
    await asyncio.sleep(0.1)
    assert not stopping.done()
    work.may_end.set()
    await stopping
    assert (work.runs, work.at_once) == (1, 0)


@pytest.mark.gen_test(timeout=60)
async def test_stopping_waits_no_longer_than_it_was_told_for_a_job_that_does_not_end(file: Path) -> None:
    work = Work()
    queue = JobQueue(file, stop_seconds=0.1)
    nudge = queue.job("a", work)
    queue.start()
    work.hold()
    nudge()
    await work.running()
    await queue.stop()
    assert work.at_once == 1
    work.may_end.set()
    await work.ran(1)


@pytest.mark.gen_test(timeout=60)
async def test_stopping_does_not_wait_for_what_other_threads_are_busy_with(file: Path) -> None:
    """Names that are not resolved keep all threads of the event loop busy for long."""
    resolved = threading.Event()
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
    resolving = asyncio.ensure_future(asyncio.to_thread(resolved.wait, 60))
    async with working(file, a=Work()):
        await asyncio.sleep(0)
    assert not resolving.done()
    resolved.set()
    await resolving
    await asyncio.get_running_loop().shutdown_default_executor()


@pytest.mark.gen_test(timeout=60)
async def test_a_nudge_after_the_end_does_no_harm(file: Path) -> None:
    """A post that was accepted at the last moment still nudges."""
    work = Work()
    async with working(file, a=work) as (_, nudges):
        pass
    nudges["a"]()
    await asyncio.sleep(0.01)
    assert work.runs == 0


@pytest.mark.gen_test(timeout=60)
async def test_what_a_killed_process_left_in_the_file_does_no_harm(file: Path) -> None:
    killed = await asyncio.create_subprocess_exec(
        sys.executable, "-c", LEAVES_NUDGES, str(file), stdout=asyncio.subprocess.PIPE
    )
    assert killed.stdout is not None
    for _ in range(2):  # both workers are busy, the other tasks wait
        assert await killed.stdout.readline() == b"started\n"
    killed.kill()
    await killed.wait()
    assert waiting(file) == 2
    work = Work()
    async with working(file, first=work, second=work, third=work) as (_, nudges):
        await tasks_lie_there(file, some=False)  # a job by the name of `gone` is not known any more
        runs = work.runs
        nudges["first"]()
        await work.ran(runs + 1)


@pytest.mark.gen_test(timeout=60)
async def test_the_signal_handlers_of_the_process_are_left_alone(file: Path) -> None:
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(number) for number in signals]
    async with working(file, a=Work()) as (queue, _):
        queue.check()
        assert [signal.getsignal(number) for number in signals] == before
    assert [signal.getsignal(number) for number in signals] == before
