"""From an exception to the answer: the one place where an error gets its HTTP status and its JSON."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tornado.web import HTTPError

from kinpay_server import exact_json
from kinpay_server.domain.errors import (
    BodyTooLarge,
    InternalError,
    KinpayError,
    MethodNotAllowed,
    NotFound,
    Unauthorized,
    Unavailable,
)
from kinpay_server.web import json_body
from kinpay_server.web.callers import CHALLENGES

_OF_TORNADO: Mapping[int, Callable[[], KinpayError]] = {
    400: json_body.wrong_type,  # Tornado raises it by itself only for a form that it cannot parse
    404: NotFound,
    405: MethodNotAllowed,
    413: BodyTooLarge,
}
_HEADERS: Mapping[type[KinpayError], Sequence[tuple[str, str]]] = {
    Unauthorized: [("WWW-Authenticate", challenge) for challenge in CHALLENGES],
    Unavailable: [("Retry-After", "1")],
}


def as_error(exception: BaseException | None) -> KinpayError:
    """The error that the caller may see; whatever is not meant for callers becomes an `InternalError`."""
    if isinstance(exception, KinpayError):
        return exception
    if isinstance(exception, HTTPError):
        return _OF_TORNADO.get(exception.status_code, InternalError)()
    return InternalError()


def as_body(error: KinpayError) -> bytes:
    """The contract's shape: `code` and `error` always, `message` and `fields` where they help."""
    value: dict[str, Any] = {"code": error.code, "error": error.title}
    if error.message is not None:
        value["message"] = error.message
    if error.fields is not None:
        value["fields"] = error.fields
    return exact_json.dumps(value)


def headers_of(error: KinpayError) -> Sequence[tuple[str, str]]:
    """Headers that the answer carries because of the error."""
    return _HEADERS.get(type(error), ())
