"""Pages: how many payments, from where on, and where the next page starts."""

import base64
import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from marshmallow import ValidationError, fields

from kinpay_server.domain.payment import Payment, as_value
from kinpay_server.web.schema_fields import is_text

DEFAULT_LIMIT = 50
MAX_LIMIT = 200
MAX_POSITION = 2**63 - 1

_URL_SAFE = re.compile("[A-Za-z0-9_-]+")
_CURSOR = re.compile(r"(0|[1-9][0-9]{0,17})-(.+)")


class Limit(fields.Field[int]):
    """How many: a whole number in a query."""

    openapi: ClassVar[Mapping[str, Any]] = {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT}

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **_kwargs: Any) -> int:
        if not re.fullmatch("[0-9]{1,3}", value) or not 1 <= int(value) <= MAX_LIMIT:
            raise ValidationError(f"must be a whole number from 1 to {MAX_LIMIT}")
        return int(value)


class Cursor(fields.Field[tuple[int, str]]):
    """From where on: `next` of the page before."""

    openapi: ClassVar[Mapping[str, Any]] = {"type": "string", "description": "`next` of the page before."}

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **_kwargs: Any
    ) -> tuple[int, str]:
        try:
            return parse_cursor(value)
        except ValueError:
            raise ValidationError("must be the `next` of the page before") from None


class Position(fields.Field[int]):
    """A position on the ledger: `next` of the page before."""

    openapi: ClassVar[Mapping[str, Any]] = {"type": "string", "description": "`next` of the page before."}

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **_kwargs: Any) -> int:
        if not re.fullmatch("0|[1-9][0-9]{0,18}", value) or int(value) > MAX_POSITION:
            raise ValidationError("must be the `next` of the page before")
        return int(value)


class NewestFirst(fields.Field[bool]):
    """An order: `asc`, the oldest first, or `desc`."""

    openapi: ClassVar[Mapping[str, Any]] = {"type": "string", "enum": ["asc", "desc"], "default": "asc"}

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **_kwargs: Any) -> bool:
        if value not in ("asc", "desc"):
            raise ValidationError("must be asc (the oldest first) or desc")
        return bool(value == "desc")


def cursor_of(payment: Payment) -> str:
    """Text that is safe in a URL and leads to the page after this payment."""
    return base64.urlsafe_b64encode(f"{payment.created_at}-{payment.id}".encode()).decode().rstrip("=")


def parse_cursor(text: str) -> tuple[int, str]:
    """The (created_at, id) that a cursor holds. Raises `ValueError` for any other text."""
    if not _URL_SAFE.fullmatch(text):
        raise ValueError("no cursor")
    held = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode()
    parts = _CURSOR.fullmatch(held)
    if parts is None or not is_text(parts[2]):
        raise ValueError("no cursor")
    return int(parts[1]), parts[2]


def page_of(found: Sequence[Payment], limit: int) -> dict[str, Any]:
    """The page of at most `limit` payments; `found` holds one more when there is a next page."""
    shown = found[:limit]
    return {
        "payments": [as_value(payment) for payment in shown],
        "next": cursor_of(shown[-1]) if len(found) > limit else None,
    }
