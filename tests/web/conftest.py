"""The API over fakes at its ports."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import pytest
import structlog
from tornado.httpclient import AsyncHTTPClient, HTTPResponse
from tornado.web import Application

from kinpay_server.domain.payment import Acceptance, NewPayment, Payment, PaymentStatus, judge_repeat
from kinpay_server.web.application import make_application
from kinpay_server.web.services import Services

RECIPIENT = "GDQP2KPQGKIHYJGXNUIYOMHARUARCA7DJT5FO2FFOOKY3B2WSQHG4W37"
OTHER_RECIPIENT = "GA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVSGZ"


class FakeStore:
    """`AcceptanceStore` and `PaymentReader` in memory, with the real judgement of repeats."""

    def __init__(self) -> None:
        self.kept: dict[str, Payment] = {}
        self.fails_with: Exception | None = None

    async def accept(self, posted: NewPayment) -> Payment:
        await asyncio.sleep(0)
        if self.fails_with is not None:
            raise self.fails_with
        known = self.kept.get(posted.id)
        if known is None or judge_repeat(known, posted) is Acceptance.TRY_AGAIN:
            self.kept[posted.id] = Payment(**asdict(posted))
        return self.kept[posted.id]

    async def payment(self, payment_id: str) -> Payment | None:
        await asyncio.sleep(0)
        if self.fails_with is not None:
            raise self.fails_with
        return self.kept.get(payment_id)

    async def payments(
        self, *, status: PaymentStatus | None, app_id: str | None, before: tuple[int, str] | None, limit: int
    ) -> list[Payment]:
        found = [
            payment
            for payment in self.kept.values()
            if (status is None or payment.status is status)
            and (app_id is None or payment.app_id == app_id)
            and (before is None or (payment.created_at, payment.id) < before)
        ]
        return sorted(found, key=lambda one: (one.created_at, one.id), reverse=True)[:limit]

    def change(self, payment_id: str, **changes: Any) -> None:
        self.kept[payment_id] = replace(self.kept[payment_id], **changes)


@dataclass
class FakeReport:
    """A `StatusReport`."""

    healthy: bool = True
    value: dict[str, Any] = field(
        default_factory=lambda: {
            "app_name": "payment-service",
            "status": "ok",
            "start_time": "2024-01-01T00:00:00Z",
            "build": {"timestamp": None, "commit": None},
            "checks": {},
        }
    )

    def as_value(self) -> dict[str, Any]:
        return self.value


@pytest.fixture
def store() -> FakeStore:
    return FakeStore()


@pytest.fixture
def report() -> FakeReport:
    return FakeReport()


@pytest.fixture
def app(store: FakeStore, report: FakeReport) -> Application:
    ticks = iter(range(1_700_000_000_000, 1_800_000_000_000))
    return make_application(
        Services(
            accept_payment=store.accept,
            payment=store.payment,
            payments=store.payments,
            status=lambda: report,
            public_config={
                "horizon_url": "https://horizon.example",
                "network_passphrase": "Test Net",
                "asset_issuer": RECIPIENT,
                "asset_code": "KIN",
            },
            clock=lambda: next(ticks),
        )
    )
