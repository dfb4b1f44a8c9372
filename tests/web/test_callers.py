"""Who may call, and what the log knows of them."""

import asyncio
import base64
import json
import secrets
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs
from tornado.web import Application

from kinpay_server.domain.errors import Unauthorized
from kinpay_server.domain.watch import Service
from kinpay_server.services.accept_payment import AcceptPayment
from kinpay_server.web.callers import Callers

from .conftest import RECIPIENT, FakeReport, FakeStore, build

SHOP, OPS = secrets.token_urlsafe(24), "a:" + secrets.token_urlsafe(24)
TOKENS = {"shop": SHOP, "ops": OPS}
JSON = {"Content-Type": "application/json"}
PATHS = ["/payments", "/payments/p", "/wallets", "/services", "/services/s", "/watchers", "/config", "/nope", "/"]


def basic(token: str, user: str = "") -> str:
    return "Basic " + base64.b64encode(f"{user}:{token}".encode()).decode()


@pytest.fixture
def app(store: FakeStore, report: FakeReport) -> Application:
    return build(store, report, api_tokens=TOKENS)


@pytest.mark.gen_test
@pytest.mark.parametrize("path", PATHS)
async def test_every_route_but_status_wants_a_token(api: Any, path: str) -> None:
    for method in ("GET", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"):
        answer = await api.call(method, path)
        assert answer.refuses(4010)
        assert answer.headers.get_list("WWW-Authenticate") == [
            'Bearer realm="kinpay"',
            'Basic realm="kinpay", charset="UTF-8"',
        ]
    assert (await api.call("HEAD", path)).status == 401


@pytest.mark.gen_test
async def test_status_is_for_everybody(api: Any) -> None:
    for method in ("GET", "HEAD", "OPTIONS"):
        assert (await api.call(method, "/status")).status in (200, 204)
    assert (await api.get("/status", Authorization="Bearer wrong")).status == 200


@pytest.mark.gen_test
@pytest.mark.parametrize(
    "authorization",
    [f"Bearer {SHOP}", f"bearer  {SHOP} ", basic(SHOP), basic(SHOP, "me"), basic(OPS), "BASIC" + basic(OPS)[5:]],
    ids=["bearer", "bearer in another way", "basic", "basic with a user", "a password with a colon", "BASIC"],
)
async def test_a_known_token_is_enough(api: Any, authorization: str) -> None:
    assert (await api.get("/config", Authorization=authorization)).status == 200


@pytest.mark.gen_test
@pytest.mark.parametrize(
    "authorization",
    [
        *("", " ", "Bearer", "Bearer ", "Basic", "Basic x", "Basic ====", SHOP, f"Token {SHOP}", f"Bearer{SHOP}"),
        *(f"Bearer {SHOP[:-1]}", f"Bearer {SHOP}x", f"Bearer {SHOP} {SHOP}", f"Bearer shop:{SHOP}", "Bearer shop"),
        *(basic("x"), basic("", SHOP), basic(f"shop:{SHOP}"), "Basic " + base64.b64encode(SHOP.encode()).decode()),
    ],
    ids=lambda _given: "given",
)
async def test_all_else_is_401_and_not_echoed(api: Any, authorization: str) -> None:
    answer = await api.get("/config", Authorization=authorization)
    assert answer.refuses(4010)
    assert SHOP not in answer.text + str(list(answer.headers.get_all()))


@pytest.mark.gen_test
async def test_a_post_without_a_token_records_nothing(api: Any, store: FakeStore) -> None:
    assert (await api.post()).refuses(4010)
    assert store.kept == {}


def test_any_header_is_refused_without_a_crash() -> None:
    callers = Callers(TOKENS)
    for sent in ("Bearer \ud800", "Basic \xff\xff", "Bearer \xe4", "Basic " + base64.b64encode(b"\xff:\xff").decode()):
        with pytest.raises(Unauthorized):
            callers.name_of(sent)


def test_every_token_is_known_by_its_name() -> None:
    assert [Callers(TOKENS).name_of(basic(token)) for token in (SHOP, OPS)] == ["shop", "ops"]


def test_without_tokens_anybody_may_call_and_has_no_name() -> None:
    assert Callers({}).name_of(None) is None
    assert Callers({}).name_of("Bearer x") is None


@pytest.mark.gen_test
async def test_what_is_deleted_is_logged_with_its_caller(api: Any, store: FakeStore) -> None:
    token = {"Authorization": f"Bearer {OPS}"}
    store.watching.kept["s"] = Service("s", "https://a.example/", ())
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as logged:
        assert (await api.call("DELETE", f"/services/s/watchers/{RECIPIENT}/payments/p", headers=token)).status == 200
        assert (await api.call("DELETE", "/services/s", headers=token)).status == 200
        assert (await api.call("DELETE", "/services/s", headers=token)).refuses(4043)
    assert [(line["event"], line["service_id"], line["caller"]) for line in logged] == [
        ("watch deleted", "s", "ops"),
        ("service deleted", "s", "ops"),
    ]


class Logging(FakeStore):
    """Accepts as the service does, which logs."""

    def accept_payment(self) -> AcceptPayment:
        return AcceptPayment(self, self)

    def submit_payments(self) -> None:
        return

    create_wallets = fund_channels = deliver_callbacks = submit_payments


@pytest.mark.gen_test
async def test_with_a_token_a_browser_may_call_the_service_by_its_own_name(api: Any) -> None:
    own = {"Host": "pay.example.com", "Origin": "https://pay.example.com", "Sec-Fetch-Site": "same-origin"}
    headers = JSON | own | {"Authorization": basic(SHOP)}
    assert (await api.call("POST", "/payments", body=json.dumps(api.good), headers=headers)).status == 202


class TestLog:
    """Through the use case itself."""

    @pytest.fixture
    def store(self) -> Logging:
        return Logging()

    @pytest.fixture
    def app(self, store: Logging, report: FakeReport) -> Application:
        return build(store, report, api_tokens=TOKENS, accept_payment=store.accept_payment())

    @pytest.mark.gen_test
    async def test_an_accepted_payment_is_logged_with_its_caller(self, api: Any) -> None:
        with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as logged:
            await asyncio.gather(
                *(
                    api.call(
                        "POST",
                        "/payments",
                        body=json.dumps(api.good | {"id": payment_id}),
                        headers=JSON | {"Authorization": f"Bearer {TOKENS[caller]}", "X-Request-Id": f"r-{caller}"},
                    )
                    for caller, payment_id in (("shop", "p-1"), ("ops", "p-2"))
                )
            )
        said = {"event": "payment accepted", "log_level": "info", "app_id": "kik", "status": "accepted"}
        assert sorted(logged, key=lambda line: line["payment_id"]) == [
            said | {"payment_id": "p-1", "caller": "shop", "request_id": "r-shop"},
            said | {"payment_id": "p-2", "caller": "ops", "request_id": "r-ops"},
        ]
        assert SHOP not in str(logged)

    @pytest.mark.gen_test
    async def test_a_refused_post_is_not_logged_as_accepted(self, api: Any) -> None:
        with capture_logs() as logged:
            await api.call(
                "POST",
                "/payments",
                body=json.dumps(api.good | {"amount": 0}),
                headers=JSON | {"Authorization": f"Bearer {SHOP}"},
            )
            await api.post()
        assert logged == []
