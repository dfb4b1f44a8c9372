"""Query parameters, with Horizon's words for what is wrong with them."""

import re
from typing import NamedTuple
from urllib.parse import urlencode

from ..core.addresses import key_of
from ..horizon.problems import bad_request

MAX_LIMIT = 200
DEFAULT_LIMIT = 10
_INTEGER = re.compile(r"-?[0-9]+\Z")
_CURSOR = re.compile(r"([0-9]+)(?:-([0-9]+))?\Z")
_HASH = re.compile(r"[0-9a-f]{64}\Z")
MAX_INT64 = (1 << 63) - 1

Query = dict[str, str]


class Page(NamedTuple):
    """Where a page begins (`cursor` as it is shown), how long it is, and which way it goes."""

    cursor: str
    limit: int
    descending: bool

    @property
    def order(self) -> str:
        """As in links."""
        return "desc" if self.descending else "asc"

    @property
    def token(self) -> int | None:
        """The cursor as the number that orders records; None without one."""
        if not self.cursor:
            return None
        if not self.cursor.isdigit():
            raise bad_request()
        return int(self.cursor)


def page_of(query: Query, now: int, last_event_id: str | None = None, *, numbered: bool = True) -> Page:
    """The page that a request wants; `now` is the token behind everything that there is.

    Lists whose cursors are no numbers (`numbered` False) look at them themselves.
    """
    cursor = query.get("cursor", "")
    if cursor == "now":
        cursor = str(now)
    cursor = last_event_id or cursor
    if _INTEGER.match(cursor) and int(cursor) < 0:
        raise bad_request("cursor", f"the cursor {int(cursor)} is a negative number: ")
    page = Page(cursor, limit_of(query), order_of(query))
    if cursor and numbered:
        found = _CURSOR.match(cursor)
        if found is None or any(int(part) > MAX_INT64 for part in found.groups("0")):
            raise bad_request("cursor", "cursor: invalid value")
    return page


def limit_of(query: Query) -> int:
    """How many records."""
    text = query.get("limit", "")
    if not text:
        return DEFAULT_LIMIT
    if not _INTEGER.match(text) or abs(int(text)) > MAX_INT64:
        raise bad_request("limit", "unparseable value")
    limit = int(text)
    if limit <= 0:
        raise bad_request("limit", "invalid limit: non-positive value provided")
    if limit > MAX_LIMIT:
        raise bad_request("limit", f"invalid limit: value provided that is over limit max of {MAX_LIMIT}")
    return limit


def order_of(query: Query) -> bool:
    """Whether the newest come first."""
    text = query.get("order", "")
    if text not in ("", "asc", "desc"):
        raise bad_request("order", "order: invalid value")
    return text == "desc"


def links_of(base: str, path: str, query: Query, page: Page, first: str, last: str) -> dict[str, dict[str, str]]:
    """self, next and prev; all parameters stay, in the order of their names."""

    def href(cursor: str, order: str) -> dict[str, str]:
        values = query | {"cursor": cursor, "limit": str(page.limit), "order": order}
        return {"href": f"{base}{path}?{urlencode(sorted(values.items()))}"}

    backwards = "asc" if page.descending else "desc"
    return {
        "self": href(page.cursor, page.order),
        "next": href(last or page.cursor, page.order),
        "prev": href(first or page.cursor, backwards),
    }


def flag(query: Query, name: str) -> bool:
    """true or false."""
    text = query.get(name, "")
    if text in ("", "false", "0", "f", "F", "FALSE", "False"):
        return False
    if text in ("true", "1", "t", "T", "TRUE", "True", "on"):
        return True
    raise bad_request(name, "Filter should be true or false")


def account_id(text: str, field: str = "account_id") -> bytes:
    """The raw key of an account id."""
    try:
        return key_of(text)
    except Exception:
        reason = "Account ID must start with `G` and contain 56 alphanum characters"
        raise bad_request(field, reason) from None


def transaction_hash(text: str) -> str:
    """64 lower-case hexadecimal digits."""
    if not _HASH.match(text):
        raise bad_request("tx_id", "Transaction hash must be a hex-encoded, lowercase SHA-256 hash")
    return text


def unsigned(text: str, field: str, reason: str, *, bits: int = 64) -> int:
    """A whole number that is not negative; 0 if there is none."""
    if not text:
        return 0
    if not text.isdecimal() or not text.isascii() or int(text) >= 1 << bits:
        raise bad_request(field, reason)
    return int(text)


def ledger_number(text: str) -> int:
    """A ledger's number."""
    return unsigned(text, "ledger_id", "Ledger ID must be an integer higher than 0", bits=32)
