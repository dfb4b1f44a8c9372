"""The status page: `/`, the files that it is made of, and what it asks for while it is open.

What lies below `/page/` is the page's own and may change with it, so the API's document is silent about that.
"""

from collections.abc import Awaitable
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from marshmallow import EXCLUDE, Schema, fields
from tornado.web import RequestHandler

from kinpay_server.domain.errors import Forbidden, NotFound
from kinpay_server.domain.payment import PaymentStatus
from kinpay_server.web.base import Handler
from kinpay_server.web.callers import Callers
from kinpay_server.web.operations import Answer, Operation, Operations
from kinpay_server.web.page_services import PageServices
from kinpay_server.web.page_values import overview_value, row_value, story_value
from kinpay_server.web.query import read_query
from kinpay_server.web.schema_fields import is_text
from kinpay_server.web.schemas import invalid, load

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
OWN_HEADER = "Kinpay-Page"
"""A header that a form or a link of another site cannot send: what changes something must have it."""

ROWS = 25
_HTML = Path(__file__).parent / "templates" / "page.html"
_FILES = Path(__file__).parent / "static" / "page"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


class PageHandler(Handler):
    """A route of the page. Without tokens it is for this machine only, whatever address the service listens on."""

    def prepare(self) -> Awaitable[None] | None:
        """Raise `Forbidden` for one who comes from elsewhere and cannot say who it is."""
        super().prepare()
        callers: Callers = self.settings["callers"]
        if not callers.known and not _is_loopback(self.request.remote_ip):
            raise Forbidden("without [security] api_tokens the status page is for the machine that kinpay runs on only")
        return None

    @property
    def page(self) -> PageServices:
        """The use cases of the page."""
        return self.services.page


class _File(PageHandler):
    """Something that a browser loads: kept by it, and asked for again each time whether it is still the same."""

    def send(self, path: Path) -> None:
        """Answer the file."""
        self.set_header("Content-Type", _TYPES[path.suffix])
        self.set_header("Content-Security-Policy", POLICY)
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Referrer-Policy", "same-origin")
        self.set_header("Cache-Control", "private, no-cache")
        self.finish(path.read_bytes())

    def compute_etag(self) -> str | None:
        """By its content."""
        return RequestHandler.compute_etag(self)


class Page(_File):
    """`/`."""

    def get(self) -> None:
        """Answer the page; what it shows it asks for."""
        self.send(_HTML)


class PageFile(_File):
    """`/page/files/{file}`."""

    def get(self, name: str) -> None:
        """Answer a script, the style or the icon."""
        if name not in {path.name for path in _FILES.iterdir()}:
            raise NotFound("there is no such file")
        self.send(_FILES / name)


class About(PageHandler):
    """`/page/about`: what does not change while the process lives."""

    def get(self) -> None:
        """Answer version, network and configuration."""
        self.answer(dict(self.page.about))


class ShownOverview(PageHandler):
    """`/page/overview`: what the page polls."""

    async def get(self) -> None:
        """Answer how it is now."""
        self.answer(overview_value(await self.page.overview()))


class NewestQuery(Schema):
    """The query of `/page/payments`."""

    class Meta:
        """Options."""

        unknown = EXCLUDE

    status = fields.Enum(PaymentStatus, by_value=True, load_default=None, allow_none=False)
    q = fields.String(load_default="")


class NewestPayments(PageHandler):
    """`/page/payments?status=&q=`."""

    async def get(self) -> None:
        """Answer what was searched for, or the newest payments; nothing is found for what nothing can be named."""
        query = load(_NEWEST, read_query(self.request.query_arguments, _NEWEST))
        text, status = query["q"].strip(), query["status"]
        if not text:
            found = await self.page.newest(status, ROWS)
        else:
            found = await self.page.find(text) if is_text(text) else []
        shown = [row_value(one) for one in found if status is None or one.status is status]
        self.answer({"payments": shown, "searched": bool(text)})


class OneStory(PageHandler):
    """`/page/payment?id=`; an id may be `..`, which no path can hold."""

    async def get(self) -> None:
        """Answer the story. Raises `PaymentNotFound`."""
        wanted = load(_STORY, read_query(self.request.query_arguments, _STORY))["id"]
        self.answer(story_value(await self.page.story(wanted), self.page.asset))


class StoryQuery(Schema):
    """The query of `/page/payment`."""

    class Meta:
        """Options."""

        unknown = EXCLUDE

    id = fields.String(load_default="")


class Replay(PageHandler):
    """`/page/replay`: dead callbacks are sent again."""

    def prepare(self) -> Awaitable[None] | None:
        """A browser sends the password along for any page; only our own page sends this header too."""
        super().prepare()
        if self.request.method == "POST" and OWN_HEADER not in self.request.headers:
            raise Forbidden(f"only the status page may do this: it sends the header {OWN_HEADER}")
        return None

    async def post(self) -> None:
        """Replay `{"callback": id}`, or all for `{"all": true}`; answer how many are due again."""
        body = self.body()
        self.answer({"replayed": await self._replay(body.get("callback"), everything=body.get("all"))})

    async def _replay(self, callback_id: Any, *, everything: Any) -> int:
        if everything is True and callback_id is None:
            return await self.page.replay_all()
        if everything is None and isinstance(callback_id, str) and is_text(callback_id):
            return await self.page.replay_one(callback_id)
        raise invalid({"callback": ["must be the id of a callback, unless all is true"]})


def _is_loopback(address: str | None) -> bool:
    """True for a connection from this machine; over a socket file there is no address."""
    try:
        ip = ip_address((address or "").partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(ip, "ipv4_mapped", None)
    return bool((mapped or ip).is_loopback)


_NEWEST, _STORY = NewestQuery(), StoryQuery()
ROUTES = [(r"/", Page)]
OWN_ROUTES = [
    (r"/page/files/([^/]+)", PageFile),
    (r"/page/about", About),
    (r"/page/overview", ShownOverview),
    (r"/page/payments", NewestPayments),
    (r"/page/payment", OneStory),
    (r"/page/replay", Replay),
]
OPERATIONS: Operations = {
    ("GET", "/"): Operation(
        "The status page",
        description="For people. What it asks for below `/page/` is its own and may change with any version.",
        answers={200: Answer("A page.", None, "text/html")},
        errors=(Forbidden,),
    ),
}
