"""Amounts are exact, in both directions."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinpay_server import exact_json
from kinpay_server.domain.amount import MAX_STROOPS, InvalidAmount, amount_of, parse_amount, readable

KIN = 10_000_000


@pytest.mark.parametrize(
    ("value", "stroops"),
    [
        (1, KIN),
        ("1", KIN),
        (Decimal("1.5"), 15_000_000),
        ("1.5", 15_000_000),
        (Decimal("0.0000001"), 1),
        ("1e-7", 1),
        (Decimal("1.50000000000"), 15_000_000),
        ("2E+3", 2_000 * KIN),
        (922337203685, 922337203685 * KIN),
        ("922337203685.4775807", MAX_STROOPS),
        ("922337203685.47758070000", MAX_STROOPS),
    ],
)
def test_a_number_or_a_string_that_holds_one_is_read_exactly(value: Any, stroops: int) -> None:
    assert parse_amount(value) == stroops


@pytest.mark.parametrize(
    "value",
    [
        *(0, -1, "0", "-1", "0.0", "-0", Decimal("-0"), Decimal("-0.1"), Decimal(0)),
        *("0.00000001", "1.12345678", Decimal("1e-8"), Decimal("1.00000001")),
        *("922337203685.4775808", 922337203686, Decimal("1e12"), 10**30, Decimal("1e400"), "1e400", "1e999999999"),
        *(1.0, 1.5, float("nan"), True, False, None, [], {}, b"5", [5]),
        *(Decimal("NaN"), Decimal("sNaN"), Decimal("Infinity"), Decimal("-Infinity"), "NaN", "Infinity"),
        *("", " 5", "5 ", "5\n", "+5", ".5", "5.", "05", "0x5", "1_000", "1,5", "٥", "five"),
        *("9" * 5000, "0." + "1" * 5000, "1e9999999999999999999", Decimal("9" * 5000)),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_what_the_ledger_cannot_pay_is_refused(value: Any) -> None:
    with pytest.raises(InvalidAmount, match="greater than 0 with at most 7 decimals"):
        parse_amount(value)


@pytest.mark.parametrize(
    ("stroops", "shown"), [(KIN, b"1"), (15_000_000, b"1.5"), (1, b"0.0000001"), (10**17, b"10000000000")]
)
def test_a_whole_amount_is_shown_without_a_decimal_point(stroops: int, shown: bytes) -> None:
    assert exact_json.dumps(amount_of(stroops)) == shown


@given(st.integers(1, MAX_STROOPS))
def test_an_amount_is_an_int_when_it_is_whole_and_else_a_decimal_without_trailing_zeros(stroops: int) -> None:
    amount = amount_of(stroops)
    assert isinstance(amount, int) is (stroops % KIN == 0)
    assert isinstance(amount, int) or amount.as_tuple().digits[-1] != 0


@given(st.integers(1, MAX_STROOPS))
def test_any_amount_survives_being_written_and_read_again(stroops: int) -> None:
    written = exact_json.dumps(amount_of(stroops))
    assert parse_amount(exact_json.loads(written)) == stroops
    assert parse_amount(written.decode()) == stroops


@given(st.decimals("0.0000001", "922337203685.4775807", places=7))
def test_any_decimal_is_worth_as_many_stroops_as_it_says(value: Decimal) -> None:
    assert parse_amount(value) == int(value.scaleb(7))


def test_an_amount_for_people_is_exact_and_has_its_thousands_apart() -> None:
    assert [readable(one) for one in (0, 1, 15_000_000, 10_000_000_000_000)] == ["0", "0.0000001", "1.5", "1,000,000"]
    assert readable(MAX_STROOPS) == "922,337,203,685.4775807"
