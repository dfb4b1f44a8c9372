"""What must hold whatever people do."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stellar_sdk import (
    ChangeTrust,
    CreateAccount,
    Keypair,
    ManageBuyOffer,
    ManageSellOffer,
    PathPaymentStrictSend,
    xdr,
)

from kinpay_server.sandbox.core.entries import Account, Offer, Trustline
from kinpay_server.sandbox.core.envelope import from_bytes
from kinpay_server.sandbox.core.header import ALL_COINS
from kinpay_server.sandbox.core.reserves import minimum_balance

PEOPLE = 4
ACTIONS = st.lists(
    st.tuples(
        st.sampled_from(["pay", "xlm", "new", "sell", "buy", "path", "limit"]),
        st.integers(0, PEOPLE - 1),
        st.integers(0, PEOPLE - 1),
        st.integers(1, 60_0000000),
        st.integers(1, 30),
        st.integers(1, 30),
    ),
    max_size=12,
)


def operation(world, people, action):
    kind, _, other, stroops, n, d = action
    amount = f"{stroops / 10**7:.7f}"
    to = people[other].public_key
    if kind == "new":
        return CreateAccount(Keypair.random().public_key, amount)
    if kind == "sell":
        return ManageSellOffer(world.kin, world.xlm, amount, f"{n / d:.4f}" if n / d >= 0.0001 else "1")
    if kind == "buy":
        return ManageBuyOffer(world.xlm, world.kin, amount, f"{n / d:.4f}")
    if kind == "path":
        return PathPaymentStrictSend(to, world.xlm, amount, world.kin, "0.0000001", [])
    if kind == "limit":
        return ChangeTrust(world.kin, amount)
    return world.pay(people[other], amount, xlm=kind == "xlm")


def totals(world):
    entries = world.node.network.state.entries.values()
    xlm = sum(e.balance for e in entries if isinstance(e, Account))
    kin = sum(e.balance for e in entries if isinstance(e, Trustline))
    return xlm + world.node.network.header.fee_pool, kin


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(actions=ACTIONS)
def test_nothing_is_made_or_lost_and_nobody_falls_below_a_reserve(worlds, actions):
    world = worlds()
    people = [world.person(xlm="50", kin="50") for _ in range(PEOPLE)]
    issued = totals(world)[1]
    for action in actions:
        world.submit(world.tx(people[action[1]], operation(world, people, action)))
        world.close()
    assert totals(world) == (ALL_COINS, issued)
    state = world.node.network.state
    for entry in state.entries.values():
        if isinstance(entry, Account) and entry.sequence >> 32 > 2:
            assert entry.balance - entry.selling >= minimum_balance(entry) - 100 * len(actions), "fees may go below"
        if isinstance(entry, Trustline):
            assert 0 <= entry.selling <= entry.balance <= entry.limit - entry.buying
        if isinstance(entry, Offer):
            assert entry.amount > 0
    for record in world.node.history.transactions.page(None, 1000, descending=False):
        raw = record.applied.envelope.raw
        assert xdr.TransactionEnvelope.from_xdr_bytes(raw).to_xdr_bytes() == raw
        assert from_bytes(raw, world.node.network.network_id).hash.hex() == record.hash
