"""What all handlers share: the request id, JSON both ways, errors in one shape, the methods a route allows."""

from collections.abc import Awaitable
from types import TracebackType
from typing import Any, ClassVar

import structlog
from tornado.web import RequestHandler

from kinpay_server import exact_json
from kinpay_server.domain.errors import Forbidden, InvalidRequest, KinpayError, MethodNotAllowed, NotFound
from kinpay_server.web import callback_hosts, errors, json_body, request_id
from kinpay_server.web.callers import Callers
from kinpay_server.web.cross_origin import is_foreign
from kinpay_server.web.raw_answer import JSON
from kinpay_server.web.services import Services

_log = structlog.get_logger(__name__)


def _implements(handler: type[RequestHandler], method: str) -> bool:
    return getattr(handler, method) is not getattr(RequestHandler, method)


class Handler(RequestHandler):
    """A route. Its methods parse, call one service and `answer`; what goes wrong is raised and rendered here."""

    allowed: ClassVar[tuple[str, ...]] = ("OPTIONS",)
    public: ClassVar[bool] = False
    """True when nobody needs a token."""

    def __init_subclass__(cls) -> None:
        """Find the methods that the route has."""
        methods = [name for name in ("GET", "POST", "PUT", "DELETE") if _implements(cls, name.lower())]
        cls.allowed = (*methods, *(("HEAD",) if "GET" in methods else ()), "OPTIONS")

    @property
    def services(self) -> Services:
        """The use cases."""
        services: Services = self.settings["services"]
        return services

    def set_default_headers(self) -> None:
        """Set what every answer carries; Tornado calls it first of all, and again before it renders an error."""
        if not hasattr(self, "request_id"):
            self.request_id = request_id.request_id_of(self.request.headers.get(request_id.HEADER))
        self.clear_header("Server")
        self.set_header("Content-Type", JSON)
        self.set_header("Cache-Control", "no-store")
        self.set_header(request_id.HEADER, self.request_id)

    def prepare(self) -> Awaitable[None] | None:
        """Give the log the request id for the rest of this task, which is this request's own.

        The caller's name too, when there are tokens. Raises `Unauthorized` for a caller without one, `Forbidden` for
        what a page of another site makes a browser send.
        """
        structlog.contextvars.bind_contextvars(request_id=self.request_id)
        callback_hosts.allowed_hosts.set(self.settings["allowed_hosts"])
        if not self.public:
            self._know_caller(self.settings["callers"])
        if is_foreign(self.request, guarded=self.settings["callers"].known):
            raise Forbidden("this was sent by a web page of another site, or under a name that may be another site's")
        return None

    def _know_caller(self, callers: Callers) -> None:
        name = callers.name_of(self.request.headers.get("Authorization"))
        if name is not None:
            structlog.contextvars.bind_contextvars(caller=name)

    def body(self) -> dict[str, Any]:
        """The JSON object that was sent. Raises `InvalidRequest`, `InvalidJson`."""
        return json_body.read(self.request.headers.get("Content-Type"), self.request.body)

    def answer(self, value: Any, *, status: int = 200) -> None:
        """Send JSON."""
        self.set_status(status)
        self.finish(exact_json.dumps(value))

    def head(self, *args: str) -> Awaitable[None] | None:
        """Answer as GET does; Tornado leaves out the body."""
        return self.get(*args)

    def decode_argument(self, value: bytes, name: str | None = None) -> str:
        """Read a part of the path. Raises `InvalidRequest` when it is not UTF-8."""
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError:
            raise InvalidRequest("the path must be UTF-8") from None

    def options(self, *_args: str) -> None:
        """Tell the methods of the route."""
        self.set_status(204)
        self.set_header("Allow", ", ".join(self.allowed))

    def compute_etag(self) -> str | None:
        """No answer may be stored, so none has a tag."""
        return None

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Render what was raised; `status_code` is Tornado's guess."""
        error = errors.as_error(kwargs["exc_info"][1] if "exc_info" in kwargs else None)
        self.set_status(error.http_status)
        for name, value in errors.headers_of(error):
            self.add_header(name, value)
        if isinstance(error, MethodNotAllowed):
            self.set_header("Allow", ", ".join(self.allowed))
        self.finish(errors.as_body(error))

    def log_exception(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """Log what is our fault; the caller's mistakes are told to the caller."""
        if errors.as_error(value).http_status < 500:
            return
        known = isinstance(value, KinpayError)
        _log.error(
            "request failed", method=self.request.method, path=self.request.path, exc_info=None if known else value
        )


class UnknownRoute(Handler):
    """All that is no route."""

    def prepare(self) -> Awaitable[None] | None:
        """Raise `NotFound`."""
        super().prepare()
        raise NotFound("there is no such route")
