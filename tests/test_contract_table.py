"""The table in docs/contract-tests.md names tests that there are."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_each_test_that_the_table_names_exists() -> None:
    named = set(re.findall(r"`(test_\w+)`", (ROOT / "docs/contract-tests.md").read_text()))
    files = [one for one in (ROOT / "tests").rglob("test_*.py") if "node_modules" not in one.parts]
    known = {name for one in files for name in re.findall(r"def (test_\w+)\(", one.read_text())}
    assert len(named) > 20
    assert named <= known
