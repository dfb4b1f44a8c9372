"""SIGKILL at each named point of a payment's way, one after the other on one database."""

import pytest
from stellar_sdk import Keypair

from kinpay_server.demo.network import Network
from tests.system.conftest import Kinpay, Told
from tests.system.payers import Payer
from tests.system.points import CALLS, OF_PAYMENTS, points_of
from tests.system.programs import serve_and_die

NTH = {"before: one of the requests": 3, "after: one of the requests": 2}
"""In the middle of them: some are answered, some under way, some not sent."""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def test_a_kill_at_any_point_loses_nothing_and_pays_nothing_twice(
    network: Network, root: Keypair, kinpay: Kinpay, told: Told
) -> None:
    payer = Payer(network, root, told)
    for point in [*points_of(OF_PAYMENTS), *points_of(CALLS)]:
        if point.endswith("record_found"):
            payer.pays_by_hand(f"found-{point[:6].strip()}")
        serve_and_die(point, kinpay, payer.posts, nth=NTH.get(point, 1))
    with kinpay.serving() as (_, url):
        payer.posts_all_until_they_are_told(url)
    payer.assert_all_is_well()
