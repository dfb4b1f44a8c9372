"""The memo that ties a ledger transaction to a payment."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinpay_server.domain.memo import PaymentMemo, fits, parse_memo, payment_memo, wallet_memo


def test_a_payment_has_the_memo_version_app_id_and_id() -> None:
    assert payment_memo("kik", "p-17") == "1-kik-p-17"


def test_a_wallet_creation_has_the_memo_version_and_app_id() -> None:
    assert wallet_memo("kik") == "1-kik"


@pytest.mark.parametrize(
    ("memo", "does"),
    [("x" * 28, True), ("x" * 29, False), ("é" * 14, True), ("é" * 14 + "x", False), ("😀" * 8, False)],
)
def test_a_memo_fits_when_it_has_at_most_28_bytes_of_utf8(memo: str, does: bool) -> None:
    assert fits(memo) is does


@pytest.mark.parametrize(
    ("memo", "read"),
    [
        ("1-kik-p", PaymentMemo("kik", "p")),
        ("1-kik-p-17-x", PaymentMemo("kik", "p-17-x")),
        ("1-kik--", PaymentMemo("kik", "-")),
    ],
)
def test_a_memo_is_read_as_version_app_id_and_all_the_rest(memo: str, read: PaymentMemo) -> None:
    assert parse_memo(memo) == read


@pytest.mark.parametrize(
    "memo", [None, "", "1", "1-", "1-kik", "1-kik-", "1--p", "2-kik-p", "11-kik-p", " 1-kik-p", "-kik-p"]
)
def test_a_memo_that_is_not_ours_is_told_apart(memo: str | None) -> None:
    assert parse_memo(memo) is None


@given(st.text(min_size=1).filter(lambda text: "-" not in text), st.text(min_size=1))
def test_any_memo_of_ours_is_read_back(app_id: str, payment_id: str) -> None:
    assert parse_memo(payment_memo(app_id, payment_id)) == PaymentMemo(app_id, payment_id)
