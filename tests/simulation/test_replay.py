"""A seed is a run: whoever has it sees the same again."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.simulation.plan import plan_of
from tests.simulation.world import World

SEEDS = (3, 7, 22)


@pytest.mark.parametrize("seed", SEEDS)
def test_two_runs_of_one_seed_are_the_same(seed: int) -> None:
    assert World(plan_of(seed)).run() == World(plan_of(seed)).run()


def test_two_seeds_are_not_the_same() -> None:
    assert World(plan_of(1)).run().trace != World(plan_of(2)).run().trace


def test_another_process_sees_the_same() -> None:
    here = World(plan_of(SEEDS[0])).run()
    command = [sys.executable, "-m", "tests.simulation", "--seed", str(SEEDS[0])]
    root = Path(__file__).parents[2]
    told = subprocess.run(
        command, cwd=root, env=os.environ | {"PYTHONHASHSEED": "12345"}, capture_output=True, text=True, check=False
    )
    assert f"trace {here.trace}" in told.stdout
