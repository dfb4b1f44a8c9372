"""What all tests share, and how they are shared out to several workers."""

import asyncio
from collections.abc import Iterator

import pytest
from tornado.ioloop import IOLoop

from tests.forking import forked_programs

LONGEST_FIRST = ("tests/system/", "tests/simulation/", "tests/demo/", "tests/page/", "tests/commands/")
"""Where a file takes long; begun last, one of them would keep one worker busy while the others have nothing to do."""
EACH_ALONE = ("tests/simulation/", "tests/mutations/")
"""Where tests share nothing, so that any worker can take any; elsewhere a file's tests share what they have started."""


@pytest.fixture
def io_loop() -> Iterator[IOLoop]:
    """pytest-tornado's fixture, without the calls that Tornado deprecates."""
    loop = IOLoop(make_current=False)
    asyncio.set_event_loop(loop.asyncio_loop)  # type: ignore[attr-defined]
    yield loop
    asyncio.set_event_loop(None)
    loop.close(all_fds=True)


@pytest.fixture(scope="session", autouse=True)
def quick_programs() -> Iterator[None]:
    """Programs of ours start in no time."""
    with forked_programs():
        yield


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: _rank(item.nodeid))


def _rank(nodeid: str) -> int:
    return next((rank for rank, folder in enumerate(LONGEST_FIRST) if nodeid.startswith(folder)), len(LONGEST_FIRST))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    from xdist.scheduler import LoadFileScheduling

    class Scheduling(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return nodeid if nodeid.startswith(EACH_ALONE) else super()._split_scope(nodeid)

    config.option.loadscopereorder = False
    return Scheduling(config, log)
