"""Services that watch payments, and what they must have been told: all that the ledger has, each once."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from random import Random
from typing import TYPE_CHECKING

from stellar_sdk import StrKey

from kinpay_server.domain.amount import parse_amount
from kinpay_server.domain.watch import Service
from kinpay_server.exact_json import loads
from kinpay_server.sandbox.core.addresses import address_of
from kinpay_server.sandbox.core.assets import asset_from_xdr
from kinpay_server.sandbox.core.envelope import muxed_from_xdr
from kinpay_server.sandbox.horizon.values import asset_text
from kinpay_server.services.reading_plan import MOST_LISTS
from tests.simulation.chain import FULL, GOOD, STRANGER, Chain, signer
from tests.simulation.plan import Plan

if TYPE_CHECKING:
    from tests.simulation.world import World

PAYMENT = 1


@dataclass
class Watcher:
    """A service, the ledger in which its PUT was answered, and the ids of what came."""

    service: Service
    put_in: int | None = None
    told: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Seen:
    """A payment of KIN on the ledger."""

    position: int
    ledger: int
    sides: frozenset[str]
    amount: int


def watchers_of(chain: Chain, plan: Plan) -> list[Watcher]:
    """They watch a recipient, a recipient that hardly takes anything, and root, and nobody if need be."""
    watched = ((GOOD,), (GOOD, FULL), (FULL, STRANGER))
    found = []
    for number in range(plan.watching):
        addresses = [chain.address(kind) for kind in watched[number % len(watched)]]
        if number == 1:
            addresses.append(signer().root_address)
        strangers = _strangers() if plan.many_addresses and number == 0 else ()
        found.append(Watcher(Service(f"s{number}", f"http://watcher-{number}.example/", (*addresses, *strangers))))
    return found


def payments_of_strangers(chain: Chain, plan: Plan) -> Iterator[tuple[float, tuple[str, str, str | None]]]:
    """When, and (to whom, how much, memo)."""
    luck = Random(f"strangers {plan.seed}")
    for number in range(plan.strangers):
        memo = luck.choice((None, "thanks", f"1-app-stranger{number}", ""))
        to = chain.address(luck.choice((GOOD, GOOD, FULL, "root of kinpay")))
        yield luck.uniform(0, plan.trouble), (to, f"0.{luck.randint(1, 2_000_000):07}", memo)


def violations(world: "World") -> Iterator[str]:
    """What a service was told and is not so; what it was not told and should have been."""
    seen = {one.position: one for one in _on_ledger(world)}
    for watcher in world.people.watchers.values():
        name, rows = watcher.service.id, _rows(world, watcher)
        again = world.disk.value("SELECT count(*) FROM callbacks WHERE url = ?", watcher.service.callback) - len(rows)
        if again:
            yield f"{name} was told of {again} payments again"
        for position, amount in rows.items():
            if position not in seen or not seen[position].sides & {*watcher.service.wallet_addresses}:
                yield f"{name} was told of {position}, which is no payment that it watches"
            elif seen[position].amount != amount:
                yield f"{name} was told of {position} with another amount"
        for one in _missing(world, watcher, seen.values()):
            yield f"{name} was not told of {one.position} in ledger {one.ledger}"
        yield from _of_what_came(world, watcher, rows, seen)


def _of_what_came(world: "World", watcher: Watcher, rows: dict[int, int], seen: dict[int, Seen]) -> Iterator[str]:
    """What is in the rows; an older copy does not know all that was told before it was put back."""
    name, told = watcher.service.id, {_position(one) for one in watcher.told}
    if rows.keys() - told or (told - rows.keys() and not world.restores):
        yield f"{name} has got {sorted(told ^ rows.keys())} or not, otherwise than the rows say"
    if told - seen.keys():
        yield f"{name} has got {sorted(told - seen.keys())}, which the ledger does not have"
    if len(told) != len(set(watcher.told)):
        yield f"{name} has got the same payment with different ids"


def untold(world: "World") -> int:
    """How many payments wait to be seen."""
    if not world.people.watchers:
        return 0
    seen = list(_on_ledger(world))
    return sum(len(list(_missing(world, one, seen))) for one in world.people.watchers.values())


def _missing(world: "World", watcher: Watcher, seen: Iterable[Seen]) -> Iterator[Seen]:
    """What is in no row and has not come either; what Horizon has forgotten at some time need not be told."""
    if watcher.put_in is None:
        return
    addresses, since = {*watcher.service.wallet_addresses}, max(watcher.put_in, world.chain.forgotten - 1)
    known = _rows(world, watcher).keys() | {_position(one) for one in watcher.told}
    for one in seen:
        if one.ledger > since and one.sides & addresses and one.position not in known:
            yield one


def _position(event: str) -> int:
    return int(event.split("-")[1])


def put_again(world: "World") -> list[Watcher]:
    """After a copy was put back: those whose service it does not know, which are told from then on only."""
    known = {name for (name,) in world.disk.rows("SELECT id FROM services")}
    lost = [one for one in world.people.watchers.values() if one.service.id not in known]
    for one in lost:
        one.put_in = None
    return lost


def _rows(world: "World", watcher: Watcher) -> dict[int, int]:
    """Position and amount of each callback."""
    found = world.disk.rows("SELECT id, body FROM callbacks WHERE url = ?", watcher.service.callback)
    return {_position(one): parse_amount(loads(body)["value"]["amount"]) for one, body in found}


def _on_ledger(world: "World") -> Iterator[Seen]:
    """From the ledgers as they were closed, whether history has read them or not."""
    kin = f"KIN:{world.chain.issuer.public_key}"
    for closed in world.chain.node.archive:
        for order, applied in enumerate(closed.transactions, 1):
            if not applied.result.successful:
                continue
            for index, operation in enumerate(applied.envelope.operations, 1):
                if operation.type == PAYMENT and asset_text(asset_from_xdr(operation.body.asset)) == kin:
                    position = closed.header.sequence << 32 | order << 12 | index
                    to = address_of(muxed_from_xdr(operation.body.destination)[0])
                    sides = frozenset((address_of(operation.source), to))
                    yield Seen(position, closed.header.sequence, sides, operation.body.amount.int64)


@cache
def _strangers() -> tuple[str, ...]:
    """More addresses than the lists of accounts are read for."""
    return tuple(StrKey.encode_ed25519_public_key(sha256(b"%d" % n).digest()) for n in range(MOST_LISTS + 1))
