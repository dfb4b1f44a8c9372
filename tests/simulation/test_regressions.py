"""What others got wrong, and what this simulation has found: each a scenario by name."""

from collections.abc import Callable
from dataclasses import replace

import orjson
import pytest

from kinpay_server.domain.outcome import Answer, Verdict
from kinpay_server.ledger.connection import HttpAnswer
from kinpay_server.sandbox.core.envelope import decode
from kinpay_server.services.ports import StaleSettlement
from kinpay_server.services.send_attempts import STOPPED
from kinpay_server.services.settle_payments import Seen
from tests.services.conftest import (
    MAX_BID,
    url,  # noqa: F401 - a fixture
)
from tests.services.conftest import World as UnitWorld
from tests.services.conftest import world as unit_world  # noqa: F401 - a fixture
from tests.simulation import horizon
from tests.simulation.plan import Plan, killed_at
from tests.simulation.world import World

QUIET = Plan(seed=1, payments=4, trouble=100, post_until=5)


def played(plan: Plan, **script: object) -> World:
    """A run in which nothing is violated."""
    world = World(plan, **script)  # type: ignore[arg-type]
    outcome = world.run()
    assert outcome.violations == ()
    assert outcome.held == ""
    return world


def attempts_each(world: World) -> list[int]:
    """How many envelopes were ever signed for each payment."""
    query = "SELECT count(*) FROM attempts WHERE purpose = 'payment' GROUP BY payment_id"
    return [count for (count,) in world.disk.rows(query)]


def said_of_applied(world: World) -> set[str]:
    """What core said of transactions that a ledger had already."""
    return {heard.code for heard in world.wire.heard if heard.applied}


def each_answer(world: World, told: Callable[[str, HttpAnswer], HttpAnswer | None]) -> None:
    """While there is trouble, answers are exchanged on their way."""

    def exchanged(text: str, answer: HttpAnswer) -> HttpAnswer | None:
        return told(text, answer) if world.loop.time() < world.plan.trouble else answer

    world.wire.answers = exchanged


def test_nothing_is_signed_anew_after_a_504() -> None:
    def prepare(world: World) -> None:
        network = world.chain.node.network.network_id
        each_answer(world, lambda text, _: horizon.timed_out(decode(text, network)))

    world = played(QUIET, prepare=prepare)
    assert attempts_each(world) == [1] * 4


def test_bad_seq_of_an_applied_payment_is_no_licence_to_sign_anew() -> None:
    world = played(replace(QUIET, ingestion_stops=((20.0, 99.0),), post_until=25, max_channels=4))
    assert "tx_bad_seq" in said_of_applied(world)
    assert attempts_each(world) == [1] * 4


def test_the_hash_of_an_attempt_is_kept_whatever_is_answered() -> None:
    world = played(replace(QUIET, ingestion_stops=((20.0, 99.0),), post_until=25, max_channels=4))
    known = {hash_hex for (hash_hex,) in world.disk.rows("SELECT hash FROM attempts")}
    assert {heard.inner_hash for heard in world.wire.heard} <= known


def test_try_again_later_of_a_payment_that_was_applied_a_moment_ago_changes_nothing() -> None:
    world = played(replace(QUIET, ingestion_stops=((20.0, 60.0),), post_until=25, max_channels=4))
    assert "TRY_AGAIN_LATER" in said_of_applied(world)
    assert attempts_each(world) == [1] * 4


def test_insufficient_fee_of_a_payment_that_was_applied_a_moment_ago_changes_nothing() -> None:
    """History stands still, ledgers fill up, and what is raised was paid long ago."""

    def prepare(world: World) -> None:
        for moment, bid in ((36.0, 150), (60.0, 300), (75.0, 600)):
            world.loop.call_later(moment, world.chain.crowd, world.plan.max_ops, bid)

    plan = replace(QUIET, payments=12, max_channels=4, post_until=90, ingestion_stops=((20.0, 99.0),))
    world = played(plan, prepare=prepare)
    assert "tx_insufficient_fee" in said_of_applied(world)
    assert attempts_each(world) == [1] * 12


def test_a_payment_in_a_fee_bump_is_found_by_its_inner_hash() -> None:
    world = played(replace(QUIET, channel_xlm=0, answer_lost=0.9), crashes=killed_at("after send", "AAAABQ"))
    assert world.crashes == 1
    assert any(t.envelope.is_bump for closed in world.chain.node.archive for t in closed.transactions)
    assert attempts_each(world) == [1] * 4


@pytest.mark.parametrize("seed", range(5))
def test_a_reader_that_is_behind_what_was_submitted_leads_to_nothing_new(seed: int) -> None:
    world = played(replace(QUIET, seed=seed, lags=(0, 3, 9), answer_lost=0.5, answer_unknown=0.5))
    assert attempts_each(world) == [1] * 4


def test_after_a_restored_copy_posting_everything_again_pays_nothing_twice() -> None:
    plan = replace(QUIET, payments=15, post_until=40, trouble=260, restores=((4.0, 135.0),))
    world = played(plan)
    assert world.restores == 1
    assert world.disk.value("SELECT count(*) FROM found_payments") > 5


def test_a_new_database_pays_nothing_twice_either() -> None:
    plan = replace(QUIET, payments=15, post_until=40, trouble=260, restores=((0.0, 135.0),))
    assert played(plan).restores == 1


def test_a_crash_between_writing_attempts_and_sending_them_loses_and_repeats_nothing() -> None:
    world = played(replace(QUIET, payments=8), crashes=killed_at("after commit", "_record"))
    assert world.crashes == 1
    assert set(attempts_each(world)) == {1}


def test_a_crash_between_sending_and_writing_the_answers_loses_and_repeats_nothing() -> None:
    world = played(replace(QUIET, payments=8), crashes=killed_at("before commit", "_note_answers"))
    assert world.crashes == 1
    assert set(attempts_each(world)) == {1}


def test_a_crash_between_a_callback_and_writing_that_it_arrived_repeats_it() -> None:
    world = played(QUIET, crashes=killed_at("after callback", "payment"))
    told = [one.id for story in world.people.stories.values() for one in story.told]
    assert len(told) == len(set(told)) + 1


def test_an_answer_that_was_cut_off_stops_nobody() -> None:
    """Found by a run: half of an answer with status 400 was taken for something that nobody understands."""

    def half(text: str, answer: HttpAnswer) -> HttpAnswer:
        return HttpAnswer(400, answer.headers, orjson.dumps({"tx_status": "ERROR"})[:9])

    played(QUIET, prepare=lambda world: each_answer(world, half))


@pytest.mark.parametrize("seed", range(5))
def test_a_full_disk_during_the_start_ends_nothing(seed: int) -> None:
    """Found by a run: the process ended."""
    played(replace(QUIET, seed=seed, disk_full=0.3, trouble=40))


@pytest.mark.gen_test
async def test_a_payment_that_watcher_and_sweep_settle_at_once_is_not_on_the_ledger_twice(
    unit_world: UnitWorld,  # noqa: F811
) -> None:
    """Found by a run: the watcher had matched the attempt, then the sweep settled it, and everything was stopped."""
    world = unit_world
    await world.begin(channels=1)
    await world.post("p")
    await world.submit()
    [matched] = await world.open_attempts()
    world.ledger.close()
    await world.watch()
    assert await world.status("p") == "succeeded"
    with pytest.raises(StaleSettlement):
        await world.settle.landed([Seen(matched, world.ledger.history[-1])])
    assert STOPPED not in world.health.checks


@pytest.mark.gen_test
async def test_a_bump_of_many_operations_bids_within_the_cap(unit_world: UnitWorld) -> None:  # noqa: F811
    """Found by a run: the fee of a whole opening was bid for each of its operations."""
    world = unit_world
    await world.begin(channels=1)
    await world.post("p")
    await world.submit()
    [attempt] = await world.open_attempts()
    world.ledger.answers = lambda attempt: Answer(Verdict.CHANNEL_SHORT, "tx_insufficient_balance")
    await world.send([replace(attempt, fee=57 * MAX_BID)])
    assert world.ledger.submitted[-1].bump_bid == MAX_BID
