"""Horizon is looked at as often as it helps, and as its rate limit allows."""

from kinpay_server.services.pace import IDLE, STARVING, Pace

NOW = 1_800_000_000_000


def looks(pace: Pace, milliseconds: int, *, start: int = NOW, busy: bool = True, left: float | None = None) -> int:
    """How often is looked in that time, when it is asked every second."""
    return sum(pace.may_look(now, busy=busy, left=left) for now in range(start, start + milliseconds, 1000))


def test_while_something_is_under_way_it_is_looked_at_every_interval() -> None:
    assert looks(Pace(1000), 30_000) == 30


def test_with_nothing_under_way_it_is_looked_at_seldom() -> None:
    assert looks(Pace(1000), 60_000, busy=False) == 60_000 // IDLE


def test_what_is_sent_in_between_is_looked_for_at_once() -> None:
    pace = Pace(1000)
    pace.may_look(NOW, busy=False, left=None)
    assert pace.may_look(NOW + 1000, busy=True, left=None)


def test_a_rate_limit_that_runs_out_is_spared() -> None:
    pace = Pace(1000)
    assert looks(pace, 30_000, left=0.5) == 30
    assert looks(pace, 30_000, start=NOW + 30_000, left=0.1) == 6
    assert looks(pace, 60_000, start=NOW + 60_000, left=0.01) == 60_000 // STARVING


def test_a_clock_that_is_set_back_does_not_stop_the_looking() -> None:
    pace = Pace(1000)
    pace.may_look(NOW, busy=True, left=None)
    assert pace.may_look(NOW - 3_600_000, busy=True, left=None)
