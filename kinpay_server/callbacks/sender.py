"""Posts callbacks. Redirects are not followed, and of an answer's body little is read."""

import time
from email.utils import parsedate_to_datetime

import aiohttp

from kinpay_server.domain.callback import SECOND, Callback, Delivery

MOST_OF_A_BODY = 64 * 1024
"""Bytes of an answer that are read so that the connection can be kept; one that goes on is closed."""

_HEADERS = {"Content-Type": "application/json", "User-Agent": "kinpay"}


class HttpSender:
    """The `Sender`: one session that keeps connections open. Make it inside a running event loop."""

    def __init__(self, *, timeout: float) -> None:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0),
            timeout=aiohttp.ClientTimeout(total=timeout),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=_HEADERS,
            auto_decompress=False,
        )

    async def send(self, callback: Callback) -> Delivery:
        """See the port. The timeout, in seconds, is for connecting, sending and the answer's head and body together."""
        try:
            async with self._session.post(callback.url, data=callback.body, allow_redirects=False) as answer:
                retry_after = parse_retry_after(answer.headers.get("Retry-After"))
                await answer.content.read(MOST_OF_A_BODY)
                return Delivery(answer.status, None if answer.ok else answer.reason, retry_after)
        except TimeoutError:
            return Delivery(None, "timed out")
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return Delivery(None, f"{type(error).__name__}: {error}"[:500])

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()


def parse_retry_after(value: str | None) -> int | None:
    """The patience that a receiver asks for, in milliseconds: seconds or an HTTP date; None for anything else."""
    if value is None:
        return None
    if value.isascii() and value.isdigit() and len(value) < 10:
        return int(value) * SECOND
    try:
        return max(0, round((parsedate_to_datetime(value).timestamp() - time.time()) * SECOND))
    except (ValueError, OverflowError):
        return None
