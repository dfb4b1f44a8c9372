"""A network that is served and has a market."""

import time

import requests
from stellar_sdk import (
    Asset,
    Claimant,
    ClaimPredicate,
    CreateClaimableBalance,
    ManageBuyOffer,
    ManageSellOffer,
    PathPaymentStrictSend,
)

from tests.sandbox.conftest import World


class Fair(World):
    """A maker sells 500 KIN at 0.1 XLM and alice takes some of it."""

    def __init__(self, server):
        self.server, self.node, self.now = server, server.node, time.time()
        self.kin, self.xlm = Asset("KIN", self.node.issuer.public_key), Asset.native()
        self.maker, self.alice, self.bob = self.person(kin="1000"), self.person(kin="0"), self.person(kin="0")
        self.must(self.tx(self.maker, ManageSellOffer(self.kin, self.xlm, "500", "0.1")))
        send = PathPaymentStrictSend(self.bob.public_key, self.xlm, "3", self.kin, "1", [])
        self.must(self.tx(self.alice, send))
        self.must(self.tx(self.alice, ManageBuyOffer(self.xlm, self.kin, "10", "0.1")))
        soon = ClaimPredicate.predicate_before_relative_time(10**6)
        claimants = [Claimant(self.bob.public_key), Claimant(self.alice.public_key, soon)]
        self.must(self.tx(self.maker, CreateClaimableBalance(self.kin, "7", claimants)))

    def get(self, path, **headers):
        return requests.get(self.server.horizon_url + path, headers=headers, timeout=30)

    def records(self, path):
        reply = self.get(path)
        assert reply.status_code == 200, reply.text
        return reply.json()["_embedded"]["records"]
