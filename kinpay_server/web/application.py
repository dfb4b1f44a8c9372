"""All routes as one Tornado application."""

import logging
from collections.abc import Mapping
from typing import Any

from tornado.httputil import HTTPConnection, HTTPMessageDelegate
from tornado.web import Application, RequestHandler

from kinpay_server.domain.allowed_hosts import AllowedHosts
from kinpay_server.web import docs, metrics, openapi, page, payments, status, wallets, watchers
from kinpay_server.web.base import UnknownRoute
from kinpay_server.web.body_limit import LimitedBody
from kinpay_server.web.callers import Callers
from kinpay_server.web.services import Services

MODULES = (payments, wallets, watchers, status, metrics, docs, page)
ROUTES = [route for module in MODULES for route in module.ROUTES]
OPERATIONS = openapi.merged([module.OPERATIONS for module in MODULES])

_MEASURED = metrics.Routes([*ROUTES, *page.OWN_ROUTES])
_access = logging.getLogger("tornado.access")


class LimitedApplication(Application):
    """An application that reads no body over 64 KiB, whatever server it runs in."""

    def start_request(self, server_conn: object, request_conn: HTTPConnection) -> HTTPMessageDelegate:
        """Put the limit before the routes."""
        return LimitedBody(super().start_request(server_conn, request_conn), request_conn)


def make_application(
    services: Services,
    *,
    api_tokens: Mapping[str, str] | None = None,
    allowed_hosts: AllowedHosts | None = None,
) -> Application:
    """The HTTP API over these services, for those who have one of the tokens (by name; without any, for everybody).

    Callbacks are taken for `allowed_hosts`.
    """
    settings: dict[str, Any] = {
        "services": services,
        "callers": Callers(api_tokens or {}),
        "allowed_hosts": allowed_hosts or AllowedHosts(),
        "documents": docs.Documents(OPERATIONS, guarded=bool(api_tokens)),
        "default_handler_class": UnknownRoute,
        "log_function": _log_request,
    }
    return LimitedApplication([*ROUTES, *page.OWN_ROUTES], **settings)


def _log_request(handler: RequestHandler) -> None:
    """Measured is each request; a line for it there is only where somebody debugs."""
    _MEASURED.count(handler)
    if _access.isEnabledFor(logging.DEBUG):
        request = handler.request
        milliseconds = 1000 * request.request_time()
        _access.debug("%d %s %s %.1f ms", handler.get_status(), request.method, request.path, milliseconds)
