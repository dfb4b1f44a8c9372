"""An error answered below the routes, where Tornado has no handler."""

from http.client import responses

from tornado.httputil import HTTPHeaders, ResponseStartLine

from kinpay_server.domain.errors import KinpayError
from kinpay_server.web import errors, request_id

JSON = "application/json; charset=utf-8"


def parts(error: KinpayError, sent_request_id: str | None) -> tuple[ResponseStartLine, HTTPHeaders, bytes]:
    """Start line, headers and body of the answer."""
    body = errors.as_body(error)
    headers = {
        "Content-Type": JSON,
        "Content-Length": str(len(body)),
        "Cache-Control": "no-store",
        request_id.HEADER: request_id.request_id_of(sent_request_id),
    }
    status = error.http_status
    return ResponseStartLine("HTTP/1.1", status, responses[status]), HTTPHeaders(headers), body
