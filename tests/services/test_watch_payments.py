"""Watching payments: each one that a service watches is told it once, whatever is killed, late or changed."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from kinpay_server.domain.errors import ServiceNotFound, Unavailable
from kinpay_server.domain.watch import PaymentWatch, end_of_ledger
from kinpay_server.services import read_network, watch_payments
from kinpay_server.services.read_accounts import MARGIN
from kinpay_server.services.reading_plan import MOST_LISTS
from tests.services.test_request_pace import Left
from tests.services.watching import HOUR, Watching

MANY = [f"stranger {number}" for number in range(MOST_LISTS)]
"""With one more, the network's list is read."""

BOTH_WAYS = pytest.mark.parametrize("more", [[], MANY], ids=["the accounts' lists", "the network's list"])


@pytest.fixture
def watching(url: str) -> Iterator[Watching]:
    watching = Watching(url)
    yield watching
    watching.database.close()


def transactions(*payments: Any) -> list[str]:
    return [payment.transaction_id for payment in payments]


@BOTH_WAYS
@pytest.mark.gen_test
async def test_a_watched_payment_is_told_once_to_each_service_whichever_side_it_watches(
    watching: Watching, more: list[str]
) -> None:
    await watching.put("both", "alice", "bob", *more)
    await watching.put("sender", "alice")
    await watching.put("recipient", "bob")
    payment = watching.ledger.paid("alice", "bob")
    watching.ledger.paid("carol", "dave")
    for _ in range(3):
        await watching.poll()
    for service in ("both", "sender", "recipient"):
        assert await watching.told(service) == transactions(payment)
    assert watching.nudge.delivered == 1


@BOTH_WAYS
@pytest.mark.gen_test
async def test_a_payment_whose_memo_is_not_ours_is_told_with_null_ids_to_permanent_watchers_only(
    watching: Watching, more: list[str]
) -> None:
    await watching.put("shop", "bob", *more)
    await watching.put("bank")
    await watching.put_watch("bank", "bob", "p-1")
    watching.ledger.paid("alice", "bob", memo="thanks")
    await watching.poll()
    assert await watching.told("bank") == []
    rows = await watching.database.read(lambda c: c.exec_driver_sql("SELECT body FROM callbacks").all())
    [value] = [json.loads(body)["value"] for (body,) in rows]
    assert (value["id"], value["app_id"]) == (None, None)


@BOTH_WAYS
@pytest.mark.gen_test
async def test_a_temporary_watch_is_told_until_watch_expiry_has_passed_and_a_new_put_starts_it_anew(
    watching: Watching, more: list[str]
) -> None:
    await watching.put("shop", *more)
    await watching.put_watch("shop", "bob", "p-1")
    first = watching.ledger.paid("alice", "bob", memo="1-app-p-1")
    watching.ledger.paid("alice", "bob", memo="1-app-p-2")
    watching.ledger.paid("alice", "carol", memo="1-app-p-1")
    await watching.poll()
    watching.ledger.close(HOUR // 5000 - 10)
    await watching.put_watch("shop", "bob", "p-1")
    watching.ledger.close(100)
    second = watching.ledger.paid("bob", "alice", memo="1-app-p-1")
    await watching.poll()
    watching.ledger.close(HOUR // 5000)
    watching.ledger.paid("alice", "bob", memo="1-app-p-1")
    await watching.poll()
    assert await watching.told("shop") == transactions(first, second)


@BOTH_WAYS
@pytest.mark.gen_test
async def test_a_temporary_watch_that_ended_while_the_service_was_down_is_told_of_what_came_before(
    watching: Watching, more: list[str]
) -> None:
    await watching.put("shop", *more)
    await watching.put_watch("shop", "bob", "p-1")
    await watching.poll()
    before = watching.ledger.paid("alice", "bob", memo="1-app-p-1")
    watching.ledger.close(2 * HOUR // 5000)
    watching.ledger.paid("alice", "bob", memo="1-app-p-1")
    watching.restart()
    await watching.poll()
    assert await watching.told("shop") == transactions(before)


@BOTH_WAYS
@pytest.mark.gen_test
async def test_nothing_is_read_while_nobody_watches_anything_and_a_new_watch_starts_from_now(
    watching: Watching, more: list[str]
) -> None:
    watching.ledger.paid("alice", "bob")
    await watching.poll()
    await watching.put("shop")
    await watching.poll()
    assert (watching.ledger.asked, watching.says) == ([], "nobody watches anything")
    watching.ledger.paid("alice", "bob")
    await watching.put("shop", "bob", *more)
    payment = watching.ledger.paid("alice", "bob")
    await watching.poll()
    assert await watching.told("shop") == transactions(payment)
    await watching.services.delete_service("shop", watching.clock())
    watching.ledger.close(MARGIN)
    await watching.poll()
    watching.ledger.asked.clear()
    watching.ledger.paid("alice", "bob")
    await watching.poll()
    assert (watching.ledger.asked, watching.says) == ([], "nobody watches anything")
    await watching.put("shop", "bob", *more)
    await watching.poll()
    assert await watching.told("shop") == transactions(payment)


@pytest.mark.gen_test
async def test_reading_ends_when_the_last_temporary_watch_has_ended(watching: Watching) -> None:
    await watching.put("shop")
    await watching.put_watch("shop", "bob", "p-1")
    await watching.poll()
    watching.ledger.close(HOUR // 5000 + 20)
    await watching.poll()
    watching.ledger.close(20)
    await watching.poll()
    assert watching.says == "nobody watches anything"


@BOTH_WAYS
@pytest.mark.gen_test
async def test_what_is_put_while_a_page_is_on_its_way_is_told_of_what_is_in_it(
    watching: Watching, more: list[str]
) -> None:
    await watching.put("shop", "alice", *more)
    ask = watching.ledger.payments_of

    async def slow(address: str | None, position: int, limit: int) -> Any:
        await watching.put("bank", "bob")
        paid.append(watching.ledger.paid("carol", "bob"))
        return await ask(address, position, limit)

    paid: list[Any] = []
    watching.ledger.payments_of = slow  # type: ignore[method-assign]
    await watching.poll()
    watching.ledger.payments_of = ask  # type: ignore[method-assign]
    await watching.poll()
    assert await watching.told("bank") == transactions(*paid) != []


@BOTH_WAYS
@pytest.mark.gen_test
async def test_a_removal_that_was_answered_is_a_removal(watching: Watching, more: list[str]) -> None:
    await watching.put("shop", "bob", *more)
    await watching.put("bank", "bob")
    await watching.put_watch("bank", "alice", "p-1")
    await watching.poll()
    await watching.put("bank")
    await watching.services.delete_watch(PaymentWatch("bank", "alice", "p-1"), watching.clock())
    watching.ledger.paid("alice", "bob", memo="1-app-p-1")
    await watching.poll()
    assert (await watching.told("bank"), len(await watching.told("shop"))) == ([], 1)


@BOTH_WAYS
@pytest.mark.gen_test
async def test_a_gap_of_hours_is_caught_up_in_order_with_a_line_in_the_log(
    watching: Watching, more: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_network, "PAGE", 7)
    monkeypatch.setattr("kinpay_server.services.read_accounts.PAGE", 7)
    monkeypatch.setattr(read_network, "MOST_PAGES", 2)
    await watching.put("shop", "alice", "bob", "carol", *more)
    await watching.poll()
    paid = []
    for number in range(60):
        pairs = [("alice", "bob"), ("dave", "carol"), ("dave", "bob"), ("bob", "carol")]
        paid += [watching.ledger.pay(*pairs[(number + at) % 4]) for at in range(1 + number % 3)]
        watching.ledger.close(100)
    watching.restart()
    with structlog.testing.capture_logs() as logs:
        await watching.poll()
    assert await watching.told("shop") == transactions(*paid)
    said = [line for line in logs if line["event"].startswith(("catching up", "caught up"))]
    assert said[0]["event"] == "catching up with watched payments"
    assert said[0]["ledgers_left"] > 5000
    assert said[0]["seconds_behind"] > 25_000
    assert said[-1]["event"] == "caught up with watched payments"
    way = "the network's list for" if more else "the lists of"
    assert f"0 ledgers (0 s) behind, reading {way}" in watching.says


@BOTH_WAYS
@pytest.mark.parametrize("dies", ["before the commit", "after it"])
@pytest.mark.gen_test
async def test_each_payment_is_told_once_wherever_the_process_dies(
    watching: Watching, more: list[str], dies: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_network, "PAGE", 2)
    await watching.put("shop", "bob", *more)
    paid = []
    for _ in range(6):
        paid.append(watching.ledger.paid("alice", "bob"))
        tell = watching.store.tell

        async def dying(*told: Any, tell: Any = tell, **more_told: Any) -> int:
            if dies == "after it":
                await tell(*told, **more_told)
            raise Unavailable("killed")

        watching.store.tell = dying  # type: ignore[method-assign]
        await watching.poll()
        watching.restart()
    await watching.poll()
    await watching.poll()
    assert await watching.told("shop") == transactions(*paid)


@pytest.mark.gen_test
async def test_going_over_from_one_way_to_the_other_loses_nothing_and_tells_nothing_twice(watching: Watching) -> None:
    paid = []
    await watching.put("shop", "bob")
    for round_ in range(8):
        more = MANY if round_ % 2 else []
        await watching.put("more", *more)
        watching.ledger.close(20)  # time enough for deletions to be noticed
        for _ in range(3):
            paid.append(watching.ledger.paid("alice", "bob"))
            await watching.poll()
        assert ("the network's list" in watching.says) == bool(more)
        if round_ % 3 == 2:
            watching.restart()
    assert await watching.told("shop") == transactions(*paid)


@BOTH_WAYS
@pytest.mark.gen_test
async def test_a_replica_that_lags_hides_nothing(watching: Watching, more: list[str]) -> None:
    await watching.put("shop", "bob", "carol", *more)
    await watching.poll()
    paid = []
    for lag in (0, 3, 0, 8, 2, 0):
        watching.ledger.lag = {None: lag, "bob": lag}
        paid.append(watching.ledger.paid("alice", "bob"))
        watching.ledger.paid("alice", "carol")
        await watching.poll()
        if lag == 8:
            watching.restart()
    told = await watching.told("shop")
    assert len(told) == 2 * len(paid)
    assert [one for one in told if one in transactions(*paid)] == transactions(*paid)


@BOTH_WAYS
@pytest.mark.gen_test
async def test_what_is_put_before_horizon_ever_answered_is_told_of_what_comes_after(
    watching: Watching, more: list[str]
) -> None:
    watching.ledger.down = True
    await watching.put("shop", "bob", *more)
    payment = watching.ledger.paid("alice", "bob")
    watching.ledger.close(30)
    await watching.poll()
    assert "cannot be told at present" in watching.says
    watching.ledger.down = False
    later = watching.ledger.paid("alice", "bob")
    await watching.poll()
    assert await watching.told("shop") == transactions(payment, later)


@BOTH_WAYS
@pytest.mark.gen_test
async def test_a_put_while_it_is_behind_skips_nothing_of_what_was_watched_before(
    watching: Watching, more: list[str]
) -> None:
    await watching.put("shop", "bob", *more)
    await watching.poll()
    missed = watching.ledger.paid("alice", "bob")
    watching.ledger.close(1000)
    watching.restart()
    await watching.put("shop", "carol", "bob", *more)
    await watching.put_watch("shop", "bob", "p-1")
    await watching.poll()
    assert await watching.told("shop") == transactions(missed)


@BOTH_WAYS
@pytest.mark.gen_test
async def test_what_a_horizon_no_longer_has_is_shouted_about(watching: Watching, more: list[str]) -> None:
    await watching.put("shop", "bob", *more)
    await watching.poll()
    watching.ledger.close(5000)
    watching.ledger.elder = 3000
    watching.restart()
    later = watching.ledger.paid("alice", "bob")
    await watching.poll()
    assert await watching.told("shop") == transactions(later)
    gap = watching.health.checks["watcher's history"]
    assert not gap.ok
    assert not gap.blocking
    assert "to 2999 were not seen" in gap.message


@BOTH_WAYS
@pytest.mark.gen_test
async def test_a_horizon_that_does_not_answer_is_reported_and_waited_for(watching: Watching, more: list[str]) -> None:
    await watching.put("shop", "bob", *more)
    await watching.poll()
    watching.ledger.down = True
    payment = watching.ledger.paid("alice", "bob")
    await watching.poll()
    assert not watching.health.checks["watcher"].ok
    assert not watching.health.checks["watcher"].blocking
    watching.ledger.down = False
    await watching.poll()
    assert watching.health.checks["watcher"].ok
    assert await watching.told("shop") == transactions(payment)


@pytest.mark.gen_test
async def test_the_status_says_how_far_behind_history_is(watching: Watching) -> None:
    await watching.put("shop", "bob")
    watching.ledger.core_ahead = 4
    await watching.poll()
    assert "4 ledgers (0 s) behind, reading the lists of 1 accounts" in watching.says


@pytest.mark.gen_test
async def test_few_addresses_on_a_busy_network_are_read_by_their_own_lists_and_many_by_the_networks(
    watching: Watching,
) -> None:
    await watching.put("shop", *MANY[:12])
    await watching.poll()
    assert (len(watching.ledger.asked), watching.ledger.measured) == (12, 1)
    assert None not in watching.ledger.asked
    watching.ledger.asked.clear()
    await watching.put("shop", *MANY[:40])
    await watching.poll()
    assert (watching.ledger.asked, watching.ledger.measured) == ([None], 1)
    watching.ledger.close(20)
    await watching.poll()
    assert watching.ledger.measured == 2


@pytest.mark.gen_test
async def test_a_long_gap_of_a_busy_network_is_caught_up_by_the_accounts_lists(watching: Watching) -> None:
    watching.ledger.rate = 100.0
    await watching.put("shop", *MANY[:100])
    await watching.poll()
    assert watching.ledger.asked == [None]
    watching.ledger.close(5000)
    watching.restart()
    watching.ledger.asked.clear()
    await watching.poll()
    assert len(watching.ledger.asked) == 100


@pytest.mark.gen_test
async def test_the_position_is_stored_now_and_then_though_nobody_is_told_anything(watching: Watching) -> None:
    await watching.put("shop", "bob", *MANY)
    watching.ledger.paid("carol", "dave")
    await watching.poll()
    last = watching.ledger.paid("carol", "dave")
    watching.ledger.close(2)
    await watching.poll()
    assert (await watching.store.watch_marks()).position == last.position


@pytest.mark.gen_test
async def test_while_there_is_nothing_to_tell_the_disk_is_left_alone(watching: Watching) -> None:
    await watching.put("shop", "bob", *MANY)
    await watching.poll()
    marks = await watching.store.watch_marks()
    watching.ledger.paid("carol", "dave")
    await watching.poll()
    assert await watching.store.watch_marks() == marks
    payment = watching.ledger.pay("alice", "bob")
    watching.ahead -= 5000
    watching.ledger.close()
    await watching.poll()
    assert (await watching.store.watch_marks()).position == payment.position


@pytest.mark.gen_test
async def test_in_the_accounts_way_the_stored_position_stays_behind_by_what_a_replica_may_lag(
    watching: Watching,
) -> None:
    await watching.put("shop", "bob")
    watching.ledger.close(MARGIN + 50)
    await watching.poll()
    assert (await watching.store.watch_marks()).position == end_of_ledger(watching.ledger.ledger - MARGIN)


@pytest.mark.gen_test
async def test_an_unknown_service_cannot_watch(watching: Watching) -> None:
    with pytest.raises(ServiceNotFound):
        await watching.put_watch("nobody", "bob", "p-1")


@pytest.mark.gen_test
async def test_it_looks_more_often_than_configured_only_while_the_rate_limit_is_hardly_touched(
    watching: Watching,
) -> None:
    await watching.put("shop", "bob")
    for remaining, looks in ((100, 8), (60, 3)):
        watching.limit = Left(remaining)
        watching.ledger.asked.clear()
        for _ in range(8):
            watching.ahead += 250
            await watching.poll()
        assert abs(len(watching.ledger.asked) - looks) <= 1


def test_the_grace_of_an_ended_watch_is_longer_than_ledgers_take() -> None:
    assert watch_payments.GRACE >= 10_000 * watch_payments.SECONDS_A_LEDGER / 5
