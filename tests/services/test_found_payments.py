"""The ledger is the last word on what was paid, also when the database never heard of it."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from kinpay_server.domain.attempt import LEDGERS_VALID
from kinpay_server.domain.errors import PaymentExists
from kinpay_server.domain.outcome import LedgerPayment, LedgerTransaction
from kinpay_server.domain.payment import NewPayment
from kinpay_server.exact_json import loads
from kinpay_server.services import read_history
from kinpay_server.services.found_payments import MISMATCH
from kinpay_server.services.ports import FoundPayment
from kinpay_server.services.send_attempts import STOPPED
from tests.services.conftest import World
from tests.services.fake_ledger import NO_TRUST
from tests.services.test_start_up import waiting_for_history


def on_ledger(world: World, posted: NewPayment, *, source: str = "G-elsewhere", failed: bool = False) -> None:
    """A payment with that id out of root, made by somebody else."""
    number = len(world.ledger.history) + 1
    transaction = LedgerTransaction(
        (f"elsewhere-{number}",),
        world.ledger.ledger,
        "2026-11-25T00:00:00Z",
        100,
        source,
        NO_TRUST if failed else None,
        memo=posted.memo,
        paging_token=str((world.ledger.ledger << 32) + number),
        source=source,
    )
    world.ledger.history.append(transaction)
    world.ledger.contents[transaction.hash] = [
        LedgerPayment(world.signer.root_address, posted.recipient_address, posted.amount)
    ]


def unposted(world: World) -> NewPayment:
    """What a client will post, or has posted to another life of this service."""
    return NewPayment("lost", "app", 70, world.signer.channel_address(39), "http://127.0.0.1:1/", "r", world.time)


@pytest.mark.gen_test
async def test_an_id_that_the_ledger_shows_as_paid_is_not_paid_when_it_is_posted(world: World) -> None:
    await world.begin(channels=2)
    on_ledger(world, unposted(world))
    await world.watch()
    with pytest.raises(PaymentExists):
        await world.accept(unposted(world))
    await world.submit()
    assert world.ledger.submitted == []
    assert await world.status("lost") == "succeeded"


@pytest.mark.gen_test
async def test_a_new_database_learns_all_that_was_paid_before_it(world: World) -> None:
    on_ledger(world, unposted(world))
    await world.begin(channels=2)
    assert await world.status("lost") == "succeeded"


@pytest.mark.gen_test
async def test_a_failed_transaction_of_somebody_else_pays_nothing(world: World) -> None:
    await world.begin(channels=2)
    on_ledger(world, unposted(world), failed=True)
    await world.watch()
    assert await world.status("lost") == "unknown"


@pytest.mark.gen_test
async def test_a_payment_that_waits_here_and_was_made_elsewhere_is_settled_and_told(world: World) -> None:
    await world.begin(channels=2)
    posted = await world.post("waits")
    on_ledger(world, posted)
    await world.watch()
    await world.submit()
    assert world.ledger.submitted == []
    (body,) = await world.told()
    assert loads(body)["value"]["transaction_id"] == "elsewhere-1"


@pytest.mark.gen_test
async def test_a_payment_that_was_believed_failed_is_settled_by_the_ledger(world: World) -> None:
    await world.begin(channels=2)
    posted = await world.post("p")
    world.ledger.fails["p"] = NO_TRUST
    await world.submit()
    world.ledger.close()
    await world.watch()
    on_ledger(world, posted)
    await world.watch()
    assert await world.status("p") == "succeeded"
    assert [loads(body)["state"] for body in await world.told()] == ["success"]


@pytest.mark.gen_test
async def test_a_payment_that_is_under_way_here_and_made_elsewhere_is_never_sent_again(world: World) -> None:
    await world.begin(channels=2)
    posted = await world.post("p")
    world.ledger.takes = lambda attempt: False
    await world.submit()
    on_ledger(world, posted)
    await world.watch()
    world.pass_ledgers(LEDGERS_VALID)
    world.pass_time()
    await world.ask()
    await world.submit()
    assert len(world.ledger.submitted) == 1
    assert await world.status("p") == "succeeded"
    assert await world.channels.channel_counts() == {"free": 2}
    assert len(await world.told()) == 1


@pytest.mark.gen_test
async def test_a_payment_that_is_on_the_ledger_twice_stops_everything(world: World) -> None:
    await world.begin(channels=2)
    posted = await world.post("p")
    await world.submit()
    on_ledger(world, posted)
    await world.watch()
    world.ledger.close()
    await world.watch()
    assert "twice" in world.health.checks[STOPPED].message
    assert not world.health.may_send
    assert len(await world.told()) == 1


@pytest.mark.gen_test
async def test_a_payment_that_is_posted_while_it_is_being_found_is_told(world: World) -> None:
    await world.begin(channels=2)
    on_ledger(world, unposted(world))
    record = world.settlements.record_found

    async def posted_just_before(found: Sequence[FoundPayment], now: int) -> None:
        await world.accept(unposted(world))
        await record(found, now)

    world.settlements.record_found = posted_just_before  # type: ignore[method-assign]
    await world.watch()
    assert await world.status("lost") == "succeeded"
    assert len(await world.told()) == 1


@pytest.mark.gen_test
async def test_a_payment_that_is_settled_while_it_is_being_found_is_told_once_and_is_there_twice(world: World) -> None:
    await world.begin(channels=2)
    posted = await world.post("p")
    await world.submit()
    on_ledger(world, posted)
    record, whole = world.settlements.record_found, world.ledger.transactions_of

    async def settled_just_before(found: Sequence[FoundPayment], now: int) -> None:
        world.settlements.record_found = record  # type: ignore[method-assign]
        world.ledger.close()
        world.pass_time()
        await world.ask()
        await record(found, now)

    async def one_by_one(address: str, cursor: str, limit: int) -> list[LedgerTransaction]:
        return await whole(address, cursor, 1)

    world.ledger.transactions_of = one_by_one  # type: ignore[method-assign]
    world.settlements.record_found = settled_just_before  # type: ignore[method-assign]
    await world.watch()
    assert len(await world.told()) == 1
    assert "twice" in world.health.checks[STOPPED].message


@pytest.mark.gen_test
async def test_what_somebody_else_pays_once_more_after_it_was_paid_here_stops_everything(world: World) -> None:
    await world.begin(channels=2)
    posted = await world.post("p")
    await world.submit()
    world.ledger.close()
    await world.watch()
    on_ledger(world, posted)
    await world.watch()
    assert "twice" in world.health.checks[STOPPED].message
    assert len(await world.told()) == 1
    payment = await world.payments.payment("p")
    assert payment is not None
    assert payment.transaction_id == world.ledger.submitted[0].hash


@pytest.mark.gen_test
async def test_what_somebody_else_pays_to_root_pays_nothing(world: World) -> None:
    """Whoever pays may write any memo."""
    await world.begin(channels=2)
    on_ledger(world, unposted(world))
    [transaction] = world.ledger.history
    world.ledger.contents[transaction.hash] = [LedgerPayment("G-somebody", world.signer.root_address, 70)]
    await world.watch()
    assert await world.status("lost") == "unknown"


@pytest.mark.gen_test
async def test_another_amount_than_was_asked_for_is_shouted_about(world: World) -> None:
    await world.begin(channels=2)
    posted = await world.post("p")
    on_ledger(world, replace(posted, amount=posted.amount + 1))
    await world.watch()
    assert not world.health.checks[MISMATCH].ok
    assert await world.status("p") == "succeeded"


@pytest.mark.gen_test
async def test_reading_the_same_page_again_after_a_crash_finds_nothing_new(world: World) -> None:
    await world.begin(channels=2)
    on_ledger(world, unposted(world))
    await world.watch()
    world.watch._cursor = "0"
    await world.watch()
    assert await world.status("lost") == "succeeded"
    assert STOPPED not in world.health.checks


@pytest.mark.gen_test
async def test_somebody_else_who_uses_our_channels_stops_everything(world: World) -> None:
    await world.begin(channels=2)
    world.pass_ledgers(LEDGERS_VALID + 1)
    on_ledger(world, unposted(world), source=world.signer.channel_address(1))
    await world.watch()
    assert "second kinpay" in world.health.checks[STOPPED].message
    assert not world.health.may_send


@pytest.mark.gen_test
async def test_a_channel_that_is_merged_into_root_stops_nothing(world: World) -> None:
    """So an operator gets the XLM of an idle channel back."""
    await world.begin(channels=2)
    world.pass_ledgers(LEDGERS_VALID + 1)
    on_ledger(world, unposted(world), source=world.signer.channel_address(1))
    merge = world.ledger.history[-1].hash
    world.ledger.contents.clear()
    world.ledger.without_root.add(merge)
    world.ledger.to_root.add(merge)
    assert await world.watch() == 1
    assert world.health.may_send


@pytest.mark.gen_test
async def test_so_does_somebody_who_uses_a_channel_that_came_after_many_had_been_retired(url: str) -> None:
    world = World(url, max_channels=3)
    await world.begin(channels=20)
    world.pass_ledgers(LEDGERS_VALID + 1)
    on_ledger(world, unposted(world), source=world.signer.channel_address(19))
    await world.watch()
    assert "second kinpay" in world.health.checks[STOPPED].message
    world.database.close()


@pytest.mark.gen_test
async def test_what_our_former_life_had_signed_stops_nothing_when_it_lands_within_its_bounds(world: World) -> None:
    await world.begin(channels=2)
    world.pass_ledgers(LEDGERS_VALID)
    on_ledger(world, unposted(world), source=world.signer.channel_address(1))
    await world.watch()
    assert world.health.may_send
    assert world.watch.newest_unknown == world.ledger.ledger


@pytest.mark.gen_test
async def test_a_database_older_than_the_ledger_waits_until_nothing_signed_before_can_be_alive(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_history, "AGAIN_SECONDS", 0.001)
    on_ledger(world, unposted(world), source=world.signer.channel_address(1))
    starting = asyncio.create_task(world.begin(channels=2))
    await waiting_for_history(world, starting)
    world.pass_ledgers(LEDGERS_VALID - 1)
    await world.is_waited_for(starting)
    world.pass_ledgers(1)
    await starting
    assert world.health.may_send


@pytest.mark.gen_test
@pytest.mark.parametrize("memo", ["1-app-lost", "hello"])
async def test_a_strangers_transaction_that_cannot_be_read_ends_nothing(
    world: World, memo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It pays root, and has an operation that is newer than this program."""
    await world.begin(channels=2)
    on_ledger(world, unposted(world))
    world.ledger.history[-1] = replace(world.ledger.history[-1], memo=memo)

    def newer(_transaction: LedgerTransaction) -> list[LedgerPayment]:
        raise ValueError("27 is not a valid OperationType")

    monkeypatch.setattr(world.ledger, "payments_in", newer)
    assert await world.watch() == 1
    assert await world.status("lost") == "unknown"
    assert (MISMATCH in world.health.checks) == (memo == "1-app-lost")
    assert world.health.may_send
