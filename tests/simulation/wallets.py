"""Clients that have wallets created: some of them exist already."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any

from kinpay_server.domain.wallet import NewWallet
from kinpay_server.sandbox.core.addresses import key_of
from tests.simulation.chain import GOOD, Chain

if TYPE_CHECKING:
    from tests.simulation.world import World

EXISTS = "account exists"


@dataclass
class WalletStory:
    """What a client knows of one of its wallets."""

    wallet: NewWallet
    there_before: bool
    accepted: int = 0
    told: list[tuple[str, dict[str, Any]]] = field(default_factory=list)


def invented(chain: Chain, luck: Random, number: int, url: str) -> WalletStory:
    """A wallet that somebody wants; every fourth has an account already."""
    there = luck.random() < 0.25
    address = chain.address(GOOD) if there else chain.address(f"wallet {number}")
    return WalletStory(NewWallet(address, "sim", f"w{number}", url, f"request {number}", 0), there)


def violations(world: "World") -> Iterator[str]:
    """What must hold when all has come to rest."""
    for address, story in world.people.wallets.items():
        for problem in _of(world, address, story):
            yield f"wallet {story.wallet.id}: {problem}"


def _of(world: "World", address: str, story: WalletStory) -> Iterator[str]:
    exists = world.chain.node.network.state.account(key_of(address)) is not None
    states = {state for state, _ in story.told}
    found = world.disk.rows("SELECT status FROM wallets WHERE address = ?", address)
    if story.accepted and not found:
        yield "accepted and forgotten"
    if story.accepted and not exists:
        yield "accepted and not created"
    if "success" in states and (story.there_before or not exists):
        yield "told of as created by us, and it was not"
    if any(value["reason"] != EXISTS for state, value in story.told if state == "fail"):
        yield f"failed: {story.told}"
    if found and found[0][0] not in ("created", "failed"):
        yield f"ends as {found[0][0]}"
    if story.accepted and not states:
        yield "told of to nobody"
