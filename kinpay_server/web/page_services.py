"""What the status page needs of the rest."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from kinpay_server.domain.payment import Payment, PaymentStatus
from kinpay_server.services.overview import Overview
from kinpay_server.services.payment_story import Story


@dataclass(frozen=True, slots=True)
class PageServices:
    """The use cases behind the page.

    `newest` takes a status or None, and how many; `story` raises `PaymentNotFound`; the two that replay return how many
    callbacks are due again; `about` is what does not change while the process lives, as the page shows it.
    """

    overview: Callable[[], Awaitable[Overview]]
    newest: Callable[[PaymentStatus | None, int], Awaitable[list[Payment]]]
    find: Callable[[str], Awaitable[list[Payment]]]
    story: Callable[[str], Awaitable[Story]]
    replay_one: Callable[[str], Awaitable[int]]
    replay_all: Callable[[], Awaitable[int]]
    asset: str
    about: Mapping[str, Any]
