"""What was done of late, as it is counted."""

from dataclasses import replace
from typing import Any
from unittest.mock import Mock, call

import pytest

from kinpay_server.domain.attempt import Attempt, Purpose
from kinpay_server.domain.payment import PaymentStatus
from kinpay_server.services import activity
from kinpay_server.services.activity import MOMENTS, SPAN, Activity
from kinpay_server.services.ports import NewCallback, PaymentAfter, Settlement

NOW = 1_700_000_000_000
ATTEMPT = Attempt(Purpose.PAYMENT, "p", 0, "G", 1, "ab", "AAAA", 100, 130, NOW)


class Counted:
    """An activity and its clock."""

    def __init__(self) -> None:
        self.now = NOW
        self.meter = Mock()
        self.activity = Activity(lambda: self.now, self.meter)

    def settle(self, payment_id: str, status: PaymentStatus) -> None:
        after = PaymentAfter(payment_id, status, None)
        callback = NewCallback(f"of {payment_id}", "ab", payment_id, "http://app.example", b"")
        ended = Settlement(ATTEMPT, landed=True, successful=True, reason="", payment=after, callback=callback)
        self.activity.settled([ended])

    @property
    def newest(self) -> Any:
        return self.activity.moments()[-1]


@pytest.fixture
def counted() -> Counted:
    return Counted()


def test_a_payment_is_counted_where_each_thing_happened_with_the_time_since_its_post(counted: Counted) -> None:
    counted.activity.accepted("p")
    counted.now += SPAN
    counted.settle("p", PaymentStatus.SUCCEEDED)
    counted.now += SPAN
    counted.activity.delivered("of p")
    posted, landed, told = counted.activity.moments()[-3:]
    assert (posted.accepted, landed.landed, told.landed) == (1, 1, 0)
    assert landed.to_ledger.quantile(1) == pytest.approx(SPAN, rel=0.05)
    assert told.to_callback.quantile(1) == pytest.approx(2 * SPAN, rel=0.05)
    assert counted.meter.mock_calls == [
        call.payment_accepted(),
        call.payment_ended(PaymentStatus.SUCCEEDED, SPAN / 1000),
        call.payment_told(2 * SPAN / 1000),
    ]


def test_what_failed_is_told_apart(counted: Counted) -> None:
    counted.activity.accepted("p")
    counted.settle("p", PaymentStatus.FAILED)
    assert (counted.newest.landed, counted.newest.failed) == (0, 1)
    assert counted.newest.to_ledger.quantile(1) is None


@pytest.mark.parametrize("status", [PaymentStatus.ACCEPTED, PaymentStatus.SUBMITTED])
def test_what_is_not_done_is_not_counted_yet(counted: Counted, status: PaymentStatus) -> None:
    counted.activity.accepted("p")
    counted.settle("p", status)
    assert (counted.newest.landed, counted.newest.failed) == (0, 0)
    counted.settle("p", PaymentStatus.SUCCEEDED)
    assert counted.newest.to_ledger.quantile(1) is not None


def test_of_a_payment_from_before_the_start_no_latency_is_known(counted: Counted) -> None:
    counted.settle("p", PaymentStatus.SUCCEEDED)
    counted.activity.delivered("of p")
    assert counted.newest.landed == 1
    assert counted.newest.to_ledger.quantile(1) is counted.newest.to_callback.quantile(1) is None
    assert counted.meter.mock_calls == [call.payment_ended(PaymentStatus.SUCCEEDED, None)]


def test_ends_that_are_no_payments_are_not_counted(counted: Counted) -> None:
    counted.activity.settled([Settlement(replace(ATTEMPT, purpose=Purpose.TOP_UP), True, True, "")])
    assert counted.newest.landed == 0


def test_there_are_always_as_many_moments_and_old_ones_are_forgotten(counted: Counted) -> None:
    counted.activity.accepted("p")
    counted.now += (MOMENTS - 1) * SPAN
    moments = counted.activity.moments()
    assert [one.start for one in moments] == [one * SPAN for one in range(NOW // SPAN, NOW // SPAN + MOMENTS)]
    assert moments[0].accepted == 1
    counted.now += SPAN
    counted.activity.accepted("q")
    assert sum(one.accepted for one in counted.activity.moments()) == 1
    assert len(counted.activity._moments) == 1


def test_a_clock_that_is_set_back_goes_on_counting(counted: Counted) -> None:
    counted.activity.accepted("p")
    counted.now -= 3_600_000
    counted.activity.accepted("q")
    assert counted.newest.accepted == 1


def test_of_very_many_that_are_under_way_the_oldest_are_forgotten(
    counted: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(activity, "REMEMBERED", 2)
    for payment_id in ("a", "b", "c"):
        counted.activity.accepted(payment_id)
    counted.settle("a", PaymentStatus.SUCCEEDED)
    assert counted.newest.to_ledger.quantile(1) is None
    counted.settle("b", PaymentStatus.SUCCEEDED)
    assert counted.newest.to_ledger.quantile(1) is not None
