"""Services and their watches on disk."""

from collections.abc import Sequence

import pytest

from kinpay_server.domain.errors import ServiceNotFound
from kinpay_server.domain.watch import PaymentWatch, Service
from kinpay_server.storage.database import Database
from kinpay_server.storage.services import ServicesStore
from kinpay_server.storage.watched_payments import WatchedPayments
from tests.storage.conftest import NOW, Stores

WATCH = PaymentWatch("shop", "A", "p-1")
HOUR = 3_600_000


class Watching:
    """Services on a database. `ledger` is the position that a PUT begins at."""

    def __init__(self, database: Database) -> None:
        self.services = ServicesStore(database)
        self.payments = WatchedPayments(database)
        self.ledger = 10

    async def put(self, service_id: str, addresses: Sequence[str], callback: str = "http://app.example/") -> None:
        await self.services.put_service(Service(service_id, callback, tuple(addresses)), since=self.ledger, now=NOW)

    async def put_watch(self, watch: PaymentWatch = WATCH, now: int = NOW) -> None:
        await self.services.put_watch(watch, since=self.ledger, expires_at=now + HOUR, now=now)

    async def addresses(self, service_id: str) -> tuple[str, ...] | None:
        service = await self.services.service(service_id)
        return service.wallet_addresses if service else None

    async def watchers(self, now: int = NOW) -> dict[str, list[tuple[str, str]]]:
        return await self.services.watchers(now)


@pytest.fixture
def watching(database: Database) -> Watching:
    return Watching(database)


@pytest.mark.gen_test
async def test_a_service_is_kept_with_its_addresses_in_their_order(watching: Watching, stores: Stores) -> None:
    await watching.put("shop", "CAB")
    await watching.put("bank", "A")
    assert await watching.services.service("shop") == Service("shop", "http://app.example/", ("C", "A", "B"))
    assert [one.id for one in await watching.services.services()] == ["bank", "shop"]
    assert stores.value("SELECT count(*) FROM services") == 2


@pytest.mark.gen_test
async def test_a_put_replaces_callback_and_addresses_and_nothing_of_other_services(watching: Watching) -> None:
    await watching.put("bank", "AB")
    await watching.put("shop", "CAB")
    await watching.put("shop", "BDC", "http://new.example/")
    assert await watching.services.services() == [
        Service("bank", "http://app.example/", ("A", "B")),
        Service("shop", "http://new.example/", ("B", "D", "C")),
    ]


@pytest.mark.gen_test
async def test_a_put_keeps_from_where_on_an_address_is_watched_that_was_watched_before(
    watching: Watching, stores: Stores
) -> None:
    await watching.put("shop", "AB")
    watching.ledger = 20
    await watching.put("shop", "BC")
    await watching.put("bank", "B")
    found = stores.rows("SELECT service_id, address, since FROM watched_addresses ORDER BY 1, 2")
    assert found == [("bank", "B", 20), ("shop", "B", 10), ("shop", "C", 20)]


@pytest.mark.gen_test
async def test_a_deleted_service_is_gone_with_all_its_watches(watching: Watching, stores: Stores) -> None:
    await watching.put("shop", "AB")
    await watching.put("bank", "A")
    await watching.put_watch()
    assert await watching.services.delete_service("shop", NOW) == Service("shop", "http://app.example/", ("A", "B"))
    assert await watching.services.delete_service("shop", NOW) is None
    assert await watching.watchers() == {"A": [("bank", "http://app.example/")]}
    assert stores.value("SELECT count(*) FROM payment_watches") == 0


@pytest.mark.gen_test
async def test_watchers_are_the_permanent_and_the_unexpired_temporary_ones_each_service_once(
    watching: Watching,
) -> None:
    await watching.put("shop", "A")
    await watching.put("bank", "A", "http://bank.example/")
    await watching.put_watch()
    await watching.put_watch(PaymentWatch("shop", "B", "p-2"))
    permanent = {"A": [("bank", "http://bank.example/"), ("shop", "http://app.example/")]}
    assert await watching.watchers(NOW + HOUR - 1) == permanent | {"B": [("shop", "http://app.example/")]}
    assert await watching.watchers(NOW + HOUR) == permanent


@pytest.mark.gen_test
async def test_a_new_put_of_a_watch_starts_its_time_anew(watching: Watching, stores: Stores) -> None:
    await watching.put("shop", "")
    await watching.put_watch()
    watching.ledger = 20
    await watching.put_watch(now=NOW + HOUR // 2)
    assert "A" in await watching.watchers(NOW + HOUR)
    assert stores.rows("SELECT since FROM payment_watches") == [(10,)]


@pytest.mark.gen_test
async def test_a_deleted_watch_is_gone_and_others_of_the_service_are_not(watching: Watching) -> None:
    await watching.put("shop", "")
    for watch in (WATCH, PaymentWatch("shop", "A", "p-2"), PaymentWatch("shop", "B", "p-1")):
        await watching.put_watch(watch)
    await watching.services.delete_watch(WATCH, NOW)
    await watching.services.delete_watch(WATCH, NOW)
    assert set(await watching.watchers()) == {"A", "B"}
    await watching.services.delete_watch(PaymentWatch("shop", "A", "p-2"), NOW)
    assert set(await watching.watchers()) == {"B"}


@pytest.mark.gen_test
async def test_a_watch_of_an_unknown_service_is_refused(watching: Watching) -> None:
    with pytest.raises(ServiceNotFound):
        await watching.put_watch()
    with pytest.raises(ServiceNotFound):
        await watching.services.delete_watch(WATCH, NOW)


@pytest.mark.gen_test
async def test_an_unknown_service_does_not_undo_what_is_written_with_it(watching: Watching, stores: Stores) -> None:
    await watching.put("shop", "")
    unknown = PaymentWatch("nobody", "A", "p")
    results = await stores.together(watching.put_watch(), watching.put_watch(unknown), watching.put("bank", "B"))
    assert [type(result) for result in results] == [type(None), ServiceNotFound, type(None)]
    assert set(await watching.watchers()) == {"A", "B"}


@pytest.mark.gen_test
async def test_each_change_is_counted_so_that_only_what_is_new_is_read(watching: Watching) -> None:
    await watching.put("shop", "AB")
    first = await watching.payments.watch_marks()
    await watching.put_watch(PaymentWatch("shop", "C", "p-1"))
    second = await watching.payments.watch_marks()
    assert second.added > first.added
    assert await watching.payments.addresses_watched(0) == {"A", "B", "C"}
    assert await watching.payments.addresses_watched(first.added) == {"C"}
    await watching.put("shop", "B")
    third = await watching.payments.watch_marks()
    assert (third.added, third.removed) == (second.added, second.removed + 1)
    assert await watching.payments.addresses_watched(0) == {"B", "C"}


@pytest.mark.gen_test
async def test_the_first_watch_begins_where_the_ledger_is_and_a_further_one_moves_nothing(watching: Watching) -> None:
    assert (await watching.payments.watch_marks()).position is None
    await watching.put("shop", "")
    assert (await watching.payments.watch_marks()).position is None
    await watching.put("shop", "A")
    watching.ledger = 20
    await watching.put("shop", "AB")
    await watching.put_watch()
    assert (await watching.payments.watch_marks()).position == 10
    await watching.services.delete_service("shop", NOW)
    await watching.put("shop", "B")
    assert (await watching.payments.watch_marks()).position == 20


@pytest.mark.gen_test
async def test_watches_that_have_ended_are_forgotten_and_that_is_counted(watching: Watching) -> None:
    await watching.put("shop", "")
    await watching.put_watch()
    before = await watching.payments.watch_marks()
    await watching.payments.forget_expired(NOW + HOUR, NOW)
    assert await watching.payments.addresses_watched(0) == {"A"}
    assert (await watching.payments.watch_marks()).removed == before.removed
    await watching.payments.forget_expired(NOW + HOUR + 1, NOW)
    assert await watching.payments.addresses_watched(0) == set()
    assert (await watching.payments.watch_marks()).removed == before.removed + 1
