"""GET /metrics, and what is measured of each request."""

from typing import Any

import pytest
from tornado.web import Application

from .conftest import FakeReport, FakeStore, build

TOKEN = "0123456789abcdef"


@pytest.mark.gen_test
async def test_the_text_is_answered_in_prometheus_format(api: Any) -> None:
    answer = await api.get("/metrics")
    assert (answer.status, answer.text) == (200, "kinpay_may_send 1.0\n")
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"


@pytest.mark.gen_test
async def test_each_request_is_measured_by_its_route_and_its_status(api: Any, store: FakeStore) -> None:
    await api.post()
    await api.get("/payments/p-17")
    await api.get("/payments/another")
    await api.get("/")
    await api.get("/page/payment?id=x")
    assert store.metrics.answered == [
        ("POST", "/payments", 202),
        ("GET", "/payments/{}", 200),
        ("GET", "/payments/{}", 404),
        ("GET", "/", 200),
        ("GET", "/page/payment", 404),
    ]


@pytest.mark.gen_test
async def test_what_does_not_exist_makes_no_new_series(api: Any, store: FakeStore) -> None:
    for number in range(3):
        await api.get(f"/no/such/{number}")
        await api.call(f"METHOD{number}", "/payments")
    assert {(method, route) for method, route, _ in store.metrics.answered} == {
        ("GET", "elsewhere"),
        ("other", "/payments"),
    }


class TestGuarded:
    """With tokens."""

    @pytest.fixture
    def app(self, store: FakeStore, report: FakeReport) -> Application:
        return build(store, report, api_tokens={"prometheus": TOKEN})

    @pytest.mark.gen_test
    async def test_it_wants_a_token(self, api: Any) -> None:
        assert (await api.get("/metrics")).refuses(4010)
        assert (await api.get("/metrics", Authorization=f"Bearer {TOKEN}")).status == 200
