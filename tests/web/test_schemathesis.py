"""Every route is called with input made from the document, good and bad; what it answers is what the document says."""

import asyncio
import threading
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from stellar_sdk import StrKey

from kinpay_server.domain.payment import NewPayment, Payment, PaymentStatus
from kinpay_server.domain.watch import Money, SeenPayment, Service
from kinpay_server.services.show_wallet import WalletBalances
from kinpay_server.services.show_wallet_payments import WalletPayments
from kinpay_server.web.application import OPERATIONS
from kinpay_server.web.openapi import document
from kinpay_server.web.server import serve

from .conftest import RECIPIENT, FakeReport, FakeStore, build

TOKEN = "0123456789abcdef"
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    allow_header_conformance,
]
EXAMPLES = 25
ALL = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)

schemathesis.openapi.format(
    "stellar-account-id",
    st.just(RECIPIENT) | st.binary(min_size=32, max_size=32).map(StrKey.encode_ed25519_public_key),
)


def strict(node: Any) -> Any:
    """The document, but that answers may hold nothing that it does not name."""
    if isinstance(node, dict):
        for value in node.values():
            strict(value)
        if node.get("type") == "object" and "properties" in node and "additionalProperties" not in node:
            node["additionalProperties"] = False
    elif isinstance(node, list):
        for value in node:
            strict(value)
    return node


def strict_about_answers(spec: dict[str, Any]) -> dict[str, Any]:
    """What callers send may hold more; errors are told by two parts of one shape, neither of which names all."""
    spec = deepcopy(spec)
    for name, shape in spec["components"]["schemas"].items():
        if not name.startswith("New") and name != "Error":
            strict(shape)
    return spec


SCHEMA = schemathesis.openapi.from_dict(strict_about_answers(document(OPERATIONS, guarded=True)))
OPERATIONS_BY_LABEL = {one.ok().label: one.ok() for one in SCHEMA.get_all_operations()}


def good_and_bad() -> Iterator[tuple[str, GenerationMode]]:
    """What to call and how: bad input only where any is taken."""
    for (method, path), one in OPERATIONS.items():
        yield f"{method} {path}", GenerationMode.POSITIVE
        if one.path or one.query or one.body:
            yield f"{method} {path}", GenerationMode.NEGATIVE


class Served:
    """The API over fakes that know a few things, on a port of its own."""

    def __init__(self) -> None:
        self.store = FakeStore()
        self._know_payments()
        self.store.balances[RECIPIENT] = WalletBalances(RECIPIENT, 15, 20_000_000)
        self.store.watching.kept["shop"] = Service("shop", "https://app.example/", (RECIPIENT,))
        self._started = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="served")
        self.session = requests.Session()
        self.session.trust_env = False
        self.url = ""

    def start(self) -> None:
        self._thread.start()
        assert self._started.wait(30)

    def stop(self) -> None:
        self.session.close()
        self._loop.call_soon_threadsafe(self._stopped.set)
        self._thread.join(30)

    def call(self, case: Case, **headers: str) -> Any:
        """Call as the case says, on a page that has something to show."""
        self.store.pages[:] = [a_page()]
        return case.call(self.url, session=self.session, headers={"Authorization": f"Bearer {TOKEN}", **headers})

    async def _serve(self) -> None:
        self._loop, self._stopped = asyncio.get_running_loop(), asyncio.Event()
        server, port = serve(build(self.store, FakeReport(), api_tokens={"shop": TOKEN}), "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{port}"
        self._started.set()
        await self._stopped.wait()
        server.stop()
        await server.close_all_connections()

    def _know_payments(self) -> None:
        new = Payment.posted(NewPayment("p", "shop", 15, RECIPIENT, "https://app.example/", "r", 1_700_000_000_000))
        paid = {"sender_address": RECIPIENT, "transaction_id": "ab" * 32, "timestamp": "2024-01-01T00:00:00Z"}
        for number, status in enumerate(PaymentStatus):
            known = replace(new, id=f"p{number}", status=status)
            if status is PaymentStatus.SUCCEEDED:
                known = replace(known, **paid)
            if status is PaymentStatus.FAILED:
                known = replace(known, reason="no trustline")
            self.store.kept[known.id] = known


def a_page() -> WalletPayments:
    """Two payments, one of them along a path and not ours."""
    ours = SeenPayment(7, RECIPIENT, RECIPIENT, 15, "ab" * 32, "2024-01-01T00:00:00Z", 1_700_000_000_000, "1-shop-p")
    other = replace(ours, memo=None, sent=Money(1, "XLM", None), received=Money(2, "KIN", RECIPIENT))
    return WalletPayments((ours, other), 7)


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    served = Served()
    served.start()
    yield served
    served.stop()


@pytest.mark.parametrize(("label", "mode"), list(good_and_bad()), ids=lambda part: getattr(part, "value", part))
def test_whatever_is_sent_the_answer_is_documented_and_no_5xx(served: Served, label: str, mode: GenerationMode) -> None:
    seen: set[int] = set()

    @ALL
    @given(OPERATIONS_BY_LABEL[label].as_strategy(mode))
    def call(case: Case) -> None:
        answer = served.call(case)
        seen.add(answer.status_code)
        case.validate_response(answer, checks=CHECKS)

    call()
    assert seen
    assert 401 not in seen


@pytest.mark.parametrize(
    ("label", "changes", "status"),
    [
        ("GET /payments/{id}", {"path_parameters": {"id": "p2"}}, 200),
        ("GET /payments", {"query": {"limit": "2"}}, 200),
        ("GET /wallets/{address}", {"path_parameters": {"address": RECIPIENT}}, 200),
        ("GET /wallets/{address}/payments", {"path_parameters": {"address": RECIPIENT}}, 200),
        ("GET /services/{service_id}", {"path_parameters": {"service_id": "shop"}}, 200),
        ("GET /services", {}, 200),
        ("GET /watchers", {}, 200),
    ],
)
def test_what_is_found_has_the_shape_that_is_documented(
    served: Served, label: str, changes: dict[str, Any], status: int
) -> None:
    served.store.watching.kept["shop"] = Service("shop", "https://app.example/", (RECIPIENT,))
    case = OPERATIONS_BY_LABEL[label].Case(**changes)
    answer = served.call(case)
    assert answer.status_code == status
    case.validate_response(answer, checks=CHECKS)


@pytest.mark.parametrize("label", ["POST /payments", "POST /wallets", "PUT /services/{service_id}"])
def test_good_input_is_taken_so_that_not_only_refusals_are_seen(served: Served, label: str) -> None:
    taken: set[int] = set()

    @ALL
    @given(OPERATIONS_BY_LABEL[label].as_strategy())
    def call(case: Case) -> None:
        taken.add(served.call(case).status_code)

    call()
    assert taken & {200, 202}


def test_a_missing_token_is_documented(served: Served) -> None:
    for label, operation in OPERATIONS_BY_LABEL.items():
        case = operation.Case(
            path_parameters={"id": "a", "address": "a", "service_id": "a", "payment_id": "a", "file": "a"}
        )
        answer = served.call(case, Authorization="Bearer wrong")
        assert answer.status_code == (200 if label == "GET /status" else 401)
        case.validate_response(answer, checks=CHECKS)
