"""The document tells of every route, and what it says is valid OpenAPI."""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin

import pytest
from openapi_spec_validator import validate
from tornado.web import Application

from kinpay_server.domain import errors
from kinpay_server.web.application import MODULES, OPERATIONS, ROUTES
from kinpay_server.web.openapi import document, errors_of

from .conftest import FakeReport, FakeStore, build

DOCUMENT = document(OPERATIONS, guarded=True)


def methods_of_routes() -> set[tuple[str, str]]:
    """Method and pattern of all that is answered; HEAD and OPTIONS follow from the others."""
    return {(name, pattern) for pattern, handler in ROUTES for name in set(handler.allowed) - {"HEAD", "OPTIONS"}}


def pattern_of(path: str) -> str:
    return re.sub(r"\\{[a-z_]+\\}", "([^/]+)", re.escape(path))


def operations() -> Iterator[dict[str, Any]]:
    for methods in DOCUMENT["paths"].values():
        yield from methods.values()


def resolved(node: dict[str, Any]) -> dict[str, Any]:
    """The component that a reference leads to."""
    while "$ref" in node:
        *_, kind, name = node["$ref"].split("/")
        node = DOCUMENT["components"][kind][name]
    return node


def test_the_document_is_valid() -> None:
    validate(DOCUMENT)
    validate(document(OPERATIONS, guarded=False))


def test_every_route_has_its_operations_declared_and_no_others_are() -> None:
    declared = {(method, pattern_of(path)) for method, path in OPERATIONS}
    assert declared == methods_of_routes()
    assert len(OPERATIONS) == sum(len(module.OPERATIONS) for module in MODULES)


def test_every_operation_is_in_the_document_with_the_parts_of_its_path() -> None:
    assert {(method.upper(), path) for path, methods in DOCUMENT["paths"].items() for method in methods} == {
        *OPERATIONS
    }
    for path, methods in DOCUMENT["paths"].items():
        for one in methods.values():
            named = [resolved(parameter) for parameter in one["parameters"]]
            assert {known["name"] for known in named if known["in"] == "path"} == {*re.findall(r"{([a-z_]+)}", path)}


def test_operations_are_grouped_by_their_nouns() -> None:
    groups = [tag["name"] for tag in DOCUMENT["tags"]]
    assert {tag for one in operations() for tag in one["tags"]} == {*groups}
    assert DOCUMENT["paths"]["/payments/{id}"]["get"]["tags"] == ["payments"]
    assert DOCUMENT["paths"]["/openapi.json"]["get"]["tags"] == ["about"]


def test_calls_are_made_where_the_document_is_behind_a_path_prefix_too() -> None:
    [server] = DOCUMENT["servers"]
    prefix = "https://intern.example.com/kinpay/"
    assert urljoin(f"{prefix}openapi.json", server["url"]) == prefix


def test_names_of_operations_are_distinct() -> None:
    names = [one["operationId"] for one in operations()]
    assert len({*names}) == len(names)


def test_every_error_that_a_caller_may_get_from_a_route_is_told_of() -> None:
    told = {error.code for (method, _), one in OPERATIONS.items() for error in errors_of(method, one)}
    known = {error.code for error in vars(errors).values() if isinstance(error, type) and hasattr(error, "code")}
    assert known - told == {errors.MethodNotAllowed.code}


def test_an_error_says_its_codes_and_its_shape() -> None:
    refused = resolved(DOCUMENT["paths"]["/payments"]["post"]["responses"]["400"])
    shape, codes = refused["content"]["application/json"]["schema"]["allOf"]
    assert codes["properties"]["code"]["enum"] == [4000, 4001]
    assert {*resolved(shape)["properties"]} == {"code", "error", "message", "fields"}
    assert "4001 Invalid JSON" in refused["description"]


def test_401_and_503_tell_of_their_headers_and_every_answer_of_the_request_id() -> None:
    for one in operations():
        for status, answer in one["responses"].items():
            headers = {*resolved(answer)["headers"]}
            assert "X-Request-Id" in headers
            if status == "401":
                assert "WWW-Authenticate" in headers
    assert "Retry-After" in DOCUMENT["components"]["responses"]["Error5030"]["headers"]


def test_all_but_the_status_wants_a_token() -> None:
    assert [*DOCUMENT["components"]["securitySchemes"]] == ["bearer", "password"]
    assert DOCUMENT["security"] == [{"bearer": []}, {"password": []}]
    assert [path for path, methods in DOCUMENT["paths"].items() if methods.get("get", {}).get("security") == []] == [
        "/status"
    ]
    assert "401" not in DOCUMENT["paths"]["/status"]["get"]["responses"]
    assert document(OPERATIONS, guarded=False)["security"] == []


def test_callbacks_are_described_where_they_are_asked_for() -> None:
    told = {}
    for path, methods in DOCUMENT["paths"].items():
        for one in methods.values():
            for callback in one.get("callbacks", {}).values():
                schema = callback["{$request.body#/callback}"]["post"]["requestBody"]["content"]["application/json"]
                for shape in schema["schema"].get("oneOf", [schema["schema"]]):
                    words = resolved(shape)["properties"]
                    told.setdefault(path, []).append(
                        tuple(words[key]["enum"][0] for key in ("object", "action", "state"))
                    )
    assert told == {
        "/payments": [("payment", "send", "success"), ("payment", "send", "fail")],
        "/services/{service_id}": [("payment", "receive", "success")],
        "/wallets": [("wallet", "create", "success"), ("wallet", "create", "fail")],
    }


def test_what_may_be_posted_comes_from_the_schemas_that_validate() -> None:
    payment = DOCUMENT["components"]["schemas"]["NewPayment"]
    assert {*payment["required"]} == {"id", "app_id", "amount", "recipient_address", "callback"}
    assert payment["properties"]["callback"]["maxLength"] == 2048
    assert payment["properties"]["id"]["maxLength"] == 24
    assert "additionalProperties" not in payment
    wallet = DOCUMENT["components"]["schemas"]["NewWallet"]
    assert {*wallet["required"]} == {"wallet_address", "app_id"}
    assert wallet["properties"]["callback"]["nullable"] is True
    [limit] = [one for one in DOCUMENT["paths"]["/payments"]["get"]["parameters"] if one.get("name") == "limit"]
    assert limit["schema"] == {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}


class TestRoute:
    """Over HTTP."""

    @pytest.mark.gen_test
    async def test_the_document_is_answered(self, api: Any) -> None:
        answer = await api.get("/openapi.json")
        assert answer.status == 200
        assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
        assert answer.value == json.loads(json.dumps(document(OPERATIONS, guarded=False)))

    @pytest.mark.gen_test
    async def test_it_is_the_same_each_time(self, api: Any) -> None:
        assert (await api.get("/openapi.json")).text == (await api.get("/openapi.json")).text


class TestGuardedRoute:
    """With tokens."""

    @pytest.fixture
    def app(self, store: FakeStore, report: FakeReport) -> Application:
        return build(store, report, api_tokens={"shop": "0123456789abcdef"})

    @pytest.mark.gen_test
    async def test_the_document_wants_a_token_and_says_that_the_others_do(self, api: Any) -> None:
        assert (await api.get("/openapi.json")).refuses(4010)
        answer = await api.get("/openapi.json", Authorization="Bearer 0123456789abcdef")
        assert answer.value["security"] == [{"bearer": []}, {"password": []}]
