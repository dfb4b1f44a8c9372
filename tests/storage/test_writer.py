"""The writer on a real file. `Gate` holds it in a write of its own, so that what comes meanwhile goes together."""

import asyncio
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import IntegrityError

from kinpay_server.domain.errors import Unavailable
from kinpay_server.storage.engines import writing_engine
from kinpay_server.storage.writer import MOST_AT_ONCE, Writer
from tests.storage.conftest import Gate

INSERT = "INSERT INTO cursors VALUES (?, 'value', 1)"


class Names:
    """A write of names, each allowed once; `calls` are the items of each call."""

    def __init__(self) -> None:
        self.calls: list[list[str]] = []

    def __call__(self, connection: Connection, names: list[str]) -> list[str]:
        self.calls.append(names)
        for name in names:
            connection.exec_driver_sql(INSERT, (name,))
        return [name.upper() for name in names]


class Commits:
    """Counts the commits of an engine."""

    def __init__(self, engine: Engine) -> None:
        self.count = 0
        event.listen(engine, "commit", self._committed)

    def _committed(self, _connection: Connection) -> None:
        self.count += 1


@pytest.fixture
def engine(url: str) -> Engine:
    return writing_engine(url)


@pytest.fixture
def writer(engine: Engine) -> Iterator[Writer]:
    writer = Writer(engine)
    yield writer
    writer.close()


@pytest.fixture
def names() -> Names:
    return Names()


def on_disk(file: Path) -> set[str]:
    """The names that another process sees."""
    with closing(sqlite3.connect(file)) as connection:
        return {name for [name] in connection.execute("SELECT name FROM cursors")}


async def together(writer: Writer, *writes: tuple[Any, Any]) -> list[Any]:
    """Have these writes wait together; the results, errors among them."""
    gate = Gate()
    held = await gate.hold(writer)
    tasks = [asyncio.ensure_future(writer.write(function, item)) for function, item in writes]
    await asyncio.sleep(0)
    gate.open()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    await held
    return results


def the_rest(results: Sequence[Any], *without: int) -> list[Any]:
    return [result for index, result in enumerate(results) if index not in without]


@pytest.mark.gen_test
async def test_many_writes_at_once_are_one_commit_and_one_call(
    writer: Writer, engine: Engine, names: Names, file: Path
) -> None:
    commits = Commits(engine)
    wanted = [f"n{number}" for number in range(100)]
    results = await together(writer, *((names, name) for name in wanted))
    assert results == [name.upper() for name in wanted]
    assert on_disk(file) == set(wanted)
    assert names.calls == [wanted]
    assert commits.count == 2  # the gate's and theirs


@pytest.mark.gen_test
async def test_writes_that_nothing_holds_up_are_grouped_all_the_same(
    writer: Writer, engine: Engine, names: Names
) -> None:
    commits = Commits(engine)
    await asyncio.gather(*(writer.write(names, f"n{number}") for number in range(100)))
    assert commits.count < 50


@pytest.mark.gen_test
async def test_more_than_fits_goes_in_several_commits(writer: Writer, names: Names, file: Path) -> None:
    wanted = [f"n{number}" for number in range(2 * MOST_AT_ONCE + 1)]
    await together(writer, *((names, name) for name in wanted))
    assert [len(call) for call in names.calls] == [MOST_AT_ONCE, MOST_AT_ONCE, 1]
    assert on_disk(file) == set(wanted)


@pytest.mark.gen_test
async def test_a_write_that_fails_undoes_no_other_and_only_it_gets_the_error(
    writer: Writer, names: Names, file: Path
) -> None:
    results = await together(writer, (names, "a"), (names, "b"), (names, "a"), (names, "c"))
    assert isinstance(results[2], IntegrityError)
    assert the_rest(results, 2) == ["A", "B", "C"]
    assert on_disk(file) == {"a", "b", "c"}


@pytest.mark.gen_test
async def test_an_error_of_the_function_is_raised_as_it_is(writer: Writer, names: Names, file: Path) -> None:
    def fails(connection: Connection, items: list[str]) -> list[None]:
        names(connection, items)
        raise ZeroDivisionError

    results = await together(writer, (names, "a"), (fails, "b"), (names, "c"))
    assert isinstance(results[1], ZeroDivisionError)
    assert the_rest(results, 1) == ["A", "C"]
    assert on_disk(file) == {"a", "c"}


@pytest.mark.gen_test
async def test_an_exception_among_the_results_is_raised_for_its_item_alone(writer: Writer, file: Path) -> None:
    def odd_ones(connection: Connection, numbers: list[int]) -> list[int | ValueError]:
        for number in numbers:
            connection.exec_driver_sql(INSERT, (str(number),))
        return [number if number % 2 else ValueError(number) for number in numbers]

    results = await together(writer, *((odd_ones, number) for number in (1, 2, 3)))
    assert the_rest(results, 1) == [1, 3]
    assert isinstance(results[1], ValueError)
    assert on_disk(file) == {"1", "2", "3"}


@pytest.mark.gen_test
async def test_a_function_that_forgets_a_result_has_written_nothing(writer: Writer, names: Names, file: Path) -> None:
    def forgets(connection: Connection, items: list[str]) -> list[str]:
        for number, item in enumerate(items):
            connection.exec_driver_sql(INSERT, (f"{item}{len(items)}{number}",))
        return []

    results = await together(writer, (forgets, "x"), (forgets, "y"), (names, "a"))
    assert [type(result) for result in results] == [ValueError, ValueError, str]
    assert on_disk(file) == {"a"}


@pytest.mark.gen_test
async def test_nobody_is_answered_before_the_commit(writer: Writer, engine: Engine, names: Names, file: Path) -> None:
    seen: list[tuple[bool, set[str]]] = []
    loop = asyncio.get_running_loop()

    @event.listens_for(engine, "commit")
    def about_to_commit(_connection: Connection) -> None:
        for _ in range(3):  # an answer that was given too early has arrived after that
            asyncio.run_coroutine_threadsafe(asyncio.sleep(0), loop).result(60)
        seen.append((task.done(), on_disk(file)))

    task = asyncio.ensure_future(writer.write(names, "a"))
    await task
    assert seen == [(False, set())]
    assert on_disk(file) == {"a"}


@pytest.mark.gen_test
async def test_a_commit_that_fails_is_told_to_all_and_the_writer_goes_on(
    writer: Writer, names: Names, file: Path
) -> None:
    def breaks_the_commit(connection: Connection, items: list[None]) -> list[None]:
        """Names a payment that does not exist, in a way that SQLite finds out while it commits."""
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        connection.exec_driver_sql(
            "INSERT INTO callbacks VALUES "
            "('c', 'no hash', 'nothing', '', '', x'', NULL, NULL, 'waiting', 0, 1, 1, 0, '', 1, 1)"
        )
        return items

    results = await together(writer, (names, "a"), (breaks_the_commit, None), (names, "b"))
    assert [type(result) for result in results] == [Unavailable] * 3
    assert on_disk(file) == set()
    assert await writer.write(names, "a") == "A"
    assert on_disk(file) == {"a"}


@pytest.mark.gen_test
async def test_a_full_disk_is_told_to_all_and_the_writer_goes_on_when_there_is_room(
    writer: Writer, names: Names, file: Path
) -> None:
    def limit_pages(connection: Connection, limits: list[int]) -> list[Any]:
        return [connection.exec_driver_sql(f"PRAGMA max_page_count = {limit}").scalar_one() for limit in limits]

    def fills(connection: Connection, items: list[str]) -> list[None]:
        for item in items:
            connection.exec_driver_sql("INSERT INTO cursors VALUES (?, ?, 1)", (item, "x" * 1_000_000))
        return [None] * len(items)

    await writer.write(limit_pages, 1)  # as many as it has
    results = await together(writer, (names, "a"), (fills, "big"), (names, "b"))
    assert [type(result) for result in results] == [Unavailable] * 3
    assert on_disk(file) == set()
    await writer.write(limit_pages, 1_000_000)
    await together(writer, (names, "a"), (fills, "big"), (names, "b"))
    assert on_disk(file) == {"a", "big", "b"}


@pytest.mark.gen_test
async def test_a_lock_that_does_not_go_away_is_told_to_all_and_the_writer_goes_on(
    url: str, names: Names, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kinpay_server.storage.engines.BUSY_SECONDS", 0.05)
    writer = Writer(writing_engine(url))
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        results = await asyncio.gather(writer.write(names, "a"), writer.write(names, "b"), return_exceptions=True)
        assert [type(result) for result in results] == [Unavailable] * 2
        other.execute("ROLLBACK")
    assert await writer.write(names, "a") == "A"
    assert on_disk(file) == {"a"}
    writer.close()


@pytest.mark.gen_test
async def test_a_write_whose_caller_has_gone_is_written_and_disturbs_nobody(
    writer: Writer, names: Names, file: Path
) -> None:
    gate = Gate()
    held = await gate.hold(writer)
    gone, stays = (asyncio.ensure_future(writer.write(names, name)) for name in ("gone", "stays"))
    await asyncio.sleep(0)
    gone.cancel()
    gate.open()
    assert await stays == "STAYS"
    await held
    assert on_disk(file) == {"gone", "stays"}


@pytest.mark.gen_test
async def test_what_waits_when_it_is_closed_is_written(engine: Engine, names: Names, file: Path) -> None:
    writer = Writer(engine)
    gate = Gate()
    held = await gate.hold(writer)
    wanted = [f"n{number}" for number in range(10)]
    waiting = [asyncio.ensure_future(writer.write(names, name)) for name in wanted]
    await asyncio.sleep(0)
    closing_ = asyncio.ensure_future(asyncio.to_thread(writer.close))
    gate.open()
    await closing_
    assert on_disk(file) == set(wanted)
    assert await asyncio.gather(*waiting) == [name.upper() for name in wanted]
    await held


def test_several_event_loops_write_side_by_side(writer: Writer, names: Names, file: Path) -> None:
    answers: dict[str, list[str]] = {}

    async def write(loop: str) -> None:
        wanted = [f"{loop}{number}" for number in range(50)]
        answers[loop] = await asyncio.gather(*(writer.write(names, name) for name in wanted))

    threads = [threading.Thread(target=lambda loop=loop: asyncio.run(write(loop))) for loop in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert answers == {loop: [f"{loop.upper()}{number}" for number in range(50)] for loop in "ab"}
    assert len(on_disk(file)) == 100


def test_an_event_loop_that_has_closed_stops_no_other(writer: Writer, names: Names, file: Path) -> None:
    gate = Gate()

    async def go_away() -> None:
        await gate.hold(writer)
        asyncio.ensure_future(writer.write(names, "gone"))  # noqa: RUF006 - left alone on purpose
        await asyncio.sleep(0)

    asyncio.run(go_away())
    gate.open()
    assert asyncio.run(writer.write(names, "stays")) == "STAYS"
    assert on_disk(file) == {"gone", "stays"}


def test_an_event_loop_that_closes_at_that_very_moment_stops_no_other(writer: Writer, names: Names) -> None:
    class Closing(asyncio.SelectorEventLoop):
        """Open when it is asked, and closed when it is called."""

        def call_soon_threadsafe(self, *_: Any, **__: Any) -> Any:  # type: ignore[override]
            raise RuntimeError("Event loop is closed")

    loop = Closing()
    waiting = loop.create_task(writer.write(names, "gone"))
    loop.run_until_complete(asyncio.sleep(0))
    assert asyncio.run(asyncio.wait_for(writer.write(names, "stays"), 30)) == "STAYS"
    waiting.cancel()
    loop.run_until_complete(asyncio.wait([waiting]))
    loop.close()
