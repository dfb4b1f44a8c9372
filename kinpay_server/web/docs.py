"""The API's documentation: `/openapi.json`, and `/docs`, which shows it with Swagger UI. All of it comes from here."""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from swagger_ui_bundle import swagger_ui_path

from kinpay_server import exact_json
from kinpay_server.domain.errors import NotFound
from kinpay_server.web.answers import DocumentSchema
from kinpay_server.web.base import Handler
from kinpay_server.web.openapi import document
from kinpay_server.web.operations import Answer, Operation, Operations
from kinpay_server.web.schemas import DocsPath

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_OWN = Path(__file__).parent / "static" / "docs"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".png": "image/png",
}
_FILES: Mapping[str, Path] = {
    "swagger-ui.css": Path(swagger_ui_path) / "swagger-ui.css",
    "swagger-ui-bundle.js": Path(swagger_ui_path) / "swagger-ui-bundle.js",
    "favicon-32x32.png": Path(swagger_ui_path) / "favicon-32x32.png",
    "start.js": _OWN / "start.js",
}


class Documents:
    """The document of an application, made when it is first asked for."""

    def __init__(self, operations: Operations, *, guarded: bool) -> None:
        self._operations = operations
        self._guarded = guarded

    @cached_property
    def json(self) -> bytes:
        """The document as it is answered."""
        return exact_json.dumps(document(self._operations, guarded=self._guarded))


class OpenApi(Handler):
    """`/openapi.json`."""

    def get(self) -> None:
        """Answer the document."""
        documents: Documents = self.settings["documents"]
        self.finish(documents.json)


class Page(Handler):
    """`/docs` and the files that it is made of."""

    def get(self, name: str | None = None) -> None:
        """Answer one of them; a browser may keep all but the page for a day."""
        path = _OWN / "index.html" if name is None else _FILES.get(name)
        if path is None:
            raise NotFound("there is no such file")
        self.set_header("Content-Type", _TYPES[path.suffix])
        self.set_header("Content-Security-Policy", POLICY)
        self.set_header("X-Content-Type-Options", "nosniff")
        if name is not None:
            self.set_header("Cache-Control", "private, max-age=86400")
        self.finish(path.read_bytes())


ROUTES = [
    (r"/openapi\.json", OpenApi),
    (r"/docs", Page),
    (r"/docs/([^/]+)", Page),
]
OPERATIONS: Operations = {
    ("GET", "/openapi.json"): Operation("This document", answers={200: Answer("OpenAPI 3.", DocumentSchema)}),
    ("GET", "/docs"): Operation("This document for people", answers={200: Answer("A page.", None, "text/html")}),
    ("GET", "/docs/{file}"): Operation(
        "A part of that page",
        path=DocsPath,
        answers={200: Answer("A script, a style or a picture.", None, "*/*")},
        errors=(NotFound,),
    ),
}
