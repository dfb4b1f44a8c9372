"""Whatever happens: nothing is paid twice, nothing accepted is lost, nothing false is told, and it comes to rest."""

import pytest

from tests.simulation.plan import plan_of
from tests.simulation.world import World

CHUNK = 25

pytestmark = pytest.mark.timeout(600)


@pytest.mark.parametrize("first", range(0, 300, CHUNK))
def test_no_seed_violates_anything(first: int) -> None:
    failed = {}
    for seed in range(first, first + CHUNK):
        outcome = World(plan_of(seed)).run()
        if outcome.violations:
            failed[seed] = outcome.violations
    assert failed == {}
