"""What the stores write is counted, once it is written and no more often."""

from collections.abc import Sequence
from unittest.mock import Mock, call

import pytest

from kinpay_server.domain.attempt import Purpose
from kinpay_server.domain.callback import Callback, CallbackState, Delivery
from kinpay_server.domain.errors import PaymentExists
from kinpay_server.domain.outcome import Answer, Verdict
from kinpay_server.services.activity import Activity
from kinpay_server.services.failing_receivers import FailingReceivers, Failure
from kinpay_server.services.ports import Settlement, StaleSettlement
from kinpay_server.storage.counted import CountedCallbacks, CountedPayments, CountedSettlements, CountedSubmissions
from tests.storage.conftest import NOW, Stores, a_post, a_success


class Noted(Activity):
    """Keeps what it is told."""

    def __init__(self) -> None:
        super().__init__(lambda: NOW, Mock())
        self.told: list[str] = []

    def accepted(self, payment_id: str) -> None:
        self.told.append(f"accepted {payment_id}")

    def settled(self, settlements: Sequence[Settlement]) -> None:  # type: ignore[override]
        self.told += [f"settled {one.attempt.payment_id}" for one in settlements]

    def delivered(self, callback_id: str) -> None:
        self.told.append(f"delivered {callback_id}")


@pytest.fixture
def noted() -> Noted:
    return Noted()


@pytest.mark.gen_test
async def test_a_post_is_counted_and_its_repeats_are_not(stores: Stores, noted: Noted) -> None:
    payments = CountedPayments(stores.database, noted)
    await payments.accept(a_post("p"))
    await payments.accept(a_post("p", created_at=NOW + 1))
    await payments.accept(a_post("p", request_id="another", created_at=NOW))
    with pytest.raises(PaymentExists):
        await payments.accept(a_post("p", amount=1))
    assert noted.told == ["accepted p"]


@pytest.mark.gen_test
async def test_what_is_settled_is_counted_and_what_is_refused_as_stale_is_not(stores: Stores, noted: Noted) -> None:
    [attempt] = await stores.submit("p")
    meter = Mock()
    settlements = CountedSettlements(stores.database, noted, meter)
    await settlements.settle([a_success(attempt)], cursor=None, now=NOW)
    with pytest.raises(StaleSettlement):
        await settlements.settle([a_success(attempt)], cursor=None, now=NOW)
    assert noted.told == ["settled p"]
    assert meter.mock_calls == [call.attempt_ended(Purpose.PAYMENT, "succeeded")]


@pytest.mark.gen_test
@pytest.mark.parametrize(
    ("landed", "successful", "end"), [(True, True, "succeeded"), (True, False, "failed"), (False, False, "expired")]
)
async def test_ends_of_attempts_are_told_apart(
    stores: Stores, noted: Noted, landed: bool, successful: bool, end: str
) -> None:
    [attempt] = await stores.submit("p")
    meter = Mock()
    ended = Settlement(attempt, landed=landed, successful=successful, reason="for a test")
    await CountedSettlements(stores.database, noted, meter).settle([ended], cursor=None, now=NOW)
    meter.attempt_ended.assert_called_once_with(Purpose.PAYMENT, end)


@pytest.mark.gen_test
async def test_answers_are_counted_by_their_verdicts(stores: Stores) -> None:
    [attempt] = await stores.submit("p")
    meter = Mock()
    answers = [Answer(Verdict.QUEUED, "PENDING"), Answer(Verdict.ASK, "http 504")]
    await CountedSubmissions(stores.database, meter).record_answers([(attempt, one) for one in answers], NOW)
    assert meter.mock_calls == [call.attempt_answered(Verdict.QUEUED), call.attempt_answered(Verdict.ASK)]


@pytest.mark.gen_test
async def test_a_delivery_is_counted_and_a_failed_try_is_not(stores: Stores, noted: Noted) -> None:
    receivers, meter = FailingReceivers(lambda: NOW), Mock()
    callbacks = CountedCallbacks(stores.database, noted, receivers, meter)
    await callbacks.record_delivery(Callback("c", "http://a", b""), Delivery(500), NOW + 1, NOW)
    assert receivers.failures == {"http://a": Failure(NOW, 1, "HTTP 500")}
    await callbacks.record_delivery(Callback("c", "http://a", b""), Delivery(204), None, NOW)
    assert noted.told == ["delivered c"]
    assert receivers.failures == {}
    assert meter.mock_calls == [
        call.callback_tried(CallbackState.WAITING),
        call.callback_tried(CallbackState.DELIVERED),
    ]
