"""One request, taken apart."""

from urllib.parse import parse_qsl

from aiohttp import web

from ..horizon.problems import not_acceptable
from ..horizon.rendering import Renderer
from .negotiation import EVENTS, HAL, JSON, negotiated


class Ask:
    """What a client wants. `base` is how it calls this server, `parts` the path in segments as sent: escapes stay."""

    __slots__ = ("base", "parts", "path", "query", "render", "request", "values")

    def __init__(self, request: web.BaseRequest, renderers: dict[str, Renderer]) -> None:
        self.request = request
        raw = request.rel_url.raw_path
        self.parts = [part for part in raw.split("/") if part]
        self.path = "/" + "/".join(self.parts)
        query = request.rel_url.raw_query_string
        self.query = dict(reversed(parse_qsl(query, keep_blank_values=True))) if query else {}
        host = request.headers.get("Host") or "localhost"
        self.base = f"{request.scheme}://{host}"
        render = renderers.get(self.base)
        if render is None:
            if len(renderers) > 16:
                renderers.clear()
            render = renderers[self.base] = Renderer(self.base)
        self.render = render
        self.values: dict[str, str] = {}

    def value(self, name: str) -> str:
        """What is named in the path, or else in the query: Horizon takes both for the same; empty if neither."""
        return self.values.get(name) or self.query.get(name, "")

    def wants_stream(self, *, streamable: bool) -> bool:
        """Whether events are wanted; a Problem if nothing that there is would do."""
        kind = negotiated(self.request.headers.get("Accept", ""))
        if kind in (HAL, JSON):
            return False
        if kind == EVENTS and streamable:
            return True
        raise not_acceptable()
