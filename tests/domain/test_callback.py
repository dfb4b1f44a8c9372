"""When a callback is tried again (the contract, section 2)."""

import random

import pytest

from kinpay_server.domain.callback import (
    HOUR,
    LIFETIME,
    MINUTE,
    RETRY_DELAYS,
    SECOND,
    Delivery,
    Event,
    next_try,
    receiver_of,
)

NOW = 1_700_000_000_000
DAY = 24 * HOUR
FAILED = Delivery(500)
FIRST_DELAYS = [SECOND, 5 * SECOND, 15 * SECOND, 30 * SECOND, MINUTE, 5 * MINUTE, 30 * MINUTE, HOUR]


def planned(delivery: Delivery, tries: int, now: int) -> int | None:
    """The next try of a callback that was written at NOW."""
    return next_try(delivery, tries, now, give_up_at=NOW + LIFETIME)


@pytest.fixture(params=[0.0, 0.5, 1.0])
def jitter(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> float:
    """The least, the middle and the most that chance can do; the factor that follows."""
    monkeypatch.setattr(random, "uniform", lambda low, high: low + (high - low) * request.param)
    return 0.9 + 0.2 * float(request.param)


@pytest.mark.parametrize("tries", range(1, len(FIRST_DELAYS) + 1))
def test_the_delays_are_those_of_the_contract_with_jitter(jitter: float, tries: int) -> None:
    assert planned(FAILED, tries, NOW) == NOW + round(FIRST_DELAYS[tries - 1] * jitter)


def test_the_tries_go_on_for_about_three_days_then_it_is_dead(jitter: float) -> None:
    now, tries = NOW, 0
    while (then := planned(FAILED, tries := tries + 1, now)) is not None:
        assert then > now
        now = then
    assert tries == len(RETRY_DELAYS) + 1
    assert 2.6 * DAY < now - NOW < 3.4 * DAY


@pytest.mark.parametrize("status", [300, 301, 302, 304, 307, 400, 401, 404, 409, 429, 500, 503, 100])
def test_anything_but_2xx_is_tried_again(status: int) -> None:
    assert not Delivery(status).delivered
    assert planned(Delivery(status), 1, NOW) is not None


def test_no_answer_at_all_is_tried_again() -> None:
    assert not Delivery(None, "timed out").delivered
    assert planned(Delivery(None, "timed out"), 1, NOW) is not None


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_2xx_is_delivered(status: int) -> None:
    assert Delivery(status).delivered


def test_410_ends_it_at_once() -> None:
    assert planned(Delivery(410), 1, NOW) is None
    assert planned(Delivery(410, retry_after=SECOND), 1, NOW) is None


@pytest.mark.usefixtures("jitter")
def test_retry_after_is_honoured_when_it_asks_for_more_patience_up_to_a_day() -> None:
    assert planned(Delivery(503, retry_after=2 * MINUTE), 1, NOW) == NOW + 2 * MINUTE
    assert planned(Delivery(429, retry_after=10 * DAY), 1, NOW) == NOW + DAY


def test_retry_after_does_not_hurry_the_plan(jitter: float) -> None:
    for hurry in (0, 1, SECOND, -SECOND):
        assert planned(Delivery(503, retry_after=hurry), 5, NOW) == NOW + round(MINUTE * jitter)


def test_a_dead_callback_is_dead_whatever_the_receiver_asks_for() -> None:
    assert planned(Delivery(503, retry_after=MINUTE), len(RETRY_DELAYS) + 1, NOW) is None


def test_after_three_days_a_failure_is_the_last_whatever_is_left_of_the_plan() -> None:
    assert LIFETIME == 3 * DAY
    assert planned(FAILED, 1, NOW + LIFETIME - 1) is not None
    assert planned(FAILED, 1, NOW + LIFETIME) is None
    assert planned(Delivery(503, retry_after=DAY), 2, NOW + LIFETIME) is None


def test_two_callbacks_that_failed_together_are_not_tried_together_again() -> None:
    assert len({planned(FAILED, 10, NOW) for _ in range(20)}) > 1


def test_a_receiver_is_scheme_host_and_port() -> None:
    assert receiver_of("https://a.example:8443/x?y#z") == "https://a.example:8443"
    assert receiver_of("http://a.example/x") != receiver_of("https://a.example/x")
    assert receiver_of("http://a.example/x") == receiver_of("http://a.example/y")


def test_an_event_is_posted_as_object_state_action_and_value() -> None:
    event = Event("payment", "send", "success", {"id": "p-17"})
    assert event.body() == {"object": "payment", "state": "success", "action": "send", "value": {"id": "p-17"}}
