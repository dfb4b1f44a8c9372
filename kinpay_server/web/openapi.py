"""The OpenAPI document, made from what the route modules declare (`operations`) and from the schemas that validate."""

import re
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from itertools import groupby
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from marshmallow import Schema, fields, missing

from kinpay_server.domain.errors import (
    BodyTooLarge,
    Forbidden,
    InternalError,
    InvalidJson,
    InvalidRequest,
    KinpayError,
    Unauthorized,
)
from kinpay_server.web.answers import ErrorSchema
from kinpay_server.web.operations import JSON, Answer, Operation, Operations

OPENAPI = "3.0.3"
DESCRIPTION = (
    "Pays an app's users in a token on the Stellar network. Amounts are exact: read them without a float. "
    "Unknown fields of a request are ignored. Every answer carries the `X-Request-Id` of the request, or a new one."
)
_SAFE = frozenset({"GET"})
_TOKENS: list[dict[str, list[str]]] = [{"bearer": []}, {"password": []}]
_TAGS = ("payments", "wallets", "services", "watchers", "about")
_HEADERS: Mapping[int, dict[str, str]] = {401: {"WWW_Authenticate": "Challenge"}, 503: {"Retry_After": "RetryAfter"}}
_CALLBACK_URL = "{$request.body#/callback}"


def document(operations: Operations, *, guarded: bool) -> dict[str, Any]:
    """The document as plain data. `guarded`: all but what is public wants a token."""
    plugin = MarshmallowPlugin()
    spec = APISpec(
        title="kinpay",
        version=version("kinpay"),
        openapi_version=OPENAPI,
        plugins=[plugin],
        info={"description": DESCRIPTION, "license": {"name": "Apache-2.0"}},
        servers=[{"url": "."}],  # where the document is, behind a path prefix too
        security=_TOKENS if guarded else [],
        tags=[{"name": tag} for tag in _TAGS],
    )
    if plugin.converter is not None:  # it has one once the document has it
        plugin.converter.attribute_functions.remove(plugin.converter.field2default)
        plugin.converter.add_attribute_function(_described)  # type: ignore[no-untyped-call]
    _add_components(spec)
    _add_errors(spec, operations)
    for path, methods in groupby(operations, key=lambda known: known[1]):
        spec.path(
            path, operations={name.lower(): _operation(name, path, operations[name, path]) for name, _ in methods}
        )
    return spec.to_dict()


def errors_of(method: str, operation: Operation) -> list[type[KinpayError]]:
    """All errors that an operation may answer with: its own and those of its kind; ordered by their codes."""
    errors: set[type[KinpayError]] = {InternalError, *operation.errors}
    if not operation.public:
        errors.add(Unauthorized)
    if method not in _SAFE:
        errors.add(Forbidden)
    if operation.path or operation.query:
        errors.add(InvalidRequest)
    if operation.body:
        errors |= {InvalidRequest, InvalidJson, BodyTooLarge}
    return sorted(errors, key=lambda error: error.code)


def _add_components(spec: APISpec) -> None:
    spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer"})
    spec.components.security_scheme(
        "password", {"type": "http", "scheme": "basic", "description": "Any user name, the token as password."}
    )
    spec.components.header("RequestId", {"description": "Names this request in the log.", "schema": {"type": "string"}})
    spec.components.header("RetryAfter", {"description": "Seconds.", "schema": {"type": "integer"}})
    spec.components.header("Challenge", {"description": "How to bring a token.", "schema": {"type": "string"}})
    spec.components.parameter(
        "RequestId",
        "header",
        {"name": "X-Request-Id", "description": "Your own name for this request.", "schema": {"type": "string"}},
    )
    for name in ("id", "timestamp", "signature"):
        header = {"name": f"webhook-{name}", "schema": {"type": "string"}, "required": name != "signature"}
        spec.components.parameter(f"Webhook{name.title()}", "header", header)


def _operation(method: str, path: str, operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": _name_of(method, path),
        "summary": operation.summary,
        "tags": [_tag_of(path)],
        "parameters": ["RequestId", *_parameters(operation)],
        "responses": _answers(operation) | _errors(errors_of(method, operation)),
    }
    if operation.description:
        described["description"] = operation.description
    if operation.public:
        described["security"] = []
    if operation.body:
        described["requestBody"] = {"required": True, "content": {JSON: {"schema": operation.body}}}
    if operation.tells:
        described["callbacks"] = {name: {_CALLBACK_URL: {"post": _told(one)}} for name, one in operation.tells.items()}
    return described


def _parameters(operation: Operation) -> Iterator[dict[str, Any]]:
    for place, schema in (("path", operation.path), ("query", operation.query)):
        if schema:
            yield {"in": place, "schema": schema}


def _answers(operation: Operation) -> dict[str, Any]:
    return {str(status): _answer(answer) for status, answer in operation.answers.items()}


def _answer(answer: Answer) -> dict[str, Any]:
    schema: Any = answer.schema or {"type": "string"}
    return _response(answer.description, schema, answer.content_type)


def _response(description: str, schema: Any, content_type: str = JSON, **headers: str) -> dict[str, Any]:
    return {
        "description": description,
        "headers": {"X-Request-Id": "RequestId", **{name.replace("_", "-"): ref for name, ref in headers.items()}},
        "content": {content_type: {"schema": schema}},
    }


def _errors(errors: Sequence[type[KinpayError]]) -> dict[str, Any]:
    """One answer for each status, by its name among the components."""
    return {str(alike[0].code // 10): _name_of_answer(alike) for alike in _by_status(errors)}


def _by_status(errors: Sequence[type[KinpayError]]) -> list[tuple[type[KinpayError], ...]]:
    return [tuple(alike) for _, alike in groupby(errors, key=lambda error: error.code // 10)]


def _name_of_answer(alike: Sequence[type[KinpayError]]) -> str:
    return "Error" + "Or".join(str(error.code) for error in alike)


def _add_errors(spec: APISpec, operations: Operations) -> None:
    """Each set of errors that some operation answers with one status; the schema names their codes."""
    needed = {alike for (method, _), one in operations.items() for alike in _by_status(errors_of(method, one))}
    for alike in sorted(needed, key=_name_of_answer):
        spec.components.response(_name_of_answer(alike), _error(alike))


def _error(alike: Sequence[type[KinpayError]]) -> dict[str, Any]:
    codes = [error.code for error in alike]
    schema = {"allOf": [ErrorSchema, {"type": "object", "properties": {"code": {"enum": codes}}}]}
    description = " ".join(f"{error.code} {error.title}: {_first_line(error)}" for error in alike)
    return _response(description, schema, **_HEADERS.get(codes[0] // 10, {}))


def _told(shapes: Sequence[type[Schema]]) -> dict[str, Any]:
    schema: Any = shapes[0] if len(shapes) == 1 else {"oneOf": list(shapes)}
    return {
        "summary": "Tell what became of it",
        "description": "Repeated for up to three days until it is answered with 2xx or 410. Signed: Standard Webhooks.",
        "parameters": ["WebhookId", "WebhookTimestamp", "WebhookSignature"],
        "requestBody": {"required": True, "content": {JSON: {"schema": schema}}},
        "responses": {
            "2XX": {"description": "Taken; the body is not read."},
            "410": {"description": "Never wanted again."},
            "default": {"description": "Not taken, tried again later; `Retry-After` is honoured."},
        },
        "security": [],
    }


def _described(_converter: Any, field: fields.Field[Any], **_kwargs: Any) -> dict[str, Any]:
    """What a field of ours says of itself, in words and for machines; and its default, unless that is None."""
    described: dict[str, Any] = dict(getattr(field, "openapi", {}))
    if isinstance(field, fields.Enum):
        described["type"] = "string"
    expected = getattr(field, "expected", None)
    if expected:
        described["description"] = expected
    if field.load_default is not missing and field.load_default is not None:
        described.setdefault("default", field.load_default)
    return described


def _tag_of(path: str) -> str:
    """The noun at its beginning, or for what tells of the service itself the last tag."""
    noun = path.split("/")[1]
    return noun if noun in _TAGS else _TAGS[-1]


def _name_of(method: str, path: str) -> str:
    words = re.findall(r"[a-z]+", path.replace("{", " by ").lower())
    return method.lower() + "".join(word.title() for word in words)


def _first_line(error: type[KinpayError]) -> str:
    return (error.__doc__ or "").strip().splitlines()[0]


def merged(modules: Sequence[Mapping[tuple[str, str], Operation]]) -> Operations:
    """The operations of several modules, ordered by path."""
    known = {key: operation for operations in modules for key, operation in operations.items()}
    return dict(sorted(known.items(), key=lambda item: (item[0][1], item[0][0])))
