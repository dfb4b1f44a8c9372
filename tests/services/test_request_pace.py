"""Reading leaves half of Horizon's rate limit to others, and never stops for good."""

import asyncio
from dataclasses import dataclass

import pytest

from kinpay_server.services import request_pace
from kinpay_server.services.request_pace import MOST_SECONDS, RequestPace, seconds_between


@dataclass
class Left:
    """Horizon's headers."""

    remaining: int
    limit: int = 100
    reset: int = 1


def public(remaining: int) -> Left:
    """Of a public Horizon: 3,600 an hour, so that a request comes back each second."""
    return Left(remaining, reset=100 - remaining)


def test_without_a_limit_and_while_half_of_it_is_left_nothing_is_waited_for() -> None:
    assert seconds_between(None) == 0
    assert [seconds_between(Left(remaining)) for remaining in (100, 99, 50)] == [0, 0, 0]


def test_below_half_requests_are_at_least_as_far_apart_as_they_come_back() -> None:
    waits = [seconds_between(public(remaining)) for remaining in (49, 25, 10, 5)]
    assert waits == sorted(waits)
    assert waits[0] >= 1
    assert waits[1] == pytest.approx(2, abs=0.1)


def test_with_nothing_left_reading_goes_on_twice_a_minute() -> None:
    assert seconds_between(public(0)) == MOST_SECONDS
    assert seconds_between(Left(0, limit=0)) == 0


def test_a_horizon_that_allows_much_is_not_waited_for_long() -> None:
    assert seconds_between(Left(10, reset=6)) < 0.5


def test_while_hardly_anything_is_used_there_is_plenty() -> None:
    limits = (None, Left(90), Left(89))
    assert [RequestPace(lambda limit=limit: limit).plenty for limit in limits] == [True, True, False]


def test_all_who_wait_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    real = asyncio.sleep

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        await real(0)

    async def many(pace: RequestPace) -> None:
        await asyncio.gather(*(pace.turn() for _ in range(5)))

    monkeypatch.setattr(request_pace.asyncio, "sleep", sleep)
    pace = RequestPace(lambda: public(25))
    asyncio.run(many(pace))
    assert len(slept) == 5
    assert min(slept) > 1.9
    assert pace.scarce
    assert not RequestPace(lambda: None).scarce
