"""JSON in which numbers stay exact."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinpay_server import exact_json

exact = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5", 5),
        ("5.0", Decimal("5.0")),
        ("0.1", Decimal("0.1")),
        ("1e400", Decimal("1e400")),
        ("922337203685.4775807", Decimal("922337203685.4775807")),
        ("9007199254740993", 9007199254740993),
        ("-0.0000001", Decimal("-0.0000001")),
    ],
)
def test_numbers_are_read_exactly_and_never_as_floats(text: str, value: Any) -> None:
    for source in (text, text.encode()):
        read = exact_json.loads(source)
        assert (read, type(read)) == (value, type(value))


@pytest.mark.parametrize("text", ["9" * 4301, "-" + "9" * 60_000])
def test_an_integer_that_python_refuses_to_read_becomes_a_decimal(text: str) -> None:
    assert exact_json.loads(text) == Decimal(text)


@pytest.mark.parametrize("text", ["1e9999999999999999999999", "0e9999999999999999999999", "1e-9999999999999999999999"])
def test_a_number_beyond_decimals_becomes_not_a_number(text: str) -> None:
    assert exact_json.loads(text).is_nan()


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"{", b"nope", b"{}{}", b"[1,]", b"01", b"+1", b".5", b"'a'", b"\x00", b'"\n"'),
        *(b"NaN", b"Infinity", b"-Infinity", b'{"a": NaN}'),
        *(b"\xff", b'"\xed\xa0\x80"', b"\xef\xbb\xbf{}", '{"a": 1}'.encode("utf-16"), '{"a": 1}'.encode("utf-32-le")),
        *(b"[" * 100_000, b'{"a":' * 100_000, b"[" * 100_000 + b"]" * 100_000),
    ],
    ids=lambda body: repr(body[:20]),
)
def test_what_is_no_json_in_utf8_is_a_value_error(body: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whichever it is
        exact_json.loads(body)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (5, b"5"),
        (Decimal(5), b"5"),
        (Decimal("5.0"), b"5"),
        (Decimal("5e2"), b"500"),
        (Decimal("500"), b"500"),
        (Decimal("1.50"), b"1.5"),
        (Decimal("1e-7"), b"0.0000001"),
        (Decimal("0.0"), b"0"),
        ({"a": [Decimal("0.10"), None, "é"]}, '{"a":[0.1,null,"é"]}'.encode()),
    ],
)
def test_numbers_are_written_with_all_digits_and_no_trailing_zeros(value: Any, text: bytes) -> None:
    assert exact_json.dumps(value) == text


def test_what_is_no_json_value_is_not_written() -> None:
    for value in (object(), {1, 2}, b"x"):
        with pytest.raises(TypeError):
            exact_json.dumps(value)


@given(exact.filter(lambda value: len(str(value)) < 5000))
def test_any_exact_value_survives_being_written_and_read_again(value: Any) -> None:
    assert exact_json.loads(exact_json.dumps(value)) == value


@given(exact.filter(lambda value: len(str(value)) < 5000))
def test_what_is_written_is_json_for_everybody(value: Any) -> None:
    json.loads(exact_json.dumps(value))
