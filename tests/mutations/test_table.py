"""docs/safety.md tells of all rules that are broken, and the list is sound."""

import re

from tests.mutations.mutation import ROOT
from tests.mutations.table import DOCUMENT, MUTATIONS, SIMULATED, document


def test_the_document_tells_of_each_rule_that_is_broken() -> None:
    assert DOCUMENT.read_text() == document(), "write it anew: python -m tests.mutations.table"


def test_each_rule_is_told_once() -> None:
    rules = [*(one.rule for one in MUTATIONS), *(rule for rule, _, _ in SIMULATED)]
    assert sorted(rules) == sorted(set(rules))


def test_each_mutation_changes_something() -> None:
    for one in MUTATIONS:
        assert one.source() != one.file.read_text(), one.rule


def test_what_the_simulation_breaks_is_told_too() -> None:
    simulated = (ROOT / "tests/simulation/test_mutations.py").read_text()
    assert sorted(re.findall(r"^def (test_\w+)", simulated, re.MULTILINE)) == sorted(test for _, _, test in SIMULATED)
