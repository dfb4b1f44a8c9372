"""Who is told of a payment, and what."""

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from kinpay_server import exact_json
from kinpay_server.domain.watch import (
    Money,
    SeenPayment,
    Telling,
    Watch,
    as_value,
    end_of_ledger,
    event_id,
    lane,
    ledger_of,
    payment_seen,
    told,
)

NOW = 1_800_000_000_000
PAYMENT = SeenPayment(100, "A", "B", 12_345_678, "hash", "2026-11-25T00:00:00Z", NOW, "1-app-p-1")
ALWAYS = Watch("shop", "http://shop/", "A", since=0)
FOR_A_WHILE = replace(ALWAYS, payment_id="p-1", expires_at=NOW + 1000)


def is_told(watch: Watch, *, now: int = NOW, **changes: object) -> bool:
    return bool(told(replace(PAYMENT, **changes), [watch], now))  # type: ignore[arg-type]


def test_either_side_counts() -> None:
    assert is_told(ALWAYS)
    assert is_told(ALWAYS, sender="X", recipient="A")
    assert not is_told(ALWAYS, sender="X")


def test_a_service_is_told_once_however_many_of_its_watches_hold() -> None:
    watches = [ALWAYS, replace(ALWAYS, address="B"), FOR_A_WHILE, replace(ALWAYS, service_id="bank", callback="b")]
    assert told(PAYMENT, watches, NOW) == [
        Telling("shop", "http://shop/", frozenset("AB")),
        Telling("bank", "b", frozenset("A")),
    ]


def test_a_lane_is_one_services_and_one_addresss_and_fits_into_a_row() -> None:
    assert lane("shop", "A") == lane("shop", "A")
    assert len({lane(service, address) for service in ("shop", "bank") for address in "AB"}) == 4
    assert all(0 <= lane("shop", str(number)) < 2**63 for number in range(100))


def test_only_what_happens_after_the_put_is_told() -> None:
    assert not is_told(replace(ALWAYS, since=100))
    assert is_told(replace(ALWAYS, since=99))


def test_a_watch_of_a_payment_is_for_that_id_in_a_memo_of_ours() -> None:
    assert is_told(FOR_A_WHILE)
    assert is_told(FOR_A_WHILE, memo="1-other-p-1")
    assert not any(is_told(FOR_A_WHILE, memo=memo) for memo in ("1-app-p", "1-app-p-12", "2-app-p-1", "p-1", "", None))


def test_it_ends_when_its_time_has_passed_by_both_clocks() -> None:
    after = NOW + 1000
    assert is_told(FOR_A_WHILE, closed_at=after)
    assert is_told(FOR_A_WHILE, now=after, closed_at=after - 1)
    assert not is_told(FOR_A_WHILE, now=after, closed_at=after)


def test_the_value_is_the_payment_and_fractions_are_exact() -> None:
    assert exact_json.loads(exact_json.dumps(payment_seen(PAYMENT).body())) == {
        "object": "payment",
        "action": "receive",
        "state": "success",
        "value": {
            "id": "p-1",
            "app_id": "app",
            "amount": Decimal("1.2345678"),
            "recipient_address": "B",
            "sender_address": "A",
            "transaction_id": "hash",
            "timestamp": "2026-11-25T00:00:00Z",
            "status": "succeeded",
        },
    }


def test_a_memo_that_is_not_ours_gives_null_ids() -> None:
    for memo in (None, "", "thanks", "1-app", "2-app-p"):
        value = as_value(replace(PAYMENT, memo=memo))
        assert (value["id"], value["app_id"]) == (None, None)


def test_a_payment_along_a_path_says_what_was_sent_and_what_was_received() -> None:
    along = replace(PAYMENT, sent=Money(5, "XLM", None), received=Money(Decimal("1.2345678"), "KIN", "G"))
    assert as_value(along)["sent"] == {"amount": 5, "asset_code": "XLM", "asset_issuer": None}
    assert as_value(along)["received"]["asset_issuer"] == "G"


@given(st.text(), st.text())
def test_an_event_id_is_one_services_and_safe_in_a_header(one: str, other: str) -> None:
    one, other = (text.encode("utf-8", "replace").decode() for text in (one, other))
    assert (event_id(PAYMENT, one) == event_id(PAYMENT, other)) == (one == other)
    assert event_id(PAYMENT, one).isascii()
    assert event_id(PAYMENT, one).isprintable()
    assert event_id(PAYMENT, one) != event_id(replace(PAYMENT, position=101), one)


def test_a_position_tells_its_ledger() -> None:
    assert ledger_of(end_of_ledger(7)) == 7
    assert ledger_of(end_of_ledger(7) + 1) == 8
