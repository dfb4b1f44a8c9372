"""What the ledger shows becomes the state of payments and channels, and callbacks."""

from dataclasses import replace

import pytest

from kinpay_server.domain.outcome import Failure, Fault
from kinpay_server.exact_json import loads
from kinpay_server.services.check_root import AGAIN_AFTER
from kinpay_server.services.held import HELD
from kinpay_server.services.send_attempts import SENDING
from tests.services.conftest import World
from tests.services.fake_ledger import NO_TRUST

UNDERFUNDED = Failure("op_underfunded", Fault.OURS, "the root account has too little KIN", True, 0)
STRANGE = Failure("op_of_the_future", Fault.UNKNOWN, "unknown", True, 0)
NO_ACCOUNT = Failure("tx_no_source_account", Fault.UNKNOWN, "the source is gone", False)


async def submitted(world: World, failure: Failure | None = None) -> str:
    """A payment that was sent and landed, with that failure."""
    await world.begin(channels=1)
    payment = await world.post("p-1", amount=15_000_000)
    if failure:
        world.ledger.fails[payment.id] = failure
    await world.submit()
    world.ledger.close()
    await world.watch()
    return payment.id


@pytest.mark.gen_test
async def test_a_payment_on_the_ledger_has_succeeded_and_is_told_once(world: World) -> None:
    payment_id = await submitted(world)
    payment = await world.payments.payment(payment_id)
    assert payment is not None
    assert payment.status.value == "succeeded"
    (body,) = await world.told()
    told = loads(body)
    assert (told["object"], told["action"], told["state"]) == ("payment", "send", "success")
    assert told["value"] == {
        "id": "p-1",
        "app_id": "app",
        "amount": payment.amount / 10**7,
        "recipient_address": payment.recipient_address,
        "sender_address": world.signer.root_address,
        "transaction_id": world.ledger.submitted[0].hash,
        "timestamp": "2026-11-25T00:00:00Z",
        "status": "succeeded",
    }


@pytest.mark.gen_test
async def test_the_channel_comes_back_with_its_number_used_and_its_fee_paid(world: World) -> None:
    await submitted(world)
    (channel,) = await world.channels.lend_channels(10, world.time)
    assert (channel.sequence, channel.signed, channel.balance) == (1, 1, 5_000_000 - 100)


@pytest.mark.gen_test
async def test_a_channel_that_root_bumped_has_paid_nothing(world: World) -> None:
    await world.begin(channels=1, balance=50)
    await world.post()
    await world.submit()
    world.ledger.close()
    await world.watch()
    (channel,) = await world.channels.lend_channels(10, world.time)
    assert channel.balance == 50


@pytest.mark.gen_test
async def test_the_recipients_fault_is_final_and_told_with_a_reason_and_a_code(world: World) -> None:
    payment_id = await submitted(world, NO_TRUST)
    assert await world.status(payment_id) == "failed"
    (body,) = await world.told()
    assert loads(body) == {
        "object": "payment",
        "state": "fail",
        "action": "send",
        "value": {"id": "p-1", "reason": "the recipient has no trustline for KIN", "code": "op_no_trust"},
    }
    assert world.health.may_send


@pytest.mark.gen_test
async def test_one_payment_that_fails_does_not_touch_the_others(world: World) -> None:
    await world.begin(channels=3)
    posted = [await world.post() for _ in range(3)]
    world.ledger.fails[posted[1].id] = NO_TRUST
    await world.submit()
    world.ledger.close()
    await world.watch()
    assert [await world.status(p.id) for p in posted] == ["succeeded", "failed", "succeeded"]


@pytest.mark.gen_test
async def test_what_is_ours_fails_nothing_the_payment_waits(world: World) -> None:
    payment_id = await submitted(world, UNDERFUNDED)
    assert await world.status(payment_id) == "accepted"
    assert await world.told() == []
    assert not world.health.checks[SENDING].ok


@pytest.mark.gen_test
async def test_a_payment_that_waited_for_us_is_paid_when_it_is_mended(world: World) -> None:
    payment_id = await submitted(world, UNDERFUNDED)
    world.ledger.fails.clear()
    await world.check_root()
    world.pass_time(AGAIN_AFTER)
    await world.check_root()
    await world.submit()
    world.ledger.close()
    await world.watch()
    assert await world.status(payment_id) == "succeeded"
    assert len(world.ledger.paid()) == 1


@pytest.mark.gen_test
async def test_an_unknown_failure_is_held_and_neither_failed_nor_repeated(world: World) -> None:
    payment_id = await submitted(world, STRANGE)
    world.health.good(HELD)
    await world.settlements.release_lost_claims(world.time)
    await world.submit()
    payment = await world.payments.payment(payment_id)
    assert payment is not None
    assert (payment.status.value, payment.reason) == ("submitted", "held: op_of_the_future")
    assert len(world.ledger.submitted) == 1
    assert await world.told() == []


@pytest.mark.gen_test
async def test_a_failure_that_does_not_prove_its_number_used_settles_nothing_until_the_number_does(
    world: World,
) -> None:
    payment_id = await submitted(world, replace(NO_ACCOUNT, fault=Fault.RECIPIENT))
    assert await world.status(payment_id) == "submitted"
    assert len(await world.open_attempts()) == 1
    world.pass_time()
    await world.ask()
    assert await world.status(payment_id) == "failed"


@pytest.mark.gen_test
async def test_a_payment_that_failed_can_be_posted_again_and_is_paid(world: World) -> None:
    await world.begin(channels=1)
    posted = await world.post("p-1")
    world.ledger.fails["p-1"] = NO_TRUST
    await world.submit()
    world.ledger.close()
    await world.watch()
    world.ledger.fails.clear()
    await world.accept(posted)
    await world.submit()
    world.ledger.close()
    await world.watch()
    assert [loads(body)["state"] for body in await world.told()] == ["success"]
    assert len(world.ledger.paid()) == 1
