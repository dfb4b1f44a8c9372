"""What callers change is in the log, once it is on disk."""

from collections.abc import Awaitable, Callable
from typing import Any
from unittest.mock import AsyncMock, Mock

import pytest
from structlog.testing import capture_logs

from kinpay_server.domain.errors import Unavailable
from kinpay_server.domain.payment import NewPayment, Payment
from kinpay_server.domain.wallet import NewWallet
from kinpay_server.domain.watch import PaymentWatch, Service
from kinpay_server.services.accept_payment import AcceptPayment
from kinpay_server.services.accept_wallet import AcceptWallet
from kinpay_server.services.put_service import PutService
from kinpay_server.services.put_watch import PutWatch

Change = Callable[[Any], Awaitable[Any]]
VIEW: dict[str, Any] = {"view": Mock(state=Mock(latest_ledger=7)), "clock": lambda: 0}
PAYMENT = NewPayment("p-1", "shop", 10, "G", "https://a.example", "r", 0)


async def post_payment(store: Any) -> None:
    store.accept.return_value = Payment.posted(PAYMENT)
    await AcceptPayment(store, Mock())(PAYMENT)


async def post_wallet(store: Any) -> None:
    await AcceptWallet(store, Mock())(NewWallet("G", "shop", None, None, "r", 0))


async def put_service(store: Any) -> None:
    await PutService(store, **VIEW)(Service("s", "https://a.example", ("G", "H")))


async def put_watch(store: Any) -> None:
    await PutWatch(store, expiry=1, **VIEW)(PaymentWatch("s", "G", "p-1"))


CHANGES = [
    (post_payment, {"event": "payment accepted", "payment_id": "p-1", "app_id": "shop", "status": "accepted"}),
    (post_wallet, {"event": "wallet accepted", "wallet_address": "G", "app_id": "shop"}),
    (put_service, {"event": "service put", "service_id": "s", "addresses": 2}),
    (put_watch, {"event": "watch put", "service_id": "s", "address": "G", "payment_id": "p-1"}),
]


@pytest.mark.gen_test
@pytest.mark.parametrize(("change", "line"), CHANGES)
async def test_a_change_is_logged(change: Change, line: dict[str, Any]) -> None:
    with capture_logs() as logged:
        await change(AsyncMock())
    assert logged == [line | {"log_level": "info"}]


@pytest.mark.gen_test
@pytest.mark.parametrize("change", [change for change, _ in CHANGES])
async def test_a_change_that_is_not_written_is_not_logged(change: Change) -> None:
    failing = {
        name: AsyncMock(side_effect=Unavailable()) for name in ("accept", "accept_wallet", "put_service", "put_watch")
    }
    with capture_logs() as logged, pytest.raises(Unavailable):
        await change(Mock(**failing))
    assert logged == []
