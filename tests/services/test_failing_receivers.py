"""Who takes no callbacks."""

import pytest

from kinpay_server.domain.callback import Delivery
from kinpay_server.services import failing_receivers
from kinpay_server.services.failing_receivers import FailingReceivers, Failure


def test_a_receiver_fails_from_the_first_bad_answer_to_the_next_good_one() -> None:
    now = 0
    known = FailingReceivers(lambda: now)
    known.tried("http://a:80/x", Delivery(500))
    now = 1000
    known.tried("http://a:80/y", Delivery(None, "no route"))
    known.tried("http://b/", Delivery(200))
    assert known.failures == {"http://a:80": Failure(0, 2, "no route")}
    known.tried("http://a:80/z", Delivery(204))
    assert known.failures == {}


def test_of_very_many_the_first_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failing_receivers, "MANY", 2)
    known = FailingReceivers(lambda: 0)
    for name in ("a", "b", "c"):
        known.tried(f"http://{name}/", Delivery(410))
    assert {*known.failures} == {"http://b", "http://c"}
