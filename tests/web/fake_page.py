"""What the status page asks for, over the payments that a fake store knows."""

import asyncio
from typing import Any
from unittest.mock import Mock

from kinpay_server.domain.callback import CallbackState
from kinpay_server.domain.errors import PaymentNotFound
from kinpay_server.domain.payment import Payment, PaymentStatus
from kinpay_server.services.activity import Activity
from kinpay_server.services.failing_receivers import Failure
from kinpay_server.services.outstanding import Outstanding, Queue, Receiver, Square
from kinpay_server.services.overview import Overview
from kinpay_server.services.payment_story import Story
from kinpay_server.services.ports import NetworkState
from kinpay_server.services.records import CallbackRecord
from kinpay_server.services.root_balances import Funds
from kinpay_server.services.standing import Level, Matter, Standing
from kinpay_server.web.page_services import PageServices

NOW = 1_700_000_000_000


def a_dead_callback(callback_id: str = "payment-ab") -> CallbackRecord:
    """One that was given up."""
    body = b'{"object": "payment"}'
    return CallbackRecord(
        callback_id, "p-17", "https://app.example/paid", body, CallbackState.DEAD, 15, NOW, 500, None, None, NOW, NOW
    )


class FakePage:
    """Knows the payments of `store`, and one dead callback."""

    def __init__(self, store: Any) -> None:
        self._store = store
        self.dead = {"payment-ab": a_dead_callback()}
        self.asked: list[Any] = []

    def services(self) -> PageServices:
        return PageServices(
            overview=self.overview,
            newest=self.newest,
            find=self.find,
            story=self.story,
            replay_one=self.replay_one,
            replay_all=self.replay_all,
            asset="KIN",
            about={"app_name": "payment-service", "config": {"stellar": {"base_seed": "set"}}},
        )

    async def overview(self) -> Overview:
        await asyncio.sleep(0)
        dead = tuple(self.dead.values())
        outstanding = Outstanding(
            most=10_000,
            queue=Queue(3, 2, 1, ("p-17",), NOW - 5000),
            receivers=(Receiver("https://app.example", 2, NOW + 1000),),
            more_receivers=False,
            dead=dead,
            dead_count=len(dead),
            channels=(Square(0, "lent", NOW, "p-17", "payment"), Square(1, "free", NOW, None, None)),
            channel_counts={"free": 1, "lent": 1},
        )
        return Overview(
            at=NOW,
            standing=Standing(Level.WAITING, "Something should be looked at.", (Matter("horizon", "it is slow"),)),
            moments=Activity(lambda: NOW, Mock()).moments(),
            outstanding=outstanding,
            failures={"https://app.example": Failure(NOW, 3, "HTTP 500")},
            kin=Funds(15_000_000, 5, 3_600_000),
            xlm=None,
            network=NetworkState("A Network", 100, 1, 101, NOW // 1000),
            watcher=None,
        )

    async def newest(self, status: PaymentStatus | None, limit: int) -> list[Payment]:
        self.asked.append((status, limit))
        found: list[Payment] = await self._store.payments(status=status, app_id=None, before=None, limit=limit)
        return found

    async def find(self, text: str) -> list[Payment]:
        self.asked.append(text)
        await asyncio.sleep(0)
        return [payment for payment in self._store.kept.values() if payment.id.startswith(text)]

    async def story(self, payment_id: str) -> Story:
        payment = await self._store.payment(payment_id)
        if payment is None:
            raise PaymentNotFound("no such payment")
        return Story(payment, NOW, (), (), (a_dead_callback(),))

    async def replay_one(self, callback_id: str) -> int:
        await asyncio.sleep(0)
        return int(self.dead.pop(callback_id, None) is not None)

    async def replay_all(self) -> int:
        await asyncio.sleep(0)
        count = len(self.dead)
        self.dead.clear()
        return count
