"""Attempts whose number somebody else has used, or whose channel is gone: what may be signed anew, and what never."""

from dataclasses import replace

import pytest
from stellar_sdk import Keypair

from kinpay_server.domain.attempt import LEDGERS_VALID, Attempt
from kinpay_server.domain.channel import LAST_SEQUENCE
from kinpay_server.domain.outcome import Failure, Fault, LedgerPayment, LedgerTransaction
from kinpay_server.domain.wallet import NewWallet
from kinpay_server.exact_json import loads
from kinpay_server.services import read_overtaking
from kinpay_server.services.ask_ledger import NOTICE_AFTER, REST, UNSEEN
from kinpay_server.services.patience import PATIENCE
from kinpay_server.services.settle_payments import CHANNEL_USE
from tests.services.conftest import World
from tests.services.fake_ledger import account


def listed(world: World, source: str, sequence: int, ledger: int | None = None) -> LedgerTransaction:
    """A transaction that nobody here has made and root has no part in, in the list of its source."""
    ledger = ledger or world.ledger.ledger
    token = (ledger << 32) + len(world.ledger.history) + 1
    transaction = LedgerTransaction(
        (f"of another {token}",), ledger, "2026", 100, source, None, None, str(token), source, sequence
    )
    world.ledger.without_root.add(transaction.hash)
    world.ledger.history.append(transaction)
    world.ledger.history.sort(key=lambda one: int(one.paging_token))
    world.ledger.sequences[source] = max(sequence, world.ledger.sequences.get(source, 0))
    return transaction


async def begin(world: World, channels: int) -> None:
    """Start up with channels that have a history."""
    await world.begin(channels=channels)
    for index in range(channels):
        listed(world, world.signer.channel_address(index), 0)


async def sent_in_vain(world: World, *, channels: int = 2) -> Attempt:
    """A payment whose envelope is sent and taken by nobody."""
    await begin(world, channels)
    await world.post("p")
    world.ledger.takes = lambda attempt: False
    await world.submit()
    world.ledger.takes = lambda attempt: True
    return world.ledger.submitted[0]


async def is_paid_by_another(world: World) -> bool:
    """All that the service does by itself comes to this: the ledger has the payment once, by a second envelope."""
    world.pass_time()
    await world.ask()
    await world.submit()
    world.ledger.close()
    await world.watch()
    hashes = {attempt.hash for attempt in world.ledger.submitted}
    return await world.status("p") == "succeeded" and len(hashes) == 2


async def is_left_alone(world: World) -> bool:
    """It stays under way, and nothing is signed anew."""
    for _ in range(3):
        world.pass_time(REST)
        await world.view.refresh()
        await world.watch()
        await world.ask()
        await world.submit()
        world.ledger.close()
    return await world.status("p") == "submitted" and len({one.hash for one in world.ledger.submitted}) == 1


async def channel_states(world: World) -> dict[str, int]:
    """How many channels are in which state."""
    return dict(await world.channels.channel_counts())


@pytest.mark.gen_test
async def test_a_number_that_a_stranger_used_is_noticed_and_his_channel_retired_and_replaced(world: World) -> None:
    attempt = await sent_in_vain(world)
    world.watch.alone_from(world.ledger.ledger)
    world.ledger.close()
    stranger = listed(world, attempt.source, attempt.sequence)
    world.pass_ledgers(LEDGERS_VALID)
    assert await is_paid_by_another(world)
    assert await channel_states(world) == {"free": 1, "retired": 1}
    assert stranger.hash in world.health.checks[CHANNEL_USE].message
    assert world.health.may_send
    assert world.ledger.submitted[-1].source != attempt.source


@pytest.mark.gen_test
async def test_a_number_that_a_former_life_of_ours_went_beyond_is_no_reason_to_retire_its_channel(world: World) -> None:
    """An older copy of the database was put back, which believes open what had expired since."""
    attempt = await sent_in_vain(world)
    world.watch.alone_from(world.ledger.ledger + 2 * LEDGERS_VALID)
    listed(world, attempt.source, attempt.sequence + 1, world.ledger.ledger + 1)
    world.pass_ledgers(LEDGERS_VALID)
    assert await is_paid_by_another(world)
    assert await channel_states(world) == {"free": 2}
    assert CHANNEL_USE not in world.health.checks


@pytest.mark.gen_test
async def test_before_its_bound_has_passed_a_number_that_another_used_proves_nothing(world: World) -> None:
    attempt = await sent_in_vain(world)
    listed(world, attempt.source, attempt.sequence, world.ledger.ledger + 1)
    world.pass_ledgers(LEDGERS_VALID - 6)
    assert await is_left_alone(world)


@pytest.mark.gen_test
async def test_a_number_of_which_nobody_shows_who_used_it_is_said_and_nothing_is_signed_anew(world: World) -> None:
    attempt = await sent_in_vain(world)
    world.ledger.sequences[attempt.source] = attempt.sequence
    world.pass_ledgers(LEDGERS_VALID + NOTICE_AFTER + 1)
    assert await is_left_alone(world)
    assert attempt.hash in world.health.checks[UNSEEN].message
    assert world.health.may_send
    world.ledger.merged.add(attempt.source)
    listed(world, attempt.source, attempt.sequence)
    world.pass_time(REST)
    await world.ask()
    assert world.health.checks[UNSEEN].ok


@pytest.mark.gen_test
async def test_where_horizon_has_forgotten_the_ledgers_of_an_attempt_its_list_proves_nothing(world: World) -> None:
    """The payment was made, and a Horizon that has a short history only shows what came later."""
    world.ledger.elder = world.ledger.ledger - 1
    attempt = await sent_in_vain(world)
    world.ledger.sequences[attempt.source] = attempt.sequence
    world.pass_ledgers(LEDGERS_VALID)
    listed(world, attempt.source, attempt.sequence + 1)
    world.pass_ledgers(1)
    world.ledger.elder = world.ledger.ledger - 2
    assert await is_left_alone(world)


@pytest.mark.gen_test
async def test_a_horizon_with_less_history_than_the_last_one_that_answered_proves_nothing(world: World) -> None:
    attempt = await sent_in_vain(world)
    listed(world, attempt.source, attempt.sequence + 1, world.ledger.ledger + LEDGERS_VALID)
    world.pass_ledgers(LEDGERS_VALID)
    honest = world.ledger.transactions_of

    async def from_two(address: str, cursor: str, limit: int, *, newest_first: bool = False) -> list[LedgerTransaction]:
        page = await honest(address, cursor, limit, newest_first=newest_first)
        return page if newest_first or address != attempt.source else page[1:]

    world.ledger.transactions_of = from_two  # type: ignore[method-assign]
    assert await is_left_alone(world)


@pytest.mark.gen_test
async def test_a_list_is_read_as_far_as_the_attempt_may_have_landed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_overtaking, "PAGE", 3)
    attempt = await sent_in_vain(world)
    for ledger in range(1, 8):
        listed(world, attempt.source, 0, world.ledger.ledger + ledger)
    last = listed(world, attempt.source, attempt.sequence, world.ledger.ledger + 9)
    world.pass_ledgers(LEDGERS_VALID)
    assert await read_overtaking.read_overtaking(world.ledger, attempt) == last
    monkeypatch.setattr(read_overtaking, "MOST_PAGES", 2)
    assert await read_overtaking.read_overtaking(world.ledger, attempt) is None


@pytest.mark.gen_test
async def test_a_page_that_does_not_go_on_where_the_last_one_ended_proves_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes from a Horizon that has forgotten what lies between: the attempt may be there."""
    monkeypatch.setattr(read_overtaking, "PAGE", 3)
    attempt = await sent_in_vain(world)
    newest = world.ledger.ledger
    for ledger in range(1, 8):
        listed(world, attempt.source, 0, newest + ledger)
    for ledger in (9, 10):
        listed(world, attempt.source, attempt.sequence + ledger, newest + ledger)
    world.pass_ledgers(LEDGERS_VALID)
    honest = world.ledger.transactions_of

    async def from_two(address: str, cursor: str, limit: int, *, newest_first: bool = False) -> list[LedgerTransaction]:
        if newest_first or int(cursor) >> 32 <= newest:
            return await honest(address, cursor, limit, newest_first=newest_first)
        return [one for one in await honest(address, cursor, 100) if one.ledger > newest + 8]

    monkeypatch.setattr(world.ledger, "transactions_of", from_two)
    assert await read_overtaking.read_overtaking(world.ledger, attempt) is None


@pytest.mark.gen_test
async def test_a_channel_that_was_merged_is_retired_and_its_payment_made_by_another(world: World) -> None:
    attempt = await sent_in_vain(world)
    merge = listed(world, attempt.source, 0, world.ledger.ledger + 1)
    world.ledger.ends[attempt.source] = {merge.hash}
    world.ledger.merged.add(attempt.source)
    world.pass_ledgers(LEDGERS_VALID)
    assert await is_paid_by_another(world)
    assert await channel_states(world) == {"free": 1, "retired": 1}
    for _ in range(60):
        await world.post()
    for _ in range(5):
        await world.open_channels()
        world.ledger.close()
        await world.watch()
    assert await channel_states(world) == {"free": 40, "retired": 1}


@pytest.mark.gen_test
async def test_what_landed_unseen_before_its_channel_was_merged_is_not_paid_again(world: World) -> None:
    """An account that is gone says nothing of what it did before."""
    await begin(world, channels=1)
    payment = await world.post("p")
    await world.submit()
    world.ledger.close()
    source = world.ledger.submitted[0].source
    merge = listed(world, source, 0, world.ledger.ledger + 1)
    world.ledger.ends[source] = {merge.hash}
    world.ledger.merged.add(source)
    world.pass_ledgers(2 * LEDGERS_VALID)
    world.ledger.list_lag = world.ledger.history_lag = 3 * LEDGERS_VALID
    assert await is_left_alone(world)
    world.ledger.list_lag = world.ledger.history_lag = 0
    world.pass_time(REST)
    await world.ask()
    assert await world.status(payment.id) == "succeeded"
    assert len({attempt.hash for attempt in world.ledger.submitted}) == 1


@pytest.mark.gen_test
async def test_what_failed_before_its_channel_was_merged_is_signed_anew(world: World) -> None:
    """Its failure does not prove that its number was used, but nothing can use it now."""
    attempt = await sent_in_vain(world)
    merge = listed(world, attempt.source, 0, world.ledger.ledger + 1)
    world.ledger.ends[attempt.source] = {merge.hash}
    failed = listed(world, attempt.source, attempt.sequence, world.ledger.ledger + 1)
    world.ledger.history[world.ledger.history.index(failed)] = replace(
        failed, hashes=(attempt.hash,), failure=Failure("tx_no_account", Fault.UNKNOWN, "its source is gone", False)
    )
    world.ledger.merged.add(attempt.source)
    world.pass_ledgers(LEDGERS_VALID)
    assert await is_paid_by_another(world)


@pytest.mark.gen_test
async def test_a_wallet_that_was_created_unseen_before_its_channel_was_merged_is_not_told_as_existing(
    world: World,
) -> None:
    await begin(world, channels=2)
    address = Keypair.random().public_key
    await world.accept_wallet(NewWallet(address, "app", "w", "http://127.0.0.1:1/callback", "r", world.time))
    await world.submit_wallets()
    world.ledger.close()
    source = world.ledger.submitted[0].source
    merge = listed(world, source, 0, world.ledger.ledger + 1)
    world.ledger.ends[source] = {merge.hash}
    world.ledger.merged.add(source)
    world.pass_ledgers(2 * LEDGERS_VALID)
    world.ledger.list_lag = world.ledger.history_lag = 3 * LEDGERS_VALID
    for _ in range(3):
        world.pass_time(REST)
        await world.view.refresh()
        await world.watch()
        await world.ask()
        await world.submit_wallets()
    assert len({attempt.hash for attempt in world.ledger.submitted}) == 1
    world.ledger.list_lag = world.ledger.history_lag = 0
    world.pass_time(REST)
    await world.ask()
    assert [loads(body)["state"] for body in await world.told()] == ["success"]


@pytest.mark.gen_test
async def test_a_channel_that_has_no_more_numbers_is_retired_whoever_took_them(world: World) -> None:
    attempt = await sent_in_vain(world)
    world.watch.alone_from(world.ledger.ledger + 2 * LEDGERS_VALID)
    bump = listed(world, attempt.source, attempt.sequence - 1, world.ledger.ledger + 1)
    world.ledger.ends[attempt.source] = {bump.hash}
    world.ledger.sequences[attempt.source] = LAST_SEQUENCE
    world.pass_ledgers(LEDGERS_VALID)
    assert await is_paid_by_another(world)
    assert await channel_states(world) == {"free": 1, "retired": 1}


@pytest.mark.parametrize(("sequence", "state"), [(LAST_SEQUENCE - 1, "free"), (LAST_SEQUENCE, "retired")])
@pytest.mark.gen_test
async def test_a_channel_that_has_no_more_numbers_is_not_taken_up(world: World, sequence: int, state: str) -> None:
    address = world.signer.channel_address(0)
    world.ledger.accounts[address] = account(address, sequence=sequence)
    await world.open_channels.adopt()
    assert await channel_states(world) == {state: 1}


@pytest.mark.gen_test
async def test_an_opening_that_was_overtaken_by_root_used_by_hand_is_made_again(world: World) -> None:
    """Else root's number is open for ever, there is never a channel, and nothing is ever paid."""
    root = world.signer.root_address
    listed(world, root, 0)
    await world.begin()
    await world.post()
    world.ledger.takes = lambda attempt: False
    await world.open_channels()
    world.ledger.takes = lambda attempt: True
    listed(world, root, 1, world.ledger.ledger + 1)
    world.ledger.accounts[root] = replace(world.ledger.accounts[root], sequence=1)
    world.watch.alone_from(world.ledger.ledger)
    world.pass_ledgers(LEDGERS_VALID)
    world.pass_time(PATIENCE)
    await world.view.refresh()
    await world.ask()
    await world.open_channels()
    world.ledger.close()
    await world.watch()
    assert await channel_states(world) == {"free": 1}
    assert CHANNEL_USE not in world.health.checks


@pytest.mark.gen_test
async def test_what_came_instead_and_cannot_be_read_proves_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempt = await sent_in_vain(world)
    world.pass_ledgers(LEDGERS_VALID)
    found = listed(world, attempt.source, attempt.sequence)
    world.ledger.history[world.ledger.history.index(found)] = replace(found, memo="1-app-p")

    def unreadable(_transaction: LedgerTransaction) -> list[LedgerPayment]:
        raise ValueError("an operation that is newer than this program")

    monkeypatch.setattr(world.ledger, "payments_in", unreadable)
    assert await is_left_alone(world)


@pytest.mark.gen_test
async def test_a_number_that_was_taken_before_the_attempt_was_signed_is_no_riddle(world: World) -> None:
    """A stranger used the channel, others took part in what came then, and nobody here had noticed."""
    attempt = await sent_in_vain(world)
    listed(world, attempt.source, attempt.sequence, attempt.first_ledger - 3)
    world.pass_ledgers(LEDGERS_VALID)
    await world.view.refresh()
    assert await is_paid_by_another(world)


@pytest.mark.gen_test
async def test_what_rests_is_asked_about_again_though_the_clock_was_set_back(world: World) -> None:
    attempt = await sent_in_vain(world)
    world.ledger.sequences[attempt.source] = attempt.sequence  # somebody used it, and nobody shows who
    world.pass_ledgers(LEDGERS_VALID)
    assert await is_left_alone(world)
    listed(world, attempt.source, attempt.sequence)
    world.time -= 3_600_000
    await world.view.refresh()
    assert await is_paid_by_another(world)
