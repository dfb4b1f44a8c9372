"""A held wallet is tried again only with the proof that none of its attempts has created it."""

from dataclasses import replace

import pytest
from stellar_sdk import Keypair

from kinpay_server.domain.attempt import LEDGERS_VALID, AttemptState
from kinpay_server.domain.outcome import Answer, Failure, Fault, Verdict
from kinpay_server.domain.wallet import NewWallet
from kinpay_server.services.ports import LedgerUnavailable
from kinpay_server.services.refusals import Refused
from kinpay_server.services.retry_wallet import RetryWallet
from kinpay_server.services.wallet_story import sentences, standing, wallet_story
from kinpay_server.storage.wallet_stories import WalletStories
from tests.services.conftest import World
from tests.services.fake_ledger import PASSPHRASE

STRANGE = Failure("op_strange", Fault.UNKNOWN, "nobody knows", True, 0)
ADDRESS = Keypair.random().public_key


async def post(world: World) -> None:
    await world.accept_wallet(NewWallet(ADDRESS, "app", "w-1", "http://127.0.0.1:1/", "r1", world.time))


async def held(world: World) -> None:
    """The wallet failed on the ledger in a way that nobody understands."""
    await world.begin(channels=2)
    world.ledger.fails[ADDRESS] = STRANGE
    await post(world)
    await world.submit_wallets()
    world.ledger.close()
    await world.watch()
    world.ledger.fails.clear()


def stories(world: World) -> WalletStories:
    return WalletStories(world.database)


async def retry(world: World) -> None:
    await RetryWallet(stories(world), world.ledger, passphrase=PASSPHRASE, clock=lambda: world.time)(ADDRESS)


async def refusal(world: World) -> str:
    """Why it is not tried again; nothing has changed then."""
    before = await stories(world).story(ADDRESS)
    with pytest.raises(Refused) as caught:
        await retry(world)
    assert await stories(world).story(ADDRESS) == before
    return str(caught.value)


@pytest.mark.gen_test
async def test_a_held_wallet_is_tried_again_and_created_once(world: World) -> None:
    await held(world)
    await retry(world)
    world.health.checks.clear()  # as after a restart
    await world.submit_wallets()
    world.ledger.close()
    await world.watch()
    story = await wallet_story(stories(world), ADDRESS)
    assert [one.successful for one in story.attempts] == [False, True]
    assert standing(story) == "It is created."
    assert len(await world.told()) == 1


@pytest.mark.gen_test
async def test_the_story_of_a_held_wallet_says_what_to_do(world: World) -> None:
    await held(world)
    story = await wallet_story(stories(world), ADDRESS)
    assert story.held
    assert f"held: op_strange. Once the cause is mended, `kinpay wallets retry {ADDRESS}`" in standing(story)
    told = " ".join(sentence.text for sentence in sentences(story))
    assert "Posted by app as w-1" in told
    assert "Attempt 1 failed on the ledger" in told


@pytest.mark.gen_test
async def test_one_whose_attempt_is_on_the_ledger_after_all_is_not_tried_again(world: World) -> None:
    await held(world)
    world.ledger.history = [replace(one, failure=None) for one in world.ledger.history]
    assert "is created: transaction" in await refusal(world)


@pytest.mark.gen_test
async def test_a_horizon_that_does_not_show_the_failure_proves_nothing(world: World) -> None:
    await held(world)
    world.ledger.history.clear()
    assert "does not show transaction" in await refusal(world)


@pytest.mark.gen_test
async def test_an_attempt_that_was_proven_dead_needs_not_be_shown(world: World) -> None:
    await world.begin(channels=2)
    world.ledger.takes = lambda attempt: False
    world.ledger.answers = lambda attempt: Answer(Verdict.ASK, "http 504")
    await post(world)
    await world.submit_wallets()
    world.pass_ledgers(LEDGERS_VALID)
    world.pass_time()
    await world.ask()
    world.ledger.takes = lambda attempt: True
    world.ledger.fails[ADDRESS] = STRANGE
    await world.submit_wallets()
    world.ledger.close()
    await world.watch()
    story = await wallet_story(stories(world), ADDRESS)
    assert [one.attempt.state for one in story.attempts] == [AttemptState.EXPIRED, AttemptState.LANDED]
    await retry(world)
    assert standing(await wallet_story(stories(world), ADDRESS)) == "It waits to be signed and sent."


@pytest.mark.gen_test
async def test_one_that_is_on_its_way_is_not_tried_again(world: World) -> None:
    await world.begin(channels=1)
    await post(world)
    assert "accepted and not held" in await refusal(world)
    await world.submit_wallets()
    assert "may still land" in await refusal(world)
    world.ledger.close()
    await world.watch()
    assert "created and not held" in await refusal(world)


@pytest.mark.gen_test
async def test_a_horizon_of_another_network_or_that_is_silent_decides_nothing(world: World) -> None:
    await held(world)
    world.ledger.passphrase = "another"
    assert "another" in await refusal(world)
    world.ledger.down = True
    with pytest.raises(LedgerUnavailable):
        await retry(world)


@pytest.mark.gen_test
async def test_what_changed_since_it_was_judged_is_left_as_it_is(world: World) -> None:
    await held(world)
    assert not await stories(world).accept_again(ADDRESS, "held: another reason", world.time)
    assert await stories(world).accept_again(ADDRESS, "held: op_strange", world.time)
    assert not await stories(world).accept_again(ADDRESS, "held: op_strange", world.time)
    await world.submit_wallets()
    assert not await stories(world).accept_again(ADDRESS, "held: op_strange", world.time)


@pytest.mark.gen_test
async def test_an_address_that_was_never_posted_is_told(world: World) -> None:
    with pytest.raises(Refused, match="was posted here"):
        await retry(world)
