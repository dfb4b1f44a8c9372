"""Which way of reading costs less."""

import pytest

from kinpay_server.services.reading_plan import MOST_LISTS, lists_are_cheaper

BUSY = 200.0
"""Payments a second of a network whose ledgers are full."""


def by_lists(
    addresses: int, rate: float, *, seconds: float = 1.0, scarce: bool = False, lists_now: bool = True
) -> bool:
    return lists_are_cheaper(addresses=addresses, rate=rate, seconds=seconds, scarce=scarce, lists_now=lists_now)


@pytest.mark.parametrize("lists_now", [True, False])
def test_one_account_is_always_read_by_its_own_list(lists_now: bool) -> None:
    assert by_lists(1, 0.0, lists_now=lists_now)
    assert by_lists(1, BUSY, scarce=True, lists_now=lists_now)


@pytest.mark.parametrize("lists_now", [True, False])
def test_many_accounts_are_always_read_by_the_networks_list(lists_now: bool) -> None:
    assert not by_lists(MOST_LISTS + 1, BUSY, seconds=86_400, lists_now=lists_now)
    assert not by_lists(10_000, BUSY, lists_now=lists_now)


def test_on_a_full_network_a_dozen_accounts_are_read_by_their_own_lists() -> None:
    assert by_lists(12, BUSY)
    assert not by_lists(30, BUSY)


def test_on_a_quiet_network_its_list_is_read_from_three_accounts_on() -> None:
    assert by_lists(2, 0.0)
    assert not by_lists(3, 0.0)


def test_what_costs_about_the_same_stays_as_it_is() -> None:
    assert by_lists(12, BUSY, lists_now=True)
    assert not by_lists(12, BUSY, lists_now=False)
    assert by_lists(6, BUSY, lists_now=False)


def test_a_long_way_to_read_makes_the_accounts_lists_cheaper() -> None:
    assert by_lists(MOST_LISTS, 10.0, seconds=3600, lists_now=False)


def test_while_requests_are_scarce_only_they_count() -> None:
    assert not by_lists(12, BUSY, scarce=True)
    assert by_lists(2, BUSY, scarce=True)
