"""Payments that the ledger shows and no attempt of ours made."""

from dataclasses import replace

import pytest

from kinpay_server.domain.errors import PaymentExists
from kinpay_server.domain.outcome import LedgerTransaction
from kinpay_server.domain.payment import Payment, PaymentStatus
from kinpay_server.services.ports import FoundPayment, NewCallback, StaleSettlement
from tests.storage.conftest import NOW, URL, Stores, a_failure, a_post, a_success, an_attempt


def found(
    payment_id: str = "p-1",
    *,
    told: bool = False,
    transaction: str = "found",
    believed: PaymentStatus | None = None,
) -> FoundPayment:
    """The ledger shows a payment of that id."""
    payment = replace(
        Payment.posted(a_post(payment_id)),
        status=PaymentStatus.SUCCEEDED,
        sender_address="root",
        transaction_id=transaction,
        timestamp="2024-01-01T00:00:00Z",
    )
    on_ledger = LedgerTransaction(
        hashes=(transaction,),
        ledger=120,
        closed_at="2024-01-01T00:00:00Z",
        fee_charged=100,
        fee_account="other",
        failure=None,
    )
    callback = NewCallback(f"payment-{transaction}", None, payment_id, URL, b"{}") if told else None
    return FoundPayment(payment, on_ledger, callback, believed)


async def record(stores: Stores, *payments: FoundPayment) -> None:
    await stores.settlements.record_found(payments, NOW)


@pytest.mark.gen_test
async def test_a_payment_that_was_unknown_is_recorded_as_paid_and_its_id_pays_nothing(stores: Stores) -> None:
    await record(stores, found())
    assert await stores.payments.payment("p-1") == found().payment
    with pytest.raises(PaymentExists):
        await stores.payments.accept(a_post(request_id="another"))
    await stores.adopt(1)
    assert await stores.submissions.claim(1, NOW) == []
    assert await stores.settlements.found_among(["found", "unknown"]) == {"found"}


@pytest.mark.gen_test
async def test_a_payment_that_was_believed_unpaid_is_paid_and_told(stores: Stores) -> None:
    [attempt] = await stores.submit("failed")
    await stores.settlements.settle([a_failure(attempt)], cursor=None, now=NOW)
    await stores.accept("waits")
    await record(
        stores,
        found("failed", told=True, transaction="x", believed=PaymentStatus.FAILED),
        found("waits", told=True, transaction="y", believed=PaymentStatus.ACCEPTED),
    )
    assert stores.status_of("failed", "waits") == ["succeeded", "succeeded"]
    assert stores.rows("SELECT reason FROM payments") == [(None,), (None,)]
    assert stores.rows("SELECT id FROM callbacks WHERE attempt_hash IS NULL ORDER BY id") == [
        ("payment-x",),
        ("payment-y",),
    ]


@pytest.mark.gen_test
async def test_a_payment_that_was_paid_by_an_attempt_keeps_its_transaction(stores: Stores) -> None:
    [attempt] = await stores.submit("p-1")
    await stores.settlements.settle([a_success(attempt)], cursor=None, now=NOW)
    await record(stores, found(believed=PaymentStatus.SUCCEEDED))
    assert stores.value("SELECT transaction_id FROM payments") == attempt.hash
    assert await stores.settlements.found_among(["found"]) == {"found"}


@pytest.mark.gen_test
async def test_a_payment_that_is_found_twice_on_one_page_is_one_payment(stores: Stores) -> None:
    await record(stores, found(transaction="first"), found(transaction="second", believed=PaymentStatus.SUCCEEDED))
    assert stores.value("SELECT transaction_id FROM payments") == "first"
    assert await stores.settlements.found_among(["first", "second"]) == {"first", "second"}


@pytest.mark.gen_test
async def test_a_payment_that_is_found_while_it_is_being_signed_gets_no_attempt(stores: Stores) -> None:
    """The claim was there before; what is written down is sent, so it must not be written down any more."""
    paid, other = await stores.claim("p-1", "p-2")
    await record(stores, found(believed=PaymentStatus.SUBMITTED))
    before = stores.dump()
    with pytest.raises(RuntimeError, match="not submitted any more"):
        await stores.submissions.record_attempts([an_attempt(paid), an_attempt(other)])
    assert stores.dump() == before
    await stores.submissions.release([paid, other], NOW)
    assert stores.status_of("p-1", "p-2") == ["succeeded", "accepted"]
    assert stores.state_of(0, 1) == ["free", "free"]


@pytest.mark.gen_test
async def test_what_was_posted_or_settled_since_it_was_looked_at_is_looked_at_again(stores: Stores) -> None:
    """Else the client would be told nothing, or twice, and a payment that is there twice would not be noticed."""
    await stores.accept("p-2")
    before = stores.dump()
    with pytest.raises(StaleSettlement):
        await record(stores, found("p-1", transaction="x"), found("p-2", transaction="y"))
    assert stores.dump() == before
