"""A receiver that takes callbacks gets more of them at once; one that fails gets one at a time, and seldom."""

from kinpay_server.domain.callback import HOUR, MINUTE, SECOND
from kinpay_server.domain.circuit import FAILURES, FIRST, LONGEST_PAUSE, MOST, SHORTEST_PAUSE, Circuit

NOW = 1_700_000_000_000


def opened(now: int = NOW) -> Circuit:
    circuit = Circuit()
    for _ in range(FAILURES):
        circuit.failed(now)
    return circuit


def test_a_receiver_begins_with_a_few_at_once() -> None:
    assert Circuit().room(0, NOW) == FIRST
    assert Circuit().room(FIRST - 1, NOW) == 1
    assert Circuit().room(FIRST, NOW) == 0
    assert Circuit().room(FIRST + 1, NOW) == 0


def test_each_success_makes_room_for_one_more_up_to_the_most() -> None:
    circuit = Circuit()
    circuit.succeeded()
    assert circuit.room(0, NOW) == FIRST + 1
    for _ in range(2 * MOST):
        circuit.succeeded()
    assert circuit.room(0, NOW) == MOST


def test_a_failure_takes_it_back_to_a_few() -> None:
    circuit = Circuit()
    for _ in range(MOST):
        circuit.succeeded()
    circuit.failed(NOW)
    assert circuit.room(0, NOW) == FIRST
    assert circuit.closed


def test_failures_in_a_row_open_it_and_one_success_between_them_does_not() -> None:
    circuit = Circuit()
    for _ in range(FAILURES - 1):
        circuit.failed(NOW)
    assert circuit.closed
    circuit.succeeded()
    for _ in range(FAILURES - 1):
        circuit.failed(NOW)
    assert circuit.closed
    circuit.failed(NOW)
    assert not circuit.closed


def test_while_it_is_open_one_at_a_time_may_be_tried_after_a_pause() -> None:
    circuit = opened()
    assert circuit.room(0, NOW) == 0
    assert circuit.room(0, NOW + SHORTEST_PAUSE - 1) == 0
    assert circuit.room(0, NOW + SHORTEST_PAUSE) == 1
    assert circuit.room(1, NOW + SHORTEST_PAUSE) == 0


def test_failures_of_what_was_under_way_when_it_opened_do_not_hurry_it() -> None:
    circuit = opened()
    circuit.failed(NOW + 50)
    assert circuit.room(0, NOW + SHORTEST_PAUSE) == 0
    assert circuit.room(0, NOW + 50 + SHORTEST_PAUSE) == 1


def test_the_longer_it_is_open_the_longer_is_the_pause_up_to_the_longest() -> None:
    circuit = opened()
    for after, pause in ((5 * SECOND, SHORTEST_PAUSE), (5 * MINUTE, 3 * SECOND), (5 * HOUR, LONGEST_PAUSE)):
        circuit.failed(NOW + after)
        assert circuit.probe_at == NOW + after + pause


def test_a_clock_that_is_set_back_does_not_keep_it_from_being_tried() -> None:
    assert opened().room(0, NOW - HOUR) == 1


def test_one_success_closes_it_with_room_for_a_few() -> None:
    circuit = opened()
    circuit.succeeded()
    assert circuit.closed
    assert FIRST <= circuit.room(0, NOW) <= FIRST + 1


def test_after_it_closed_as_many_failures_open_it_anew_and_its_pauses_are_short_again() -> None:
    circuit = opened()
    circuit.failed(NOW + HOUR)
    circuit.succeeded()
    for _ in range(FAILURES - 1):
        circuit.failed(NOW + 2 * HOUR)
    assert circuit.closed
    circuit.failed(NOW + 2 * HOUR)
    assert circuit.probe_at == NOW + 2 * HOUR + SHORTEST_PAUSE


def test_only_one_that_failed_of_late_must_be_remembered() -> None:
    circuit = Circuit()
    assert circuit.forgettable(NOW)
    circuit.failed(NOW)
    assert not circuit.forgettable(NOW + HOUR)
    assert circuit.forgettable(NOW + HOUR + 1)
    circuit.succeeded()
    assert circuit.forgettable(NOW)
