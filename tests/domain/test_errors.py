"""Codes are stable, and their first three digits are the HTTP status."""

import pytest

from kinpay_server.domain import errors
from kinpay_server.domain.errors import KinpayError

ALL = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, KinpayError)]


@pytest.mark.parametrize("error", ALL)
def test_the_first_three_digits_of_a_code_are_the_http_status(error: type[KinpayError]) -> None:
    assert 4000 <= error.code <= 5999
    assert error().http_status == int(str(error.code)[:3])
    assert error.title


def test_the_codes_that_clients_know_stay() -> None:
    assert (errors.PaymentExists.code, errors.PaymentNotFound.code) == (4091, 4041)


def test_no_two_errors_have_one_code() -> None:
    codes = [error.code for error in ALL if error is not KinpayError]
    assert len(codes) == len(set(codes))
