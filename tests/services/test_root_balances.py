"""What root holds, and how long it lasts."""

from dataclasses import replace

import pytest

from kinpay_server.domain.callback import HOUR, MINUTE
from kinpay_server.services.ports import AccountState
from kinpay_server.services.root_balances import ENOUGH, WINDOW, RootBalances

START = 1_700_000_000_000


class Watched:
    """Balances and their clock."""

    def __init__(self) -> None:
        self.now = START
        self.balances = RootBalances(lambda: self.now)

    def see(self, kin: int | None, xlm: int = 100) -> None:
        state = AccountState("G", 1, 1, xlm, xlm, kin, kin_authorized=True, signs_payments=True)
        self.balances.note(replace(state, kin_held=kin or 0))

    @property
    def kin(self) -> tuple[int, int, int]:
        funds = self.balances.kin
        assert funds is not None
        return funds.held, funds.spent, funds.watched


@pytest.fixture
def watched() -> Watched:
    return Watched()


def test_before_the_account_was_seen_nothing_is_known(watched: Watched) -> None:
    assert watched.balances.kin is watched.balances.xlm is None
    watched.see(None)
    assert watched.balances.kin is None
    assert watched.balances.xlm is not None


def test_what_is_spent_is_added_up_and_what_comes_in_is_not_taken_off(watched: Watched) -> None:
    for kin in (1000, 900, 5000, 4700):
        watched.see(kin)
        watched.now += MINUTE
    assert watched.kin == (4700, 400, 4 * MINUTE)


def test_it_lasts_as_long_as_the_rate_says(watched: Watched) -> None:
    watched.see(1000, xlm=500)
    watched.now += HOUR
    watched.see(900, xlm=500)
    kin, xlm = watched.balances.kin, watched.balances.xlm
    assert kin is not None
    assert xlm is not None
    assert kin.lasts == 9 * HOUR
    assert xlm.lasts is None


def test_of_a_moment_no_rate_is_made(watched: Watched) -> None:
    watched.see(1000)
    watched.now += ENOUGH - 1
    watched.see(900)
    assert watched.balances.kin is not None
    assert watched.balances.kin.lasts is None


def test_only_the_last_day_counts(watched: Watched) -> None:
    watched.see(1000)
    watched.now += MINUTE
    watched.see(500)
    for _ in range(25):
        watched.now += HOUR
        watched.see(500 - 1)
    held, spent, watched_for = watched.kin
    assert (held, spent) == (499, 0)
    assert WINDOW - 2 * HOUR < watched_for <= WINDOW


def test_a_clock_that_is_set_back_is_no_error(watched: Watched) -> None:
    watched.see(1000)
    watched.now -= HOUR
    watched.see(900)
    watched.now += 2 * MINUTE
    watched.see(800)
    held, spent, watched_for = watched.kin
    assert (held, spent) == (800, 200)
    assert watched_for >= 0
