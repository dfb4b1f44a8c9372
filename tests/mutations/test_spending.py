"""Each rule of fees and of what is ours is broken on purpose, and found out."""

from pathlib import Path

import pytest

from tests.mutations.mutant import must_be_caught
from tests.mutations.mutation import Mutation
from tests.mutations.spending import MUTATIONS


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda one: one.rule)
def test_a_rule_that_is_broken_is_found_out(mutation: Mutation, tmp_path: Path) -> None:
    must_be_caught(mutation, tmp_path)
