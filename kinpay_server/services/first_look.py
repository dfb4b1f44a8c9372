"""The first look at Horizon, before the API answers."""

import asyncio
from contextlib import suppress

from kinpay_server.services.network_view import NetworkView

SECONDS = 3.0
"""A Horizon that does not answer must not keep posts from being accepted."""


async def first_look(view: NetworkView, *, seconds: float = SECONDS) -> None:
    """So that another network stops the start; one that takes longer than `seconds` is asked again later.

    Raises `WrongNetwork`.
    """
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await view.refresh()
