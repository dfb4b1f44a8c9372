"""No commit is left out: whatever writes to the database is a point at which kinpay is killed."""

import ast
from collections.abc import Iterator
from pathlib import Path

from kinpay_server import storage
from tests.system.points import COMMITS, GROUPS

STORAGE = Path(str(storage.__file__)).parent
BY_WHICH_ALL_WRITE = "Database.write"


def methods() -> Iterator[tuple[str, ast.AST]]:
    """`Class.method` and its code, of everything in storage."""
    for file in sorted(STORAGE.glob("*.py")):
        for owner in ast.walk(ast.parse(file.read_text())):
            if isinstance(owner, ast.ClassDef):
                for method in owner.body:
                    if isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef):
                        yield f"{owner.name}.{method.name}", method


def calls(code: ast.AST, name: str) -> bool:
    """Whether it calls something by that name."""
    called = [one.func for one in ast.walk(code) if isinstance(one, ast.Call)]
    return any(getattr(one, "attr", getattr(one, "id", None)) == name for one in called)


def test_whatever_writes_to_the_database_is_killed_before_and_after_its_commit() -> None:
    writing = {name for name, code in methods() if calls(code, "write")} - {BY_WHICH_ALL_WRITE}
    killed = {f"{commit.owner.__name__}.{commit.method}" for commit in COMMITS.values()}
    assert len(writing) > 20, "the search finds what there is"
    assert not writing - killed, "add them to tests/system/points.py, and a test that comes to them"


def test_nothing_in_storage_goes_round_the_thread_that_writes() -> None:
    files = {file.name for file in STORAGE.glob("*.py") if calls(ast.parse(file.read_text()), "writing_engine")}
    assert files == {"database.py", "migrate.py"}


def test_a_name_means_one_commit_only() -> None:
    assert all(commit == COMMITS[name] for group in GROUPS for name, commit in group.items())
