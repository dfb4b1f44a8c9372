"""Pages: whichever list, limit and order, a walk shows every record once, and backwards the same."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stellar_sdk import Keypair, ManageBuyOffer, PathPaymentStrictSend

from kinpay_server.sandbox.in_thread import SandboxServer
from tests.sandbox.conftest import PHRASE
from tests.sandbox.fair import Fair

GONE = 410
"""What Horizon says to whoever goes on backwards behind the oldest ledger."""
LISTS = (
    *("/ledgers", "/transactions", "/operations", "/payments", "/effects", "/trades"),
    *("/transactions?include_failed=true", "/payments?include_failed=true&join=transactions"),
    *("{alice}/transactions", "{alice}/operations", "{alice}/payments", "{alice}/effects", "{maker}/trades"),
    *("{maker}/effects", "{alice}/transactions?include_failed=true", "{bob}/payments?include_failed=true"),
    *("/accounts?asset={kin}", "/accounts?signer={signer}", "/assets", "/offers", "/claimable_balances"),
)


class Busy(Fair):
    """The fair after a day of people who do not always succeed."""

    def __init__(self, server):
        super().__init__(server)
        luck = random.Random(7)
        for _ in range(60):
            take = PathPaymentStrictSend(self.bob.public_key, self.xlm, "0.5", self.kin, "1", [])
            buy = ManageBuyOffer(self.xlm, self.kin, "2", "0.1")
            ops = (self.pay(self.bob), self.pay(Keypair.random()), self.pay(self.bob, xlm=True), take, buy)
            chosen = luck.choices(ops, k=luck.randint(1, 3))
            self.submit(self.tx(self.alice, *chosen))
            self.close()
        self.names = {
            **{name: f"/accounts/{getattr(self, name).public_key}" for name in ("alice", "bob", "maker")},
            "kin": f"KIN:{self.kin.issuer}",
            "signer": self.alice.public_key,
        }

    def walk(self, path, link):
        """Records of all pages along a link, and the last page that had any."""
        found, last = [], None
        while True:
            reply = self.get(path)
            page = reply.json()
            if reply.status_code == GONE or not page["_embedded"]["records"]:
                return found, last
            records = page["_embedded"]["records"]
            found += [record["paging_token"] for record in records]
            last, path = page, page["_links"][link]["href"].removeprefix(self.server.horizon_url)


@pytest.fixture(scope="module")
def busy():
    server = SandboxServer(passphrase=PHRASE, close_seconds=0)
    yield Busy(server)
    server.stop()


def query(path, **more):
    return path + ("&" if "?" in path else "?") + "&".join(f"{name}={value}" for name, value in more.items())


@pytest.mark.parametrize("template", LISTS)
@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(limit=st.integers(1, 200))
def test_a_walk_forwards_and_backwards_shows_the_same(busy, template, limit):
    path = template.format(**busy.names)
    forwards, last = busy.walk(query(path, limit=max(limit, 5), order="asc"), "next")
    backwards, _ = busy.walk(query(path, limit=max(limit, 5), order="desc"), "next")
    assert len(set(forwards)) == len(forwards) > 0
    assert backwards == forwards[::-1]
    back, _ = busy.walk(last["_links"]["prev"]["href"].removeprefix(busy.server.horizon_url), "next")
    shown = [record["paging_token"] for record in last["_embedded"]["records"]]
    assert back == forwards[: -len(shown)][::-1]
