"""Nothing new is signed before the ledger has told what became of what was sent before."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from stellar_sdk import Keypair

from kinpay_server.domain.attempt import LEDGERS_VALID, Attempt
from kinpay_server.domain.outcome import LedgerPayment, LedgerTransaction
from kinpay_server.domain.payment import NewPayment
from kinpay_server.domain.wallet import NewWallet
from kinpay_server.services import read_history, start_up
from kinpay_server.services.network_view import WrongNetwork
from kinpay_server.services.ports import AccountState
from tests.services.conftest import World
from tests.services.fake_ledger import account


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """No long waits between two tries."""
    monkeypatch.setattr(start_up, "AGAIN_SECONDS", 0.001)
    monkeypatch.setattr(read_history, "AGAIN_SECONDS", 0.001)


def reborn(before: World, url: str) -> World:
    """The service after a crash: the same database, the same ledger, the same keys."""
    after = World(url)
    after.signer, after.ledger, after.time = before.signer, before.ledger, before.time
    after.witness = before.witness
    after._wire(40)
    return after


def of_root(world: World, ledger: int, paid: NewPayment | None = None) -> None:
    """A transaction in root's list, by which it has paid that, or something else."""
    token = str((ledger << 32) + 1)
    one = LedgerTransaction((f"former {token}",), ledger, "2026", 100, "G", None, paid and paid.memo, token, "G", 5)
    world.ledger.history.append(one)
    if paid:
        payment = LedgerPayment(world.signer.root_address, paid.recipient_address, paid.amount)
        world.ledger.contents[one.hash] = [payment]


@pytest.mark.gen_test
async def test_what_landed_while_the_service_was_dead_is_settled_before_anything_is_sent(
    world: World, url: str, quick: None
) -> None:
    await world.begin(channels=2)
    payment = await world.post()
    await world.submit()
    world.ledger.close()
    after = reborn(world, url)
    closing_ledgers = asyncio.create_task(keep_closing(after))
    await after.begin()
    closing_ledgers.cancel()
    assert await after.status(payment.id) == "succeeded"
    await after.submit()
    assert len(after.ledger.submitted) == 1
    after.database.close()


@pytest.mark.gen_test
async def test_a_history_that_stands_still_keeps_everything_from_being_signed(
    world: World, url: str, quick: None
) -> None:
    await world.begin(channels=2)
    after = reborn(world, url)
    after.ledger.history_lag = 5
    starting = asyncio.create_task(after.begin())
    await waiting_for_history(after, starting)
    await after.is_waited_for(starting)
    await after.post()
    await after.submit()
    assert not starting.done()
    assert "waiting for history" in after.health.checks["start"].message
    assert after.ledger.submitted == []
    after.ledger.history_lag = 0
    after.pass_ledgers(1)
    await starting
    await after.submit()
    assert len(after.ledger.submitted) == 1
    after.database.close()


@pytest.mark.gen_test
async def test_a_claim_that_was_never_signed_is_given_back(world: World, url: str, quick: None) -> None:
    await world.begin(channels=1)
    payment = await world.post()
    await world.submissions.claim(10, world.time)
    assert await world.status(payment.id) == "submitted"
    after = reborn(world, url)
    closing_ledgers = asyncio.create_task(keep_closing(after))
    await after.begin()
    closing_ledgers.cancel()
    assert await after.status(payment.id) == "accepted"
    assert await after.channels.channel_counts() == {"free": 1}
    after.database.close()


@pytest.mark.gen_test
async def test_an_unreachable_horizon_is_waited_for_and_said(world: World, quick: None) -> None:
    world.ledger.down = True
    await world.view.refresh()
    starting = asyncio.create_task(world.start_up())
    await world.is_waited_for(starting)
    assert not world.health.may_send
    assert "Horizon" in world.health.checks["horizon"].message
    world.ledger.down = False
    await starting
    assert world.health.may_send


@pytest.mark.gen_test
async def test_another_network_is_refused(world: World) -> None:
    world.ledger.passphrase = "Public Global Stellar Network ; September 2015"
    with pytest.raises(WrongNetwork, match="Public Global"):
        await world.view.refresh()


@pytest.mark.gen_test
async def test_channels_that_root_sponsors_already_are_taken_up(world: World, quick: None) -> None:
    address = world.signer.channel_address(7)
    world.ledger.accounts[address] = account(address, sequence=99, xlm_spendable=123)
    closing_ledgers = asyncio.create_task(keep_closing(world))
    await world.begin()
    closing_ledgers.cancel()
    (channel,) = await world.channels.lend_channels(10, world.time)
    assert (channel.index, channel.sequence, channel.balance) == (7, 99, 123)


@pytest.mark.parametrize("sponsored", [True, False])
@pytest.mark.gen_test
async def test_a_new_database_beside_channels_that_it_did_not_open_waits_like_an_older_one(
    world: World, quick: None, sponsored: bool
) -> None:
    """Another database was lost, or the old service was replaced, whose channels have reserves of their own.

    The first payments by these channels may be on their way, and history is empty.
    """
    address = world.signer.channel_address(3)
    world.ledger.accounts[address] = account(address)
    if not sponsored:
        world.ledger.unsponsored.add(address)
    starting = asyncio.create_task(world.begin())
    await waiting_for_history(world, starting)
    world.pass_ledgers(LEDGERS_VALID - 1)
    await world.is_waited_for(starting)
    world.pass_ledgers(1)
    await starting


@pytest.mark.gen_test
async def test_channels_that_the_operator_had_opened_before_the_first_start_keep_nobody_waiting(world: World) -> None:
    address = world.signer.channel_address(0)
    world.ledger.accounts[address] = account(address)
    await world.begin(channels=1)
    assert world.health.may_send


@pytest.mark.gen_test
async def test_a_horizon_that_fails_while_the_ledger_is_waited_for_does_not_begin_the_waiting_anew(
    world: World, url: str, quick: None
) -> None:
    await world.begin(channels=2)
    after = reborn(world, url)
    after.pass_time(start_up.MOMENTS + 1)
    starting = asyncio.create_task(after.begin())
    await waiting_for_history(after, starting)
    after.pass_ledgers(LEDGERS_VALID - 1)
    after.ledger.down = True
    await after.is_waited_for(starting)
    after.ledger.down = False
    after.pass_ledgers(1)
    await starting
    after.database.close()


@pytest.mark.gen_test
async def test_numbers_of_channels_come_from_no_replica_that_is_behind(world: World, url: str, quick: None) -> None:
    """With a number that is used already nothing could ever be sent, or proven dead."""
    address = world.signer.channel_address(0)
    await world.begin(channels=1)
    after = reborn(world, url)
    shown = [account(address, sequence=7), account(address, ledger=1000, sequence=9)]

    async def by_replicas(sponsor: str) -> list[AccountState]:
        return [shown.pop(0) if len(shown) > 1 else shown[0]]

    after.ledger.sponsored_accounts = by_replicas  # type: ignore[method-assign]
    closing_ledgers = asyncio.create_task(keep_closing(after))
    await after.begin()
    closing_ledgers.cancel()
    [channel] = await after.channels.free_channels()
    assert channel.sequence == 9
    after.database.close()


@pytest.mark.gen_test
async def test_after_a_longer_rest_nothing_is_signed_while_older_envelopes_may_be_alive(
    world: World, url: str, quick: None
) -> None:
    await world.begin(channels=2)
    after = reborn(world, url)
    after.pass_time(start_up.MOMENTS + 1)
    starting = asyncio.create_task(after.begin())
    await waiting_for_history(after, starting)
    after.pass_ledgers(LEDGERS_VALID - 1)
    await after.is_waited_for(starting)
    after.pass_ledgers(1)
    await starting
    after.database.close()


@pytest.mark.parametrize("said", [None, "the hash of an attempt that is not in this copy"])
@pytest.mark.gen_test
async def test_a_copy_that_does_not_know_what_was_signed_last_is_an_older_one_however_young_it_is(
    world: World, url: str, quick: None, said: str | None
) -> None:
    await world.begin(channels=2)
    after = reborn(world, url)
    after.witness.said = said
    starting = asyncio.create_task(after.begin())
    await waiting_for_history(after, starting)
    after.pass_ledgers(LEDGERS_VALID - 1)
    await after.is_waited_for(starting)
    after.pass_ledgers(1)
    await starting
    assert after.witness.said == "nothing"
    after.database.close()


@pytest.mark.gen_test
async def test_what_was_signed_last_is_witnessed_outside_of_the_database_before_it_is_sent(world: World) -> None:
    await world.begin(channels=1)
    witnessed: list[str | None] = []
    world.ledger.before_submit = lambda attempts: witnessed.append(world.witness.said)
    await world.post()
    await world.submit()
    assert witnessed == [world.ledger.submitted[0].hash]


@pytest.mark.gen_test
async def test_what_was_committed_last_is_witnessed_last_when_payments_and_wallets_are_written_at_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.begin(channels=2)
    committed, go_on = asyncio.Event(), asyncio.Event()
    record = world.submissions.record_attempts

    async def slow(attempts: Sequence[Attempt]) -> None:
        await record(attempts)
        committed.set()
        await go_on.wait()

    monkeypatch.setattr(world.submissions, "record_attempts", slow)
    await world.post()
    await world.accept_wallet(NewWallet(Keypair.random().public_key, "app", None, None, "r", world.time))
    payments = asyncio.create_task(world.submit())
    await committed.wait()
    wallets = asyncio.create_task(world.submit_wallets())
    await asyncio.sleep(0.1)
    assert len(await world.open_attempts()) == 1
    go_on.set()
    await asyncio.gather(payments, wallets)
    assert world.witness.said == world.ledger.submitted[-1].hash


async def waiting_for_history(world: World, starting: "asyncio.Task[None]") -> None:
    """Return once the start waits; it must not come to its end."""
    while "waiting for history" not in world.health.checks["start"].message:
        assert not starting.done()
        await asyncio.sleep(0.001)


async def keep_closing(world: World) -> None:
    """Ledgers go on closing."""
    while True:
        await asyncio.sleep(0.001)
        world.ledger.close()


@pytest.mark.parametrize("begins", [1, 200])
@pytest.mark.gen_test
async def test_a_replica_whose_history_begins_later_hides_nothing_that_was_paid(
    world: World, url: str, quick: None, monkeypatch: pytest.MonkeyPatch, begins: int
) -> None:
    """The root document is of a Horizon with all history, root's list of one without: an older copy was put back."""
    await world.begin(channels=1)
    of_root(world, 101)
    world.ledger.ledger = 101
    await world.watch()
    payment = await world.post("p")  # here the copy is made
    of_root(world, 150, payment)
    of_root(world, 210)
    world.ledger.ledger = 210
    root = world.signer.root_address
    world.ledger.accounts[root] = replace(world.ledger.accounts[root], kin_changed=210)
    after = reborn(world, url)
    after.witness.said = "a hash that the copy does not know"
    shown = after.ledger.transactions_of

    async def of_the_other(*asked: Any, **named: Any) -> list[LedgerTransaction]:
        after.ledger.elder = begins
        try:
            return await shown(*asked, **named)
        finally:
            after.ledger.elder = 1

    monkeypatch.setattr(after.ledger, "transactions_of", of_the_other)
    starting = asyncio.create_task(after.begin())
    for _ in range(LEDGERS_VALID + 5):
        after.pass_ledgers(1)
        await asyncio.sleep(0.005)
    if begins > 101:
        assert "does the history of one begin later?" in after.health.checks["start"].message
        assert not starting.done()
        starting.cancel()
    else:
        await starting
        await after.submit()
        assert await after.status("p") == "succeeded"
    assert after.ledger.submitted == []
    after.database.close()


@pytest.mark.gen_test
async def test_a_young_copy_from_another_machine_waits_for_what_was_signed_there(
    world: World, url: str, quick: None
) -> None:
    """Whatever the file of the witness here says: it is of another service, or of an earlier time here."""
    await world.begin(channels=1)
    await world.settlements.beat(world.time)
    after = reborn(world, url)
    after.witness.name = "of another machine"
    starting = asyncio.create_task(after.begin())
    await waiting_for_history(after, starting)
    after.pass_ledgers(LEDGERS_VALID - 1)
    await after.is_waited_for(starting)
    after.pass_ledgers(1)
    await starting
    assert await after.settlements.known_witness() == "of another machine"
    after.database.close()
