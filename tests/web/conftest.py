"""The API over fakes at its ports, and a client that knows the contract's shapes."""

import asyncio
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from tornado.httpclient import AsyncHTTPClient, HTTPResponse
from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPHeaders
from tornado.ioloop import IOLoop
from tornado.web import Application

from kinpay_server.domain.errors import WalletNotFound
from kinpay_server.domain.payment import Acceptance, NewPayment, Payment, PaymentStatus, judge_repeat
from kinpay_server.domain.wallet import NewWallet
from kinpay_server.services.show_wallet import WalletBalances
from kinpay_server.services.show_wallet_payments import WalletPayments
from kinpay_server.web.application import make_application
from kinpay_server.web.server import serve
from kinpay_server.web.services import Services

from .fake_page import FakePage
from .fake_services import FakeServices

RECIPIENT = "GDQP2KPQGKIHYJGXNUIYOMHARUARCA7DJT5FO2FFOOKY3B2WSQHG4W37"


class FakeStore:
    """Payments and all that `Services` asks for, in memory, with the real judgement of repeats."""

    def __init__(self) -> None:
        self.kept: dict[str, Payment] = {}
        self.wallets: list[NewWallet] = []
        self.pages: list[WalletPayments] = []
        self.asked: list[tuple[str, int | None, int, bool]] = []
        self.balances: dict[str, WalletBalances] = {}
        self.fails_with: Exception | None = None
        self.watching = FakeServices()
        self.page = FakePage(self)
        self.metrics = FakeMetrics()

    async def accept(self, posted: NewPayment) -> Payment:
        await self._answer()
        known = self.kept.get(posted.id)
        if known is None or judge_repeat(known, posted) is Acceptance.TRY_AGAIN:
            self.kept[posted.id] = Payment.posted(posted)
        return self.kept[posted.id]

    async def accept_wallet(self, posted: NewWallet) -> None:
        await asyncio.sleep(0)
        if self.fails_with is not None:
            raise self.fails_with
        self.wallets.append(posted)

    async def wallet(self, address: str) -> WalletBalances:
        await asyncio.sleep(0)
        if self.fails_with is not None:
            raise self.fails_with
        if address not in self.balances:
            raise WalletNotFound("no such account")
        return self.balances[address]

    async def wallet_payments(
        self, address: str, *, after: int | None, limit: int, newest_first: bool
    ) -> WalletPayments:
        await asyncio.sleep(0)
        self.asked.append((address, after, limit, newest_first))
        return self.pages.pop(0) if self.pages else WalletPayments((), None)

    async def payment(self, payment_id: str) -> Payment | None:
        await self._answer()
        return self.kept.get(payment_id)

    async def payments(
        self, *, status: PaymentStatus | None, app_id: str | None, before: tuple[int, str] | None, limit: int
    ) -> list[Payment]:
        await self._answer()
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

    async def _answer(self) -> None:
        await asyncio.sleep(0)
        if self.fails_with is not None:
            raise self.fails_with


class FakeMetrics:
    """`Metrics` that keeps what it is told."""

    def __init__(self) -> None:
        self.answered: list[tuple[str, str, int]] = []

    async def text(self) -> bytes:
        await asyncio.sleep(0)
        return b"kinpay_may_send 1.0\n"

    def request_answered(self, method: str, route: str, status: int, seconds: float) -> None:
        assert seconds >= 0
        self.answered.append((method, route, status))


@dataclass
class FakeReport:
    """A `StatusReport`."""

    healthy: bool = True
    value: dict[str, Any] = field(
        default_factory=lambda: {
            "app_name": "payment-service",
            "status": "ok",
            "start_time": "2024-01-01T00:00:00Z",
            "build": {"timestamp": "2024-01-01T00:00:00Z", "commit": "abc"},
            "checks": {"database": {"status": "ok"}},
        }
    )

    def as_value(self) -> dict[str, Any]:
        return self.value


class Answer:
    """An HTTP answer."""

    def __init__(self, response: HTTPResponse) -> None:
        self.status = response.code
        self.headers = response.headers
        self.text = response.body.decode()

    @property
    def value(self) -> dict[str, Any]:
        value: dict[str, Any] = json.loads(self.text)
        return value

    def refuses(self, code: int, *wrong: str) -> bool:
        """Asserts the one shape of errors, and that it names just the fields `wrong` and says what is allowed."""
        assert self.value["code"] == code, self.text
        assert self.status == code // 10
        assert self.value["error"]
        assert isinstance(self.value["error"], str)
        assert set(self.value) <= {"code", "error", "message", "fields"}
        assert self.headers["Content-Type"] == "application/json; charset=utf-8"
        assert self.headers["X-Request-Id"]
        assert set(self.value.get("fields", {})) == set(wrong), self.text
        assert all(said and all(said) for said in self.value.get("fields", {}).values())
        return True


@dataclass
class RawAnswer:
    """An answer as it came over the wire."""

    status: int
    headers: HTTPHeaders
    body: bytes

    @classmethod
    async def read(cls, reader: asyncio.StreamReader) -> "RawAnswer":
        start, _, rest = (await reader.readuntil(b"\r\n\r\n")).decode("latin1").partition("\r\n")
        headers = HTTPHeaders.parse(rest)
        body = await reader.readexactly(int(headers.get("Content-Length", "0")))
        return cls(int(start.split(" ")[1]), headers, body)

    @property
    def code(self) -> int:
        """The code in the contract's shape."""
        value = json.loads(self.body)
        assert value["code"] // 10 == self.status
        assert value["error"]
        assert self.headers["X-Request-Id"]
        assert self.headers["Content-Type"] == "application/json; charset=utf-8"
        code: int = value["code"]
        return code


class Api:
    """Calls the API."""

    def __init__(self, client: AsyncHTTPClient, base_url: str) -> None:
        self._client = client
        self._base_url = base_url
        self.good = {
            "id": "p-17",
            "app_id": "kik",
            "amount": 5,
            "recipient_address": RECIPIENT,
            "callback": "https://app.example/paid?x=1",
        }

    async def call(
        self,
        method: str,
        path: str,
        *,
        body: bytes | str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        response = await self._client.fetch(
            self._base_url + path,
            method=method,
            body=body,
            headers=dict(headers or {}),
            raise_error=False,
            allow_nonstandard_methods=True,
        )
        return Answer(response)

    async def get(self, path: str, **headers: str) -> Answer:
        return await self.call("GET", path, headers=headers)

    async def post(self, request_id: str | None = None, **changes: Any) -> Answer:
        """POST the good payment with changes."""
        return await self.post_body(json.dumps(self.good | changes), request_id=request_id)

    async def post_amount(self, literal: str, **changes: Any) -> Answer:
        """POST the good payment with this JSON text as its amount."""
        return await self.post_body(json.dumps(self.good | changes | {"amount": "@"}).replace('"@"', literal))

    async def post_body(
        self, body: bytes | str, *, content_type: str = "application/json", request_id: str | None = None
    ) -> Answer:
        headers = {"Content-Type": content_type} | ({"X-Request-Id": request_id} if request_id else {})
        return await self.call("POST", "/payments", body=body, headers=headers)


class Wire:
    """Sends bytes to the API as `serve` opens it."""

    def __init__(self, port: int) -> None:
        self.port = port

    async def send(self, *requests: bytes) -> list[RawAnswer]:
        """One connection, one answer read after each request."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        answers = []
        for request in requests:
            writer.write(request)
            answers.append(await RawAnswer.read(reader))
        writer.close()
        await writer.wait_closed()
        return answers


@pytest.fixture
def wire(io_loop: IOLoop, app: Application) -> Iterator[Wire]:
    async def start() -> tuple[HTTPServer, int]:
        return serve(app, "127.0.0.1", 0)

    server, port = io_loop.run_sync(start)
    yield Wire(port)
    server.stop()
    io_loop.run_sync(server.close_all_connections)


@pytest.fixture
def store() -> FakeStore:
    return FakeStore()


@pytest.fixture
def report() -> FakeReport:
    return FakeReport()


@pytest.fixture
def app(store: FakeStore, report: FakeReport) -> Application:
    return build(store, report)


@pytest.fixture
def api(http_client: AsyncHTTPClient, base_url: str) -> Api:
    return Api(http_client, base_url.replace("localhost", "127.0.0.1"))


def build(store: FakeStore, report: FakeReport, *, accept_payment: Any = None, **access: Any) -> Application:
    """The API; `access` says who may call, and be called (`make_application`)."""
    ticks = iter(range(1_700_000_000_000, 1_800_000_000_000))
    return make_application(
        Services(
            accept_payment=accept_payment or store.accept,
            accept_wallet=store.accept_wallet,
            wallet=store.wallet,
            wallet_payments=store.wallet_payments,
            payment=store.payment,
            payments=store.payments,
            put_service=store.watching.put_service,
            service=store.watching.service,
            all_services=store.watching.services,
            delete_service=store.watching.delete_service,
            put_watch=store.watching.put_watch,
            delete_watch=store.watching.delete_watch,
            watchers=store.watching.watchers,
            status=lambda: report,
            public_config={
                "horizon_url": "https://horizon.example",
                "network_passphrase": "A Network",
                "asset_issuer": RECIPIENT,
                "asset_code": "KIN",
            },
            page=store.page.services(),
            metrics=store.metrics,
            clock=lambda: next(ticks),
        ),
        **access,
    )
