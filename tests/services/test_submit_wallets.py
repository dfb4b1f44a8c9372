"""Wallets are created as payments are made."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from stellar_sdk import Keypair

from kinpay_server.domain.attempt import LEDGERS_VALID, Purpose
from kinpay_server.domain.outcome import Answer, Failure, Fault, Verdict
from kinpay_server.domain.wallet import NewWallet
from kinpay_server.exact_json import loads
from kinpay_server.services.check_root import AGAIN_AFTER, WALLETS
from tests.services.conftest import STARTING_BALANCE, World
from tests.services.fake_ledger import account

EXISTS = Failure("op_already_exists", Fault.RECIPIENT, "account exists", True, 0)
NO_XLM = Failure("op_underfunded", Fault.OURS, "the paying account has too little", True, 0)
ADDRESS = Keypair.random().public_key


def wallet(
    world: World, request: str = "r1", *, callback: str | None = "http://127.0.0.1:1/", address: str = ADDRESS
) -> NewWallet:
    """A post of a wallet."""
    return NewWallet(address, "app", "w-1", callback, request, world.time)


async def created(world: World) -> None:
    """The wallet was posted and is on the ledger."""
    await world.accept_wallet(wallet(world))
    await world.submit_wallets()
    world.ledger.close()
    await world.watch()


async def told(world: World) -> list[dict[str, Any]]:
    """What was told, as JSON."""
    return [loads(body) for body in await world.told()]


@pytest.mark.gen_test
async def test_a_posted_wallet_is_created_through_a_channel_and_told(world: World) -> None:
    await world.begin(channels=1)
    await created(world)
    (attempt,) = world.ledger.submitted
    assert (attempt.purpose, attempt.wallet_address, attempt.channel) == (Purpose.WALLET, ADDRESS, 0)
    assert await told(world) == [
        {
            "object": "wallet",
            "state": "success",
            "action": "create",
            "value": {"id": "w-1", "wallet_address": ADDRESS},
        }
    ]
    assert await world.channels.channel_counts() == {"free": 1}


@pytest.mark.gen_test
async def test_a_wallet_that_exists_on_the_ledger_is_told_as_account_exists(world: World) -> None:
    await world.begin(channels=1)
    world.ledger.fails[ADDRESS] = EXISTS
    await created(world)
    (event,) = await told(world)
    assert (event["action"], event["state"]) == ("create", "fail")
    assert event["value"] == {
        "id": "w-1",
        "wallet_address": ADDRESS,
        "reason": "account exists",
        "code": "op_already_exists",
    }
    assert world.health.may_send


@pytest.mark.parametrize("fails", [False, True], ids=["created", "existed before"])
@pytest.mark.gen_test
async def test_who_posts_a_wallet_that_is_on_its_way_is_told_of_its_end_too(world: World, fails: bool) -> None:
    await world.begin(channels=1)
    if fails:
        world.ledger.fails[ADDRESS] = EXISTS
    await world.accept_wallet(wallet(world))
    await world.submit_wallets()
    other = replace(wallet(world), id="w-2", callback="http://127.0.0.2:1/")
    third = replace(other, id="w-3")  # by a client that has one request id for all it does
    posts = (("a", other), ("b", other), ("c", replace(other, callback=None)), ("d", wallet(world)), ("a", third))
    for request, post in posts:
        await world.accept_wallet(replace(post, request_id=request))
    world.ledger.close()
    await world.watch()
    events = await told(world)
    assert [one["state"] for one in events] == ["fail" if fails else "success"] * 3
    assert sorted(one["value"]["id"] for one in events) == ["w-1", "w-2", "w-3"]
    assert len(world.ledger.submitted) == 1


@pytest.mark.gen_test
async def test_a_wallet_that_was_created_here_is_told_as_account_exists_when_it_is_posted_again(world: World) -> None:
    await world.begin(channels=1)
    await created(world)
    await world.accept_wallet(wallet(world, "r2"))
    await world.submit_wallets()
    assert len(world.ledger.submitted) == 1
    assert [event["value"].get("reason") for event in await told(world)] == [None, "account exists"]  # type: ignore[attr-defined]


@pytest.mark.gen_test
async def test_the_very_same_post_again_tells_nothing_more(world: World) -> None:
    await world.begin(channels=1)
    await created(world)
    await world.accept_wallet(wallet(world, "r1"))
    await world.accept_wallet(wallet(world, "r2"))
    await world.accept_wallet(wallet(world, "r2"))
    assert len(await told(world)) == 2


@pytest.mark.gen_test
async def test_a_crowd_of_posts_of_one_address_creates_one_wallet(world: World) -> None:
    await world.begin(channels=5)
    await asyncio.gather(*(world.accept_wallet(wallet(world, f"r{number}")) for number in range(50)))
    await asyncio.gather(world.submit_wallets(), world.submit_wallets())
    world.ledger.close()
    await world.watch()
    assert len(world.ledger.submitted) == 1
    assert len(await told(world)) == 1


@pytest.mark.gen_test
async def test_without_a_callback_nothing_is_told(world: World) -> None:
    await world.begin(channels=1)
    await world.accept_wallet(wallet(world, callback=None))
    await world.submit_wallets()
    world.ledger.close()
    await world.watch()
    await world.accept_wallet(wallet(world, "r2", callback=None))
    assert await told(world) == []


@pytest.mark.gen_test
async def test_wallets_that_root_cannot_give_xlm_to_wait_alone_and_cost_no_fees(world: World) -> None:
    await world.begin(channels=4)
    root = world.signer.root_address
    for number in range(3):
        await world.accept_wallet(wallet(world, f"r{number}", address=Keypair.random().public_key))
    world.ledger.accounts[root] = account(root, xlm_spendable=STARTING_BALANCE - 1)
    await world.check_root()
    await world.submit_wallets()
    assert world.ledger.submitted == []
    assert "a new wallet gets 2, and 3 wait" in world.health.checks[WALLETS].message
    payment = await world.post()
    await world.submit()
    assert await world.status(payment.id) == "submitted"
    world.ledger.accounts[root] = account(root, xlm_spendable=2 * STARTING_BALANCE)
    await world.check_root()
    await world.submit_wallets()
    await world.submit_wallets()
    assert [one.purpose for one in world.ledger.submitted] == [Purpose.PAYMENT, Purpose.WALLET, Purpose.WALLET]
    assert world.health.checks[WALLETS].ok


@pytest.mark.gen_test
async def test_a_wallet_waits_while_root_has_no_xlm_and_is_created_later(world: World) -> None:
    await world.begin(channels=1)
    world.ledger.fails[ADDRESS] = NO_XLM
    await created(world)
    assert not world.health.may_send
    assert await told(world) == []
    world.ledger.fails.clear()
    await world.check_root()
    world.pass_time(AGAIN_AFTER)
    await world.check_root()
    await world.submit_wallets()
    world.ledger.close()
    await world.watch()
    assert [event["state"] for event in await told(world)] == ["success"]


@pytest.mark.gen_test
async def test_a_wallet_is_signed_anew_only_after_its_attempt_is_proven_dead(world: World) -> None:
    await world.begin(channels=2)
    await world.accept_wallet(wallet(world))
    world.ledger.answers = lambda attempt: Answer(Verdict.ASK, "http 504")
    world.ledger.takes = lambda attempt: False
    await world.submit_wallets()
    world.pass_time()
    await world.ask()
    await world.submit_wallets()
    assert len({attempt.hash for attempt in world.ledger.submitted}) == 1
    world.pass_ledgers(LEDGERS_VALID)
    world.pass_time()
    await world.ask()
    world.ledger.takes = lambda attempt: True
    await world.submit_wallets()
    world.ledger.close()
    await world.watch()
    assert len({attempt.hash for attempt in world.ledger.submitted}) == 2
    assert [event["state"] for event in await told(world)] == ["success"]


@pytest.mark.gen_test
async def test_a_wallet_that_was_claimed_and_never_signed_is_given_back(world: World) -> None:
    await world.begin(channels=1)
    await world.accept_wallet(wallet(world))
    await world.wallets.claim_wallets(10, world.time)
    assert await world.settlements.release_lost_claims(world.time) == 1
    await world.submit_wallets()
    assert len(world.ledger.submitted) == 1


@pytest.mark.gen_test
async def test_wallets_without_a_free_channel_ask_for_one(world: World) -> None:
    await world.begin()
    await world.accept_wallet(wallet(world))
    await world.submit_wallets()
    assert world.nudge.nudged[-1] == "fund"
    await world.open_channels()
    assert world.ledger.submitted[0].purpose is Purpose.OPEN_CHANNELS


@pytest.mark.gen_test
async def test_who_posted_a_wallet_on_its_way_and_repeats_that_post_after_its_end_is_told_once(world: World) -> None:
    """Clients repeat what is not answered soon, with the same request id; it must not be told as existing before."""
    await world.begin(channels=1)
    await world.accept_wallet(wallet(world))
    await world.submit_wallets()
    other = replace(wallet(world), id="w-2", callback="http://127.0.0.2:1/", request_id="of the other")
    same_request = replace(other, callback="http://127.0.0.3:1/")
    for post in (other, same_request):
        await world.accept_wallet(post)
    world.ledger.close()
    await world.watch()
    await world.accept_wallet(other)
    assert [one["state"] for one in await told(world)] == ["success"] * 3
