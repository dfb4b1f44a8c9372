"""One HTTP session with Horizon: connections stay open, every failure has a name, what was answered is bytes."""

from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic
from types import MappingProxyType

import aiohttp
from yarl import URL

from kinpay_server.ledger.outcomes import CONNECTION_FAILED, CONNECTION_LOST, TIMED_OUT
from kinpay_server.services.ports import HorizonMeter

_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """A complete answer. Header names are looked up in any case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class NoAnswer(Exception):
    """No complete answer came. `code` is the outcome table's word for it."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code} ({detail})" if detail else code)
        self.code = code


@dataclass(frozen=True, slots=True)
class RateLimit:
    """Horizon's rate limit as its last answer told: requests allowed, left, and seconds until all are again."""

    limit: int
    remaining: int
    reset: int


class HorizonConnection:
    """GET and POST to one Horizon. Redirects are not followed, nothing is repeated by itself."""

    def __init__(self, horizon_url: str, *, timeout: float, meter: HorizonMeter | None = None) -> None:
        self._base = horizon_url.rstrip("/")
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._meter = meter
        self._session: aiohttp.ClientSession | None = None
        self._last_headers: Mapping[str, str] = MappingProxyType({})

    async def open(self) -> None:
        """Make the session; to be called inside the loop that uses it."""
        # A page is mostly base64 of random bytes: zipping costs Horizon more time than it saves on the way.
        headers = {"Accept-Encoding": "identity", "Accept": "application/json"}
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0),
            timeout=self._timeout,
            headers=headers,
            cookie_jar=aiohttp.DummyCookieJar(),
        )

    async def close(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    @property
    def rate_limit(self) -> RateLimit | None:
        """What the last answer said; None without all three headers."""
        names = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")
        try:
            return RateLimit(*(int(self._last_headers[name]) for name in names))
        except (KeyError, ValueError):
            return None

    def url(self, path: str) -> URL:
        """The whole URL of a path, with its query, that is encoded already."""
        return URL(self._base + path, encoded=True)

    async def get(self, path: str) -> HttpAnswer:
        """Raises `NoAnswer`."""
        return await self._request("GET", self.url(path), None, None, self._timeout)

    async def post_form(self, url: URL, body: bytes, *, wait_seconds: float | None = None) -> HttpAnswer:
        """Send a form that is encoded already; `wait_seconds` replaces the usual time-out. Raises `NoAnswer`."""
        limit = self._timeout if wait_seconds is None else aiohttp.ClientTimeout(total=wait_seconds)
        return await self._request("POST", url, body, _FORM, limit)

    async def _request(
        self, method: str, url: URL, body: bytes | None, headers: dict[str, str] | None, limit: aiohttp.ClientTimeout
    ) -> HttpAnswer:
        began = monotonic()
        try:
            answer = await self._ask(method, url, body, headers, limit)
        except NoAnswer as error:
            if self._meter is not None:
                self._meter.horizon_silent(method, monotonic() - began, error.code)
            raise
        if self._meter is not None:
            self._meter.horizon_answered(method, monotonic() - began, answer.status)
        self._last_headers = answer.headers
        return answer

    async def _ask(
        self, method: str, url: URL, body: bytes | None, headers: dict[str, str] | None, limit: aiohttp.ClientTimeout
    ) -> HttpAnswer:
        if self._session is None:
            raise RuntimeError("the connection to Horizon is not open")
        try:
            async with self._session.request(
                method, url, data=body, headers=headers, timeout=limit, allow_redirects=False
            ) as response:
                return HttpAnswer(response.status, response.headers, await response.read())
        except TimeoutError as error:
            raise NoAnswer(TIMED_OUT, "") from error
        except aiohttp.ClientConnectorError as error:
            raise NoAnswer(CONNECTION_FAILED, str(error)) from error
        except (aiohttp.ClientError, OSError) as error:
            raise NoAnswer(CONNECTION_LOST, type(error).__name__) from error
