import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from huey import SqliteHuey

from kinpay_server.jobs.worker import WORKERS, EmbeddedConsumer


@pytest.fixture
def huey(tmp_path: Path) -> Iterator[SqliteHuey]:
    huey = SqliteHuey("test", filename=str(tmp_path / "jobs"), results=False)
    yield huey
    huey.storage.close()


def test_a_worker_that_has_died_is_replaced(huey: SqliteHuey) -> None:
    died, ran = threading.Event(), threading.Event()

    @huey.task()  # type: ignore[untyped-decorator]
    def dies() -> None:
        died.set()
        raise SystemExit

    @huey.task()  # type: ignore[untyped-decorator]
    def runs() -> None:
        ran.set()

    consumer = EmbeddedConsumer(huey, stop_seconds=60)
    consumer.start()
    for _ in range(WORKERS):
        dies()
        consumer.wake_up.release()
    assert died.wait(60)
    for _, thread in consumer.worker_threads:
        thread.join(60)
    assert consumer.check_worker_health() is False
    runs()
    consumer.wake_up.release()
    assert ran.wait(60)
    consumer.stop(graceful=True)


def test_stopping_wakes_workers_that_sleep_for_long(huey: SqliteHuey) -> None:
    consumer = EmbeddedConsumer(huey, stop_seconds=60, first_sleep=3600, longest_sleep=3600)
    consumer.start()
    consumer.stop(graceful=True)
    assert not any(thread.is_alive() for _, thread in consumer.worker_threads)


def test_an_idle_worker_sleeps_a_little_longer_each_time_up_to_its_limit(huey: SqliteHuey) -> None:
    consumer = EmbeddedConsumer(huey, stop_seconds=60, longest_sleep=0.02)
    worker, _ = consumer.worker_threads[0]
    first = worker.delay
    worker.sleep()
    assert first < worker.delay
    for _ in range(20):
        worker.sleep()
    assert worker.delay < 1
    consumer.wake_up.release()
    worker.sleep()
    assert worker.delay == first
