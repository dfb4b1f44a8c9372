"""Each end of an attempt is one line in the log, with the payment, the attempt and the channel that it is about."""

from dataclasses import replace
from typing import Any

import pytest
from structlog.testing import capture_logs

from kinpay_server.domain.outcome import Failure, Fault
from kinpay_server.services.settled_lines import log_settlement
from tests.services.conftest import World
from tests.services.fake_ledger import NO_TRUST
from tests.storage.conftest import a_success

UNDERFUNDED = Failure("op_underfunded", Fault.OURS, "the root account has too little KIN", True, 0)
STRANGE = Failure("op_of_the_future", Fault.UNKNOWN, "unknown", True, 0)


def of_payments(logged: list[Any]) -> list[Any]:
    return [line for line in logged if "payment_id" in line or "wallet_address" in line]


async def settled(world: World, failure: Failure | None) -> Any:
    """What is logged once a payment that was sent has landed."""
    await world.begin(channels=1)
    payment = await world.post("p-1")
    if failure:
        world.ledger.fails[payment.id] = failure
    await world.submit()
    world.ledger.close()
    with capture_logs() as logged:
        await world.watch()
    (line,) = of_payments(logged)
    assert line["payment_id"] == "p-1"
    assert line["attempt"] == world.ledger.submitted[0].hash
    assert line["channel"] == 0
    assert line["ledger"] > 0
    return line


@pytest.mark.gen_test
async def test_a_success_is_told_with_its_ledger_and_its_fee(world: World) -> None:
    line = await settled(world, None)
    assert (line["event"], line["log_level"], line["fee"]) == ("payment succeeded", "info", 100)
    assert "reason" not in line


@pytest.mark.gen_test
@pytest.mark.parametrize(
    ("failure", "event", "level"),
    [
        (NO_TRUST, "payment failed", "info"),
        (UNDERFUNDED, "payment waits again", "info"),
        (STRANGE, "payment held", "warning"),
    ],
)
async def test_a_failure_is_told_with_its_code(world: World, failure: Failure, event: str, level: str) -> None:
    line = await settled(world, failure)
    assert (line["event"], line["log_level"], line["reason"]) == (event, level, failure.code)


@pytest.mark.gen_test
async def test_an_attempt_that_is_proven_dead_is_told(world: World) -> None:
    await world.begin(channels=1)
    await world.post("p-1")
    world.ledger.takes = lambda attempt: False
    await world.submit()
    world.pass_ledgers(60)
    world.pass_time()
    with capture_logs() as logged:
        await world.ask()
    (line,) = of_payments(logged)
    assert (line["event"], line["payment_id"]) == ("payment waits again", "p-1")
    assert "not on the ledger" in line["reason"]


@pytest.mark.gen_test
async def test_a_channel_whose_account_is_gone_is_told(world: World) -> None:
    await world.begin(channels=1)
    await world.post("p-1")
    await world.submit()
    (attempt,) = await world.open_attempts()
    success = a_success(attempt)
    assert success.channel is not None
    with capture_logs() as logged:
        log_settlement(replace(success, channel=replace(success.channel, sequence=None)))
    assert [(line["event"], line["channel"]) for line in logged] == [
        ("payment succeeded", 0),
        ("channel retired: its account is gone", 0),
    ]


@pytest.mark.gen_test
async def test_channels_that_were_opened_are_told_by_their_numbers(world: World) -> None:
    await world.begin(channels=0)
    for _ in range(3):
        await world.post()
    await world.open_channels()
    world.ledger.close()
    with capture_logs() as logged:
        await world.watch()
    (line,) = logged
    assert (line["event"], line["opened"], line["purpose"]) == ("channels opened", [0, 1, 2], "open channels")
