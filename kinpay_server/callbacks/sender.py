"""Posts callbacks, signed. Redirects are not followed, and of an answer's body little is read: its status tells all."""

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC
from email.utils import parsedate_to_datetime

import aiohttp
from yarl import URL

from kinpay_server.callbacks.signature import Signatures
from kinpay_server.domain.allowed_hosts import AllowedHosts
from kinpay_server.domain.callback import SECOND, Callback, Delivery

MOST_OF_A_BODY = 64 * 1024
BODY_SECONDS = 1.0
"""So many bytes of an answer's body are awaited so long, so that the connection can be kept; else it is closed."""

MOST_OF_AN_ERROR = 500
"""Characters."""

NOT_ALLOWED = "host not allowed by [callbacks] allowed_hosts"

_HEADERS = {"Content-Type": "application/json", "User-Agent": "kinpay"}


class HttpSender:
    """The `Sender`: one session that keeps connections open. Make it inside a running event loop.

    `signing_keys` are the keys of Standard Webhooks; without any, callbacks carry their id and time only.
    """

    def __init__(
        self,
        *,
        timeout: float,
        signing_keys: Sequence[bytes] = (),
        allowed_hosts: AllowedHosts | None = None,
    ) -> None:
        self._signatures = Signatures(signing_keys)
        self._allowed_hosts = allowed_hosts or AllowedHosts()
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0),
            timeout=aiohttp.ClientTimeout(total=timeout),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=_HEADERS,
            auto_decompress=False,
        )

    async def send(self, callback: Callback) -> Delivery:
        """See the port. The timeout, in seconds, is for connecting, sending and the answer's head together."""
        try:
            url = URL(callback.url)
            if not self._allowed_hosts.allow(url.raw_host or "", url.port or 0):
                return Delivery(None, NOT_ALLOWED, final=True)
            headers = self._signatures.headers(callback.id, callback.body, int(time.time()))
            async with self._session.post(url, data=callback.body, headers=headers, allow_redirects=False) as answer:
                retry_after = parse_retry_after(answer.headers.get("Retry-After"))
                await _finish(answer)
                return Delivery(answer.status, None if answer.ok else _text(answer.reason or ""), retry_after)
        except TimeoutError:
            return Delivery(None, "timed out")
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return Delivery(None, _text(f"{type(error).__name__}: {error}"))

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()


async def _finish(answer: aiohttp.ClientResponse) -> None:
    """Read the body to its end, if that is near. Nobody needs it, so what goes wrong with it does not matter."""
    left = MOST_OF_A_BODY
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while piece := await answer.content.read(left):  # nothing any more, too, when none is left
                left -= len(piece)
    except (TimeoutError, aiohttp.ClientError, OSError, ValueError):
        answer.close()


def _text(told: str) -> str:
    """What a receiver or the network said, as text that any database takes."""
    return told[:MOST_OF_AN_ERROR].encode("utf-8", "replace").decode()


def parse_retry_after(value: str | None) -> int | None:
    """The patience that a receiver asks for, in milliseconds: seconds or an HTTP date; None for anything else."""
    if value is None:
        return None
    if value.isascii() and value.isdigit() and len(value) < 10:
        return int(value) * SECOND
    try:
        date = parsedate_to_datetime(value)
        if date.tzinfo is None:  # it says -0000: UTC, at an unknown place
            date = date.replace(tzinfo=UTC)
        return max(0, round((date.timestamp() - time.time()) * SECOND))
    except (ValueError, OverflowError):
        return None
