"""Looking for who watches costs what is found, not what is watched."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from kinpay_server.domain.watch import SeenPayment, Service
from kinpay_server.storage.database import Database
from kinpay_server.storage.services import ServicesStore
from kinpay_server.storage.watched_payments import WatchedPayments
from tests.storage.conftest import NOW
from tests.storage.test_query_plans import Plans, only

PAYMENT = SeenPayment(100, "A", "B", 1, "hash", "2026", NOW, "1-app-p-1")


@pytest.fixture
def plans(file: Path) -> Iterator[Plans]:
    plans = Plans(file)
    event.listen(Engine, "before_cursor_execute", plans.note)
    yield plans
    event.remove(Engine, "before_cursor_execute", plans.note)


@pytest.mark.gen_test
async def test_a_page_of_payments_and_the_news_of_watches_scan_nothing(database: Database, plans: Plans) -> None:
    payments, services = WatchedPayments(database), ServicesStore(database)
    await services.put_service(Service("shop", "http://shop/", ("A", "B")), since=1, now=NOW)
    plans.forget()
    await payments.tell([PAYMENT], position=100, now=NOW)
    await payments.watch_marks()
    await payments.addresses_watched(1)
    assert len(plans.steps) > 5
    assert only(plans.steps, "ix_watched_addresses_address", "ix_payment_watches_address")
