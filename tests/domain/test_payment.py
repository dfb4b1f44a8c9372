"""What a repeat of an id means, and how a payment is shown."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from kinpay_server.domain.errors import PaymentExists
from kinpay_server.domain.payment import (
    TRANSITIONS,
    Acceptance,
    NewPayment,
    Payment,
    PaymentStatus,
    as_value,
    judge_repeat,
)

POSTED = NewPayment("p-17", "kik", 15_000_000, "G1", "https://app.example", "r-1", 1)
KNOWN = Payment.posted(POSTED)
ON_ITS_WAY = (PaymentStatus.ACCEPTED, PaymentStatus.SUBMITTED)


def known(status: PaymentStatus) -> Payment:
    return replace(KNOWN, status=status)


def test_a_payment_is_kept_as_it_was_posted() -> None:
    kept = Payment("p-17", "kik", 15_000_000, "G1", "https://app.example", "r-1", 1, PaymentStatus.ACCEPTED)
    assert Payment.posted(POSTED) == kept
    assert KNOWN.memo == "1-kik-p-17"


@pytest.mark.parametrize("status", ON_ITS_WAY)
@pytest.mark.parametrize("request_id", ["r-1", "r-2"])
def test_the_same_content_is_a_repeat_while_the_payment_is_on_its_way(status: PaymentStatus, request_id: str) -> None:
    assert judge_repeat(known(status), replace(POSTED, request_id=request_id, created_at=2)) is Acceptance.REPEAT


@pytest.mark.parametrize("request_id", ["r-1", "r-2"])
def test_a_payment_that_failed_for_good_is_tried_again(request_id: str) -> None:
    assert judge_repeat(known(PaymentStatus.FAILED), replace(POSTED, request_id=request_id)) is Acceptance.TRY_AGAIN


def test_a_payment_that_succeeded_is_refused() -> None:
    with pytest.raises(PaymentExists, match=r"p-17 has been paid"):
        judge_repeat(known(PaymentStatus.SUCCEEDED), replace(POSTED, request_id="r-2"))


def test_the_request_id_of_the_first_post_makes_a_repeat_even_of_a_payment_that_succeeded() -> None:
    assert judge_repeat(known(PaymentStatus.SUCCEEDED), POSTED) is Acceptance.REPEAT


@pytest.mark.parametrize("status", list(PaymentStatus))
@pytest.mark.parametrize(
    "other", [{"app_id": "kin"}, {"amount": 15_000_001}, {"recipient_address": "G2"}, {"callback": "https://b.example"}]
)
def test_other_content_is_refused_always(status: PaymentStatus, other: dict[str, Any]) -> None:
    with pytest.raises(PaymentExists, match="other content") as caught:
        judge_repeat(known(status), replace(POSTED, **other))
    assert (caught.value.code, caught.value.http_status) == (4091, 409)


def test_a_payment_is_shown_without_what_only_a_finished_one_has() -> None:
    assert as_value(KNOWN) == {
        "id": "p-17",
        "app_id": "kik",
        "amount": Decimal("1.5"),
        "recipient_address": "G1",
        "status": "accepted",
    }


def test_a_finished_payment_is_shown_with_sender_transaction_and_time() -> None:
    finished = {"sender_address": "G0", "transaction_id": "ab", "timestamp": "2024-01-01T00:00:00Z"}
    paid = replace(KNOWN, amount=10_000_000, status=PaymentStatus.SUCCEEDED, **finished)
    assert as_value(paid) == as_value(KNOWN) | finished | {"amount": 1, "status": "succeeded"}
    assert isinstance(as_value(paid)["amount"], int)


def test_a_failed_payment_is_shown_with_its_reason() -> None:
    failed = replace(KNOWN, status=PaymentStatus.FAILED, reason="no trustline")
    assert as_value(failed) == as_value(KNOWN) | {"status": "failed", "reason": "no trustline"}


def test_what_was_paid_stays_paid_and_only_what_was_submitted_can_fail() -> None:
    assert TRANSITIONS[PaymentStatus.SUCCEEDED] == frozenset()
    assert {status for status, after in TRANSITIONS.items() if PaymentStatus.FAILED in after} == {
        PaymentStatus.SUBMITTED
    }
    assert set(TRANSITIONS) == set(PaymentStatus)
