"""Durations as a histogram."""

import pytest

from kinpay_server.services.latencies import STEP, Latencies


def of(*milliseconds: int) -> Latencies:
    held = Latencies()
    for one in milliseconds:
        held.add(one)
    return held


@pytest.mark.parametrize("milliseconds", [1, 7, 480, 1000, 65_432, 259_200_000])
def test_a_duration_is_kept_within_half_a_step(milliseconds: int) -> None:
    found = of(milliseconds).quantile(0.5)
    assert found is not None
    assert milliseconds / STEP < found < milliseconds * STEP


def test_quantiles_are_those_of_all_that_was_counted() -> None:
    held = of(*[100] * 90, *[10_000] * 10)
    assert held.quantile(0.5) == held.quantile(0.9) == of(100).quantile(1)
    assert held.quantile(0.91) == held.quantile(1) == of(10_000).quantile(1)


def test_several_are_added_up() -> None:
    together = Latencies.together([of(100, 100), of(10_000), of()])
    assert together.quantile(0.6) == of(100).quantile(1)
    assert together.quantile(0.7) == of(10_000).quantile(1)


def test_of_nothing_nothing_is_known() -> None:
    assert of().quantile(0.5) is None


def test_a_clock_that_was_set_back_makes_no_time_at_all() -> None:
    assert of(-5000).quantile(0.5) == of(0).quantile(0.5) == 1
