"""`kinpay services`: who watches how much."""

import time

import pytest

from kinpay_server.domain.watch import PaymentWatch, Service
from kinpay_server.storage.services import ServicesStore
from tests.commands.operator import Operator
from tests.storage.conftest import RECIPIENT, Stores

ANOTHER = "GCRWU5BC5VQ2DHR5M7IBYVWAHR6XUOBZ6IONFH24QZ42FDUXYZLN3DUR"


async def put(stores: Stores) -> None:
    """Two services; one has a watch that lasts and one that is over."""
    store, now = ServicesStore(stores.database), time.time_ns() // 1_000_000
    await store.put_service(Service("shop", "http://shop/cb", (RECIPIENT, ANOTHER)), since=1, now=now)
    await store.put_service(Service("none", "http://none/cb", ()), since=1, now=now)
    for payment, expires_at in (("p-1", now + 3_600_000), ("p-2", now - 1)):
        await store.put_watch(PaymentWatch("shop", RECIPIENT, payment), since=1, expires_at=expires_at, now=now)


@pytest.mark.gen_test
async def test_each_is_listed_with_how_much_it_watches(alone: Operator, stores: Stores) -> None:
    await put(stores)
    listed = alone.json("services", "list")["services"]
    assert [(one["service_id"], one["addresses"], one["watches"]) for one in listed] == [("none", 0, 0), ("shop", 2, 1)]
    [_, _, line] = alone.says("services", "list").splitlines()
    assert line.split()[:4] == ["shop", "http://shop/cb", "2", "1"]


@pytest.mark.gen_test
async def test_one_is_shown_with_what_it_watches(alone: Operator, stores: Stores) -> None:
    await put(stores)
    shown = alone.json("services", "show", "shop")
    assert shown["wallet_addresses"] == [RECIPIENT, ANOTHER]
    assert [one["payment_id"] for one in shown["payment_watches"]] == ["p-1"]
    said = alone.says("services", "show", "shop")
    assert ANOTHER in said
    assert f"p-1 at {RECIPIENT}, until " in said


def test_without_services_the_list_says_so_and_one_that_is_not_there_is_told(alone: Operator) -> None:
    assert alone.json("services", "list") == {"services": []}
    assert alone.says("services", "list") == "no services\n"
    assert "no service with id nobody" in alone.refuses("services", "show", "nobody")
