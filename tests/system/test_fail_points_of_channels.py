"""SIGKILL at each commit of a start, of opening channels and of topping them up."""

from pathlib import Path

import pytest
from stellar_sdk import Keypair

from kinpay_server.demo.configuration import write_config
from kinpay_server.demo.network import Network
from tests.system.clients import wait_until
from tests.system.conftest import Kinpay, Told
from tests.system.payers import Payer, with_options
from tests.system.points import OF_STARTS, OF_TOP_UPS, UPGRADE, points_of
from tests.system.programs import serve_and_die

FEE = 100
"""Stroops that a payment costs."""

AT_REST = "SELECT count(*) FROM channels WHERE state = 'free' AND funded_by IS NULL"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def test_a_kill_while_it_starts_or_opens_channels_loses_nothing(
    network: Network, root: Keypair, kinpay: Kinpay, told: Told
) -> None:
    payer = Payer(network, root, told)
    for point in [*UPGRADE, *points_of(OF_STARTS)]:
        serve_and_die(point, kinpay, payer.posts)
    with kinpay.serving() as (_, url):
        payer.posts_all_until_they_are_told(url)
    payer.assert_all_is_well()


@pytest.fixture
def poor(network: Network, root: Keypair, tmp_path: Path) -> Kinpay:
    """A service whose channels are empty after two payments."""
    kinpay = Kinpay(tmp_path, write_config(tmp_path, network, root, max_channels=4, poll_interval=0.2))
    return with_options(kinpay, channel_xlm=f"{2 * FEE / 10**7:.7f}")


def test_a_kill_while_channels_are_topped_up_loses_nothing_and_none_stays_lent(
    network: Network, root: Keypair, poor: Kinpay, told: Told
) -> None:
    payer = Payer(network, root, told)
    for point in points_of(OF_TOP_UPS):
        serve_and_die(point, poor, lambda url: payer.posts(url, 12))
    with poor.serving() as (_, url):
        payer.posts_all_until_they_are_told(url)
        wait_until(lambda: poor.rows(AT_REST) == [(4,)], lambda: poor.rows("SELECT * FROM channels"))
    payer.assert_all_is_well()
