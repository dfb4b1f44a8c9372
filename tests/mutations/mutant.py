"""Runs tests in a process of their own, in which one file of the program is another one.

A server that has imported what the program needs of others, and nothing of the program itself, forks for each run: so
one costs less than a second. The tree stays as it is: the changed text goes to the interpreter and nowhere else.
"""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.machinery import SourceFileLoader
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from types import CodeType

import pytest

from tests.mutations.mutation import ROOT, Mutation

OF_OTHERS = (
    *("stellar_sdk", "sqlalchemy.dialects.sqlite", "alembic.command", "aiohttp", "tornado.web", "orjson", "structlog"),
    *("pytest", "pkg_resources", "hypothesis"),
)
PLUGINS = ("pytest_tornado.plugin", "pytest_timeout")
MOST_SECONDS = 300
PATIENCE_SECONDS = 15
"""A test that waits for what the mutation prevents gives up; none of those that are named takes a second of its own."""

SHOWS_NOTHING = ("NameError", "UnboundLocalError", "ImportError", "AttributeError", "TypeError", "Failed: Timeout")
"""What fails like this is a change that cannot run, or a slow machine: it tells nothing of the rule."""


@dataclass(slots=True)
class Result:
    """How a run ended: pytest's exit status, and the tests that failed while they ran, with the words of their error.

    `loaded`: the changed file was loaded.
    """

    status: int
    failed: dict[str, str] = field(default_factory=dict)
    loaded: bool = False
    output: str = ""

    def catches(self, test: str) -> bool:
        """True when that test failed, because of what it looks at."""
        error = self.failed.get(test, SHOWS_NOTHING[0])
        return self.loaded and self.status == pytest.ExitCode.TESTS_FAILED and not error.startswith(SHOWS_NOTHING)


def run(tests: Sequence[str], mutation: Mutation, folder: Path) -> Result:
    """Run these with the mutation; `folder` is for what they write. Raises `DoesNotApply`."""
    changed = _Changed(mutation.file, mutation.source())
    context = get_context("forkserver")
    context.set_forkserver_preload(list(OF_OTHERS))
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_run, args=(theirs, tests, changed, folder), daemon=True)
    process.start()
    theirs.close()
    try:
        result: Result = ours.recv() if ours.poll(MOST_SECONDS) else Result(-1)
    except EOFError:
        result = Result(-1)
    process.kill()
    process.join()
    result.output = (folder / "output").read_text(errors="replace")
    return result


def must_be_caught(mutation: Mutation, folder: Path) -> None:
    """Each of its tests fails with it, for what the test looks at."""
    result = run(mutation.tests, mutation, folder)
    missed = [test for test in mutation.tests if not result.catches(test)]
    assert not missed, f"{mutation.rule}: broken in {mutation.at}, and not caught by {missed}: {result}"


@dataclass(frozen=True, slots=True)
class _Changed:
    file: Path
    source: str


def _run(answer: Connection, tests: Sequence[str], changed: _Changed, folder: Path) -> None:
    """In the process that was forked."""
    with (folder / "output").open("w") as output:
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
    for name in [name for name in os.environ if name.startswith("PYTEST")]:
        del os.environ[name]
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    os.chdir(ROOT)
    loading = _Loading(changed)
    watching = _Watching()
    options = ["-q", "-p", "no:cacheprovider", f"--basetemp={folder}/tests", f"--async-test-timeout={PATIENCE_SECONDS}"]
    options += [f"-p{one}" for one in PLUGINS]
    status = pytest.main([*options, *(f"tests/{test}" for test in tests)], plugins=[watching])
    sys.stdout.flush()
    answer.send(Result(int(status), watching.failed, loading.loaded))


class _Watching:
    """A plugin that notes which tests fail while they run; what fails before them shows nothing."""

    def __init__(self) -> None:
        self.failed: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and report.when == "call":
            crash = getattr(report.longrepr, "reprcrash", None)
            test = report.nodeid.partition("[")[0].removeprefix("tests/")
            self.failed.setdefault(test, crash.message if crash else str(report.longrepr))


class _Loading:
    """From now on this process compiles the changed text wherever the file would be loaded, compiled before or not."""

    def __init__(self, changed: _Changed) -> None:
        self.loaded = False
        honest, here = SourceFileLoader.get_code, str(changed.file)

        def get_code(loader: SourceFileLoader, fullname: str) -> CodeType | None:
            if os.path.realpath(loader.path) != here:
                return honest(loader, fullname)
            self.loaded = True
            return compile(changed.source, here, "exec", dont_inherit=True)

        SourceFileLoader.get_code = get_code  # type: ignore[method-assign]
