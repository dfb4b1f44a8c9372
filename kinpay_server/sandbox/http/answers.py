"""Responses with the headers that Horizon sends."""

import zlib
from typing import Any

import orjson
from aiohttp import web

from ..horizon.problems import Problem
from .rate_limit import RateLimit

HAL = "application/hal+json; charset=utf-8"
PROBLEM = "application/problem+json; charset=utf-8"
LIMIT = web.RequestKey("limit", RateLimit)
NO_CACHE = "no-cache, no-store, max-age=0"
COMPRESS_FROM = 1400
"""Bytes; smaller answers are sent as they are."""


class Plain(Exception):
    """An answer without a body: 405."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def headers(request: web.BaseRequest) -> dict[str, str]:
    """What every answer carries."""
    found = {"Cache-Control": NO_CACHE, "Vary": "Origin"}
    if request.headers.get("Accept") != "text/event-stream":  # streams are not counted, and not told
        found |= _limit(request).headers(request.remote or "")
    if "Origin" in request.headers:
        found["Access-Control-Allow-Origin"] = "*"
        found["Access-Control-Expose-Headers"] = "Date, Latest-Ledger"
    return found


def _limit(request: web.BaseRequest) -> RateLimit:
    """The server's limit, which it puts on each request."""
    return request[LIMIT]


def document(request: web.BaseRequest, body: Any, status: int = 200, latest: int | None = None) -> web.Response:
    """A HAL document; `latest` is the ledger of the snapshot that it shows, where Horizon tells it."""
    raw = body if isinstance(body, bytes) else encode(body)
    sent = headers(request)
    sent["Content-Disposition"] = "inline"
    sent["Content-Type"] = HAL
    if latest is not None:
        sent["Latest-Ledger"] = str(latest)
    return _packed(request, raw, status, sent)


def problem(request: web.BaseRequest, found: Problem, latest: int | None = None) -> web.Response:
    """A problem document."""
    sent = headers(request)
    sent["Content-Type"] = PROBLEM
    if latest is not None:
        sent["Latest-Ledger"] = str(latest)
    if found.status == 429:
        sent |= {"Retry-After": "1", "X-Ratelimit-Remaining": "0"}
    return _packed(request, encode(found.body), found.status, sent)


def raw(request: web.BaseRequest, body: bytes, latest: int) -> web.Response:
    """Bytes as they are."""
    sent = headers(request) | {"Latest-Ledger": str(latest), "Content-Type": "text/plain; charset=utf-8"}
    return web.Response(body=body, headers=sent)


def nothing(request: web.BaseRequest, status: int) -> web.Response:
    """A status and no body."""
    return web.Response(status=status, headers=headers(request))


def encode(body: Any) -> bytes:
    """JSON as Horizon lays it out, in lines."""
    return orjson.dumps(body, option=orjson.OPT_INDENT_2)


def _packed(request: web.BaseRequest, raw: bytes, status: int, sent: dict[str, str]) -> web.Response:
    if len(raw) >= COMPRESS_FROM and "gzip" in request.headers.get("Accept-Encoding", ""):
        packer = zlib.compressobj(1, zlib.DEFLATED, 31)
        raw = packer.compress(raw) + packer.flush()
        sent["Content-Encoding"] = "gzip"
        sent["Vary"] = "Accept-Encoding"
    return web.Response(body=raw, status=status, headers=sent)
