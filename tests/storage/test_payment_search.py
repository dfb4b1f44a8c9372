"""Looking payments up by what names them."""

from typing import Any

import pytest

from kinpay_server.domain.payment import PaymentStatus
from kinpay_server.storage import payment_search
from kinpay_server.storage.payment_search import PaymentSearch
from tests.storage.conftest import NOW, RECIPIENT, Stores, a_failure, a_post, a_success

OTHER = "GAAZI4TCR3TY5OJHCTJC2A4QSY6CJWJH5IAJTGKIN2ER7LBNVKOCCWN7"


def ids(found: list[Any]) -> list[str]:
    return [one.id for one in found]


@pytest.fixture
def search(stores: Stores) -> PaymentSearch:
    return PaymentSearch(stores.database)


@pytest.mark.gen_test
async def test_an_id_is_found_by_its_beginning_and_nothing_in_it_is_a_pattern(
    stores: Stores, search: PaymentSearch
) -> None:
    await stores.accept("order-1", "order-12", "order-2", "orde", "a%b", "axb", "Order-1", "ordér")
    assert ids(await search.with_id("order-1", 10)) == ["order-1", "order-12"]
    assert ids(await search.with_id("order", 2)) == ["order-1", "order-12"]
    assert ids(await search.with_id("a%", 10)) == ["a%b"]
    assert ids(await search.with_id("ordé", 10)) == ["ordér"]


@pytest.mark.gen_test
async def test_an_address_is_found_by_its_beginning_the_newest_payment_first(
    stores: Stores, search: PaymentSearch
) -> None:
    await stores.accept("a", "b")
    await stores.payments.accept(a_post("c", recipient_address=OTHER))
    assert ids(await search.to_address(RECIPIENT, 10)) == ["b", "a"]
    assert ids(await search.to_address(RECIPIENT[:8], 1)) == ["b"]
    assert ids(await search.to_address(OTHER[:8], 10)) == ["c"]


@pytest.mark.gen_test
async def test_the_payments_of_an_app_are_found_newest_first(stores: Stores, search: PaymentSearch) -> None:
    await stores.accept("a", "b")
    await stores.payments.accept(a_post("c", app_id="ki"))
    assert ids(await search.of_app("kik", 10)) == ["b", "a"]


@pytest.mark.gen_test
async def test_a_payment_is_found_by_the_hash_of_any_attempt_and_by_that_of_its_bump(
    stores: Stores, search: PaymentSearch
) -> None:
    one, _ = await stores.submit("a", "b")
    settlement = a_success(one)
    bumped = "fe" * 32
    paid = type(settlement.payment)(
        one.payment_id, PaymentStatus.SUCCEEDED, None, "root", bumped, "2024-01-01T00:00:00Z"
    )
    await stores.settlements.settle([a_success(one, payment=paid)], cursor=None, now=NOW)
    assert ids(await search.by_hash(one.hash, 10)) == ["a"]
    assert ids(await search.by_hash(one.hash[:6], 10)) == ["a"]
    assert ids(await search.by_hash(bumped[:10], 10)) == ["a"]
    assert await search.by_hash("00" * 32, 10) == []


@pytest.mark.gen_test
async def test_a_payment_that_was_found_on_the_ledger_is_found_by_its_hash(
    stores: Stores, search: PaymentSearch
) -> None:
    await stores.accept("a")
    stores.change("INSERT INTO found_payments VALUES (?, 'a', ?, 5, 17, ?)", "cd" * 32, RECIPIENT, NOW)
    assert ids(await search.by_hash("cdcdcd", 10)) == ["a"]


@pytest.mark.gen_test
async def test_the_newest_are_known_and_the_newest_with_each_status(stores: Stores, search: PaymentSearch) -> None:
    paid, failed, _ = await stores.submit("paid", "failed", "submitted")
    await stores.settlements.settle([a_success(paid), a_failure(failed)], cursor=None, now=NOW)
    await stores.payments.accept(a_post("accepted", created_at=NOW + 9))
    assert ids(await search.newest(None, 3)) == ["accepted", "submitted", "failed"]
    for status, found in (
        ("accepted", "accepted"),
        ("submitted", "submitted"),
        ("failed", "failed"),
        ("succeeded", "paid"),
    ):
        assert ids(await search.newest(PaymentStatus(status), 10)) == [found]


@pytest.mark.gen_test
async def test_those_that_have_succeeded_are_looked_for_among_the_newest_only(
    stores: Stores, search: PaymentSearch, monkeypatch: pytest.MonkeyPatch
) -> None:
    [paid] = await stores.submit("paid")
    await stores.settlements.settle([a_success(paid)], cursor=None, now=NOW)
    await stores.payments.accept(a_post("newer", created_at=NOW + 1))
    monkeypatch.setattr(payment_search, "WALK", 1)
    assert await search.newest(PaymentStatus.SUCCEEDED, 10) == []
    monkeypatch.setattr(payment_search, "WALK", 2)
    assert ids(await search.newest(PaymentStatus.SUCCEEDED, 10)) == ["paid"]
