"""Lists that must not be taken for a proof, and what cannot be answered: neither is paid twice, and no other waits."""

from dataclasses import replace

import pytest

from kinpay_server.domain.attempt import LEDGERS_VALID
from kinpay_server.domain.outcome import LedgerPayment, LedgerTransaction
from kinpay_server.services import read_overtaking
from kinpay_server.services.ask_ledger import NOTICE_AFTER, REST, UNSEEN
from kinpay_server.services.ports import LedgerUnavailable
from tests.services.conftest import World
from tests.services.test_overtaken import begin, is_left_alone, listed, sent_in_vain


@pytest.mark.gen_test
async def test_what_landed_in_a_hole_of_horizons_history_is_not_paid_again(world: World) -> None:
    """Its number is used, its hash unknown, and its channel's list shows what came before and long after."""
    await begin(world, channels=2)
    await world.post("p")
    await world.submit()
    world.ledger.close()
    world.ledger.history.pop()
    world.pass_ledgers(LEDGERS_VALID + 5)
    listed(world, world.ledger.submitted[0].source, 0)
    world.pass_ledgers(2)
    assert await is_left_alone(world)


@pytest.mark.gen_test
async def test_a_channel_whose_next_number_has_paid_for_root_waits_for_the_watcher(world: World) -> None:
    """It may be the very payment, made by a former life of ours; the watcher records it."""
    attempt = await sent_in_vain(world)
    payment = await world.payments.payment("p")
    assert payment is not None
    world.pass_ledgers(LEDGERS_VALID)
    found = listed(world, attempt.source, attempt.sequence + 1)
    world.ledger.history[world.ledger.history.index(found)] = replace(found, memo="1-app-p")
    world.ledger.without_root.discard(found.hash)
    paid = LedgerPayment(world.signer.root_address, payment.recipient_address, payment.amount)
    world.ledger.contents[found.hash] = [paid]
    for _ in range(2):
        world.pass_time(REST)
        await world.view.refresh()
        await world.ask()
        await world.submit()
        world.ledger.close()
        await world.watch()
    assert len({one.hash for one in world.ledger.submitted}) == 1
    assert await world.status("p") == "succeeded"
    assert await world.open_attempts() == []


@pytest.mark.gen_test
async def test_what_horizon_does_not_answer_keeps_no_other_from_being_asked_about(world: World) -> None:
    await begin(world, channels=8)
    for _ in range(5):
        await world.post()
    world.ledger.takes = lambda attempt: False
    await world.submit()
    numbers = {attempt.source: attempt.sequence for attempt in await world.open_attempts()}
    world.ledger.sequences |= numbers
    world.pass_ledgers(LEDGERS_VALID)
    honest = world.ledger.transactions_of

    async def silent(address: str, cursor: str, limit: int, *, newest_first: bool = False) -> list[LedgerTransaction]:
        if address in numbers:
            raise LedgerUnavailable("504")
        return await honest(address, cursor, limit, newest_first=newest_first)

    world.ledger.transactions_of = silent  # type: ignore[method-assign]
    await world.view.refresh()
    younger = [await world.post() for _ in range(3)]
    await world.submit()
    world.ledger.takes = lambda attempt: True
    for _ in range(6):
        world.pass_time(5_000)  # of a sweep
        await world.ask(limit=5)
        world.ledger.close()
        await world.watch()
    assert [await world.status(payment.id) for payment in younger] == ["succeeded"] * 3


@pytest.mark.gen_test
async def test_what_was_unseen_is_well_again_when_the_watcher_settles_it(world: World) -> None:
    attempt = await sent_in_vain(world)
    world.ledger.sequences[attempt.source] = attempt.sequence
    world.pass_ledgers(LEDGERS_VALID + NOTICE_AFTER + 1)
    assert await is_left_alone(world)
    assert not world.health.checks[UNSEEN].ok
    landed = listed(world, attempt.source, attempt.sequence)
    world.ledger.without_root.discard(landed.hash)
    world.ledger.history[world.ledger.history.index(landed)] = replace(landed, hashes=(attempt.hash,))
    world.ledger.close()
    await world.watch()
    assert await world.status("p") == "succeeded"
    world.pass_time(REST)
    await world.ask()
    assert world.health.checks[UNSEEN].ok


@pytest.mark.gen_test
async def test_a_proof_counts_though_the_list_behind_it_is_too_long_to_be_read(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_overtaking, "PAGE", 3)
    monkeypatch.setattr(read_overtaking, "MOST_PAGES", 2)
    attempt = await sent_in_vain(world)
    used = listed(world, attempt.source, attempt.sequence, world.ledger.ledger + 1)
    for ledger in range(2, 20):
        listed(world, attempt.source, 0, world.ledger.ledger + ledger)
    world.pass_ledgers(LEDGERS_VALID)
    assert await read_overtaking.read_overtaking(world.ledger, attempt) == used


@pytest.mark.gen_test
async def test_a_list_in_which_the_attempt_has_landed_proves_nothing_on_any_later_page(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_overtaking, "PAGE", 3)
    attempt = await sent_in_vain(world)
    landed = listed(world, attempt.source, attempt.sequence, world.ledger.ledger + 1)
    world.ledger.history[world.ledger.history.index(landed)] = replace(landed, hashes=(attempt.hash,))
    for after in range(1, 8):
        listed(world, attempt.source, attempt.sequence + after, world.ledger.ledger + 1 + after)
    world.pass_ledgers(LEDGERS_VALID)
    assert await read_overtaking.read_overtaking(world.ledger, attempt) is None
