"""Following root's transactions."""

from contextlib import suppress
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from kinpay_server.domain.attempt import LEDGERS_VALID
from kinpay_server.domain.outcome import LedgerPayment, LedgerTransaction
from kinpay_server.services.ports import LedgerUnavailable, NetworkState, StaleSettlement
from kinpay_server.services.send_attempts import STOPPED
from kinpay_server.services.watch_ledger import FAR_BEHIND, LEDGER_BITS, HistoryGap
from tests.services.conftest import World
from tests.services.fake_ledger import account
from tests.services.test_overtaken import begin


def foreign(number: int) -> LedgerTransaction:
    """A transaction of root that is not ours."""
    return LedgerTransaction((f"foreign-{number}",), 1, "2026-11-25T00:00:00Z", 100, "G", None, None, str(number))


@pytest.mark.gen_test
async def test_a_new_database_begins_with_all_that_horizon_has_and_remembers_it(world: World) -> None:
    await world.begin()
    assert await world.settlements.cursor() == "0"


@pytest.mark.gen_test
async def test_a_bumped_payment_is_matched_by_its_inner_hash(world: World) -> None:
    await world.begin(channels=1, balance=0)
    payment = await world.post()
    await world.submit()
    world.ledger.close()
    assert world.ledger.history[0].hashes[0] != world.ledger.submitted[0].hash
    await world.watch()
    assert await world.status(payment.id) == "succeeded"


@pytest.mark.gen_test
async def test_all_pages_are_read_and_the_cursor_moves_with_them(world: World) -> None:
    await world.begin()
    first = (101 << 32) + 1
    world.ledger.ledger = 101
    world.ledger.history.extend(foreign(first + number) for number in range(450))
    assert await world.watch() == 450
    assert await world.settlements.cursor() == str(first + 449)
    assert await world.watch() == 0


@pytest.mark.gen_test
async def test_a_ledger_that_cannot_be_read_leaves_the_cursor_where_it_was(world: World) -> None:
    await world.begin()
    before = await world.settlements.cursor()
    world.ledger.down = True
    with pytest.raises(LedgerUnavailable):
        await world.watch()
    assert await world.settlements.cursor() == before


@pytest.mark.gen_test
async def test_a_page_that_somebody_else_has_settled_in_part_is_read_again(world: World) -> None:
    await world.begin(channels=2)
    posted = [await world.post(), await world.post()]
    await world.submit()
    world.ledger.close()
    settle, meetings = world.settlements.settle, []

    async def meet(*args: object, **kwargs: object) -> None:
        if not meetings:
            meetings.append("met")
            raise StaleSettlement("the sweep was quicker")
        await settle(*args, **kwargs)  # type: ignore[arg-type]

    world.settlements.settle = meet  # type: ignore[method-assign]
    await world.watch()
    assert [await world.status(p.id) for p in posted] == ["succeeded", "succeeded"]
    assert len(await world.told()) == 2


@pytest.mark.gen_test
async def test_watching_twice_tells_once(world: World) -> None:
    await world.begin(channels=1)
    await world.post()
    await world.submit()
    world.ledger.close()
    await world.watch()
    world.watch._cursor = "0"
    await world.watch()
    assert len(await world.told()) == 1


async def long_after(world: World) -> None:
    """As sweeps go on for many ledgers, in which nothing happens."""
    for _ in range(3):
        world.pass_ledgers(FAR_BEHIND)
        await world.view.refresh()
        await world.watch.remember(world.view.state)
        with suppress(LedgerUnavailable):
            await world.watch()


@pytest.mark.gen_test
async def test_how_far_a_quiet_account_was_read_is_remembered(world: World) -> None:
    await world.begin()
    await long_after(world)
    assert int(await world.settlements.cursor() or 0) >> LEDGER_BITS == world.ledger.ledger - 2 * FAR_BEHIND


@pytest.mark.gen_test
async def test_what_a_replica_may_not_show_yet_does_not_count_as_read(world: World) -> None:
    await world.begin()
    for ledgers in (FAR_BEHIND, FAR_BEHIND // 2):
        world.pass_ledgers(ledgers)
        await world.view.refresh()
        await world.watch.remember(world.view.state)
        await world.watch()
    assert await world.settlements.cursor() == "0"


@pytest.mark.gen_test
async def test_what_a_list_that_could_not_be_read_would_have_shown_is_not_skipped(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Horizon's root document answers all the while."""
    await world.begin()

    async def timed_out(*_: object) -> list[LedgerTransaction]:
        raise LedgerUnavailable("the list takes too long")

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(world.ledger, "transactions_of", timed_out)
        world.ledger.history.append(foreign((world.ledger.ledger + 1 << LEDGER_BITS) + 1))
        await long_after(world)
    assert await world.watch() == 1


@pytest.mark.gen_test
@pytest.mark.parametrize(("made_in", "told"), [(50, ["warning"]), (90, []), (95, [])])
async def test_a_new_database_says_when_horizon_has_forgotten_what_root_did_before(
    world: World, made_in: int, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    root, network = world.signer.root_address, world.ledger.network

    async def short() -> NetworkState:
        return replace(await network(), elder_ledger=90)

    monkeypatch.setattr(world.ledger, "network", short)
    world.ledger.accounts[root] = account(root, sequence=(made_in << LEDGER_BITS) + 7)
    with capture_logs() as logs:
        await world.begin()
    assert [one["log_level"] for one in logs if "history begins" in one["event"]] == told


@pytest.mark.parametrize(("elder", "is_gap"), [(101, False), (102, True)])
@pytest.mark.gen_test
async def test_a_history_that_begins_after_the_cursor_is_a_gap_which_nothing_is_sent_across(
    world: World, elder: int, is_gap: bool
) -> None:
    """Ledger 100 was read, so one that begins with 101 lacks nothing."""
    await world.begin()
    await world.settle.landed([], cursor=str((100 << 32) + 7))
    world.ledger.ledger, world.ledger.elder = 200, elder
    state = await world.ledger.network()
    if is_gap:
        with pytest.raises(HistoryGap, match="kinpay reconcile"):
            await world.watch.start(state)
    else:
        assert await world.watch.start(state)


@pytest.mark.gen_test
async def test_a_transaction_that_was_taken_for_dead_and_has_paid_stops_everything(world: World) -> None:
    """By the rules for money it cannot be; should a rule be wrong one day, the ledger is the last word."""
    await begin(world, channels=2)
    posted = await world.post("p")
    world.ledger.takes = lambda attempt: False
    await world.submit()
    world.pass_ledgers(LEDGERS_VALID)
    world.pass_time()
    await world.view.refresh()
    await world.ask()
    assert await world.open_attempts() == []
    await world.submit()
    first, second = world.ledger.submitted
    world.ledger.queue.append(first)
    world.ledger.close()
    paid = LedgerPayment(world.signer.root_address, posted.recipient_address, posted.amount)
    world.ledger.contents[world.ledger.history[-1].hash] = [paid]
    world.ledger.history[-1] = replace(world.ledger.history[-1], memo=posted.memo)
    await world.watch()
    assert not world.health.may_send
    assert first.hash in world.health.checks[STOPPED].message
    assert await world.status("p") == "succeeded"
    assert second.hash != first.hash
