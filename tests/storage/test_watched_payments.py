"""Who is told of a payment, written with the position in one commit."""

import json
from dataclasses import replace

import pytest
from sqlalchemy.exc import IntegrityError

from kinpay_server.domain.watch import PaymentWatch, SeenPayment, Service, lane
from kinpay_server.services.ports import WantedCallbacks
from kinpay_server.storage.database import Database
from kinpay_server.storage.services import ServicesStore
from kinpay_server.storage.watched_payments import WatchedPayments
from tests.storage.conftest import NOW, Stores

HOUR = 3_600_000
PAYMENT = SeenPayment(100, "A", "B", 15_000_000, "hash", "2026-11-25T00:00:00Z", NOW, "1-app-p-1")


class Watching:
    """Services and what they are told."""

    def __init__(self, database: Database) -> None:
        self.services = ServicesStore(database)
        self.payments = WatchedPayments(database)

    async def put(self, service_id: str, *addresses: str) -> None:
        service = Service(service_id, f"http://{service_id}.example/", addresses)
        await self.services.put_service(service, since=10, now=NOW)

    async def put_watch(self, service_id: str, address: str, payment_id: str = "p-1") -> None:
        watch = PaymentWatch(service_id, address, payment_id)
        await self.services.put_watch(watch, since=10, expires_at=NOW + HOUR, now=NOW)

    async def tell(self, *payments: SeenPayment, position: int = 100, now: int = NOW) -> int:
        return await self.payments.tell(payments, position=position, now=now)


@pytest.fixture
def watching(database: Database) -> Watching:
    return Watching(database)


def told(stores: Stores) -> list[str]:
    """The URLs of all callbacks in the order in which they are due."""
    return [url for (url,) in stores.rows("SELECT url FROM callbacks ORDER BY next_try_at, rowid")]


@pytest.mark.gen_test
async def test_each_service_that_watches_either_side_is_told_once(watching: Watching, stores: Stores) -> None:
    await watching.put("sends", "A")
    await watching.put("receives", "B")
    await watching.put("both", "A", "B")
    await watching.put("neither", "C")
    await watching.put_watch("both", "A")
    assert await watching.tell(PAYMENT) == 3
    assert sorted(told(stores)) == ["http://both.example/", "http://receives.example/", "http://sends.example/"]


@pytest.mark.gen_test
async def test_a_callback_holds_the_payment_and_no_attempt_and_no_payment_of_ours(
    watching: Watching, stores: Stores
) -> None:
    await watching.put("shop", "A")
    await watching.tell(PAYMENT)
    [(body, attempt, payment, state)] = stores.rows("SELECT body, attempt_hash, payment_id, state FROM callbacks")
    assert (attempt, payment, state) == (None, None, "waiting")
    assert json.loads(body) == {
        "object": "payment",
        "state": "success",
        "action": "receive",
        "value": {
            "id": "p-1",
            "app_id": "app",
            "amount": 1.5,
            "recipient_address": "B",
            "sender_address": "A",
            "transaction_id": "hash",
            "timestamp": "2026-11-25T00:00:00Z",
            "status": "succeeded",
        },
    }


@pytest.mark.gen_test
async def test_what_a_service_is_told_of_one_address_shares_a_lane(watching: Watching, stores: Stores) -> None:
    await watching.put("sends", "A")
    await watching.put("both", "A", "B")
    await watching.tell(PAYMENT, replace(PAYMENT, position=101, sender="B", recipient="C"))
    lanes = {
        (url.split("/")[2], position): {one, other} - {None}
        for url, position, one, other in stores.rows("SELECT url, substr(id, 9, 3), lane, other_lane FROM callbacks")
    }
    assert lanes == {
        ("sends.example", "100"): {lane("sends", "A")},
        ("both.example", "100"): {lane("both", "A"), lane("both", "B")},
        ("both.example", "101"): {lane("both", "B")},
    }


@pytest.mark.gen_test
async def test_a_payment_that_is_seen_again_is_not_told_again(watching: Watching, stores: Stores) -> None:
    await watching.put("shop", "A")
    assert await watching.tell(PAYMENT) == 1
    await watching.put("bank", "B")
    assert await watching.tell(PAYMENT, replace(PAYMENT, position=101)) == 3
    assert told(stores).count("http://shop.example/") == 2
    await watching.services.delete_service("shop", NOW)
    await watching.put("shop", "A")
    assert await watching.tell(PAYMENT) == 0


@pytest.mark.gen_test
async def test_two_payments_of_one_transaction_are_two(watching: Watching, stores: Stores) -> None:
    await watching.put("shop", "A")
    assert await watching.tell(PAYMENT, replace(PAYMENT, position=101)) == 2


@pytest.mark.gen_test
async def test_callbacks_and_position_are_one_commit(watching: Watching, stores: Stores) -> None:
    await watching.put("shop", "A")
    stores.change("CREATE TRIGGER no BEFORE UPDATE ON cursors BEGIN SELECT RAISE(ABORT, 'no'); END")
    with pytest.raises(IntegrityError):
        await watching.tell(PAYMENT)
    assert told(stores) == []
    stores.change("DROP TRIGGER no")
    await watching.tell(PAYMENT)
    assert (await watching.payments.watch_marks()).position == 100
    assert len(told(stores)) == 1


@pytest.mark.gen_test
async def test_the_position_never_goes_back(watching: Watching) -> None:
    await watching.put("shop", "A")
    await watching.tell(position=100)
    await watching.tell(position=99)
    assert (await watching.payments.watch_marks()).position == 100


@pytest.mark.gen_test
async def test_what_was_deleted_is_told_of_nothing_more(watching: Watching, stores: Stores) -> None:
    await watching.put("shop", "A")
    await watching.put_watch("shop", "B")
    await watching.put("shop")
    await watching.services.delete_watch(PaymentWatch("shop", "B", "p-1"), NOW)
    assert await watching.tell(PAYMENT) == 0


@pytest.mark.gen_test
async def test_a_temporary_watch_is_told_of_payments_with_its_id_at_its_address_only(
    watching: Watching, stores: Stores
) -> None:
    await watching.put("shop")
    await watching.put_watch("shop", "B")
    others = [replace(PAYMENT, position=101, memo=memo) for memo in ("1-app-p-2", "1-app", None, "p-1", "2-app-p-1")]
    elsewhere = replace(PAYMENT, position=102, sender="X", recipient="Y")
    assert await watching.tell(*others, elsewhere) == 0
    assert await watching.tell(PAYMENT, replace(PAYMENT, position=103, memo="1-other-p-1")) == 2
    assert await watching.tell(replace(PAYMENT, position=104, sender="B", recipient="A")) == 1


@pytest.mark.gen_test
async def test_a_temporary_watch_ends_with_its_time(watching: Watching) -> None:
    await watching.put("shop")
    await watching.put_watch("shop", "B")
    late = replace(PAYMENT, closed_at=NOW + HOUR)
    assert await watching.tell(late, now=NOW + HOUR) == 0
    assert await watching.tell(replace(PAYMENT, position=101, closed_at=NOW + HOUR - 1), now=NOW + 2 * HOUR) == 1


@pytest.mark.gen_test
async def test_what_happened_before_the_put_is_not_told(watching: Watching) -> None:
    await watching.put("shop", "A")
    assert await watching.tell(replace(PAYMENT, position=10), replace(PAYMENT, position=11)) == 1


@pytest.mark.gen_test
async def test_payments_are_due_in_the_order_of_the_ledger(watching: Watching, stores: Stores) -> None:
    await watching.put("shop", "A")
    ids = [f"1-app-{number}" for number in range(700)]
    await watching.tell(*(replace(PAYMENT, position=100 + at, memo=memo) for at, memo in enumerate(ids)))
    [receiver] = await stores.callbacks.receivers_due(NOW)
    due = await stores.callbacks.due_callbacks(NOW, [WantedCallbacks(receiver, 700)])
    assert [json.loads(one.callback.body)["value"]["id"] for one in due] == [str(number) for number in range(700)]


@pytest.mark.gen_test
async def test_a_thousand_services_on_one_address_are_each_told(watching: Watching, stores: Stores) -> None:
    for number in range(1000):
        await watching.put(f"s{number}", "A")
    payments = [replace(PAYMENT, position=100 + at) for at in range(3)]
    assert await watching.tell(*payments) == 3000
    assert await watching.tell(*payments) == 0


@pytest.mark.gen_test
async def test_an_event_id_can_stand_in_a_header_whatever_the_service_is_called(
    watching: Watching, stores: Stores
) -> None:
    await watching.put("東京/\r\n", "A")
    await watching.put("x" * 255, "A")
    await watching.tell(PAYMENT)
    for (event,) in stores.rows("SELECT id FROM callbacks"):
        assert event.startswith("receive-100-")
        assert event.isascii()
        assert event.isprintable()
        assert len(event) < 64
