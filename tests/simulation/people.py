"""The clients: they post payments until they get an answer, and are called back."""

import asyncio
import contextvars
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from kinpay_server.domain.callback import Callback, Delivery
from kinpay_server.domain.errors import PaymentExists, Unavailable
from kinpay_server.domain.payment import NewPayment
from kinpay_server.exact_json import loads
from tests.simulation.chain import GOOD, RECIPIENTS, Chain
from tests.simulation.plan import Plan
from tests.simulation.service import Posted, Receiver
from tests.simulation.wallets import WalletStory, invented
from tests.simulation.watchers import Watcher, watchers_of

APP = "sim"
URLS = ("http://one.example/kin", "http://two.example/kin")
MOST_REPOSTS = 2

Post = Callable[[Posted], "asyncio.Task[Any] | None"]
"""Hands a post to the living service, if there is one."""


@dataclass
class Told:
    """A callback that has arrived."""

    at: float
    id: str
    state: str
    value: dict[str, Any]


@dataclass
class Story:
    """What a client knows of one of its payments. `posts` are (from, until) of each post, until None: no answer."""

    payment: NewPayment
    is_good: bool = False
    """Nothing is wrong with its recipient."""

    posts: list[list[float | None]] = field(default_factory=list)
    accepted: int = 0
    already_paid: int = 0
    told: list[Told] = field(default_factory=list)
    reposts: int = 0


class People(Receiver):
    """All clients of a run."""

    def __init__(self, chain: Chain, plan: Plan, *, now: Callable[[], float], trace: Callable[..., None]) -> None:
        self.plan = plan
        self.stories: dict[str, Story] = {}
        self.wrong: list[str] = []
        self.busy = 0
        self.wallets: dict[str, WalletStory] = {}
        self.watchers: dict[str, Watcher] = {}
        self.post: Post = lambda payment: None
        self.clock: Callable[[], int] = lambda: int(now() * 1000)
        """The service's, which notes when a post came."""

        self._luck = Random(f"people {plan.seed}")
        self._chain = chain
        self._now = now
        self._trace = trace
        self._restored = bool(plan.restores)
        self._more = itertools.count()
        self._tasks: set[asyncio.Task[None]] = set()
        self._outside = contextvars.copy_context()

    def start(self) -> None:
        """Everybody will post in time."""
        for number in range(self.plan.payments):
            payment = self._invented(f"p{number}")
            self._do(self._luck.uniform(0, self.plan.post_until), self._first_post, payment)
        for number in range(self.plan.wallets):
            story = invented(self._chain, self._luck, number, URLS[0])
            self.wallets[story.wallet.address] = story
            self._do(self._luck.uniform(0, self.plan.post_until), self._insist_on, story)
        luck = Random(f"watchers {self.plan.seed}")
        for watcher in watchers_of(self._chain, self.plan):
            self.watchers[watcher.service.callback] = watcher
            self._do(luck.uniform(0, self.plan.post_until), self._put, watcher)

    def post_at(self, moment: float, payment_id: str) -> None:
        """Somebody posts one more payment then, in virtual seconds."""
        self._do(moment - asyncio.get_running_loop().time(), self._first_post, self._invented(payment_id))

    def post_all_again(self, watchers: Sequence[Watcher]) -> None:
        """After a backup was put back; of those who watch, these."""
        for watcher in watchers:
            self._do(0.0, self._put, watcher)
        for story in list(self.stories.values()):
            self._do(self._luck.uniform(0, 60), self._insist, story.payment)
        for wallet in self.wallets.values():
            self._do(self._luck.uniform(0, 60), self._insist_on, wallet)

    def use_all_channels(self) -> None:
        """As many payments at once as there may be channels, so that each of them is used."""
        for _ in range(self.plan.max_channels):
            self._do(0.0, self._first_post, self._invented(f"more{next(self._more)}"))

    async def take(self, callback: Callback) -> Delivery:
        """See `Receiver`."""
        luck, plan = self._luck, self.plan
        await asyncio.sleep(luck.uniform(1, 9) if luck.random() < plan.receiver_slow else plan.latency)
        trouble = luck.randrange(4) if luck.random() < plan.receiver_fails else None
        if trouble == 0:
            return Delivery(None, "no connection")
        self._note(callback)
        if trouble is not None:
            return (Delivery(500, "broken"), Delivery(None, "timed out"), Delivery(302, "elsewhere"))[trouble - 1]
        return Delivery(200)

    def _note(self, callback: Callback) -> None:
        body = loads(callback.body)
        if body["action"] == "receive":
            self.watchers[callback.url].told.append(callback.id)
            return
        if body["object"] == "wallet":
            self._trace("called back", body["state"], body["value"]["wallet_address"])
            self.wallets[body["value"]["wallet_address"]].told.append((body["state"], body["value"]))
            return
        story = self.stories[body["value"]["id"]]
        told = Told(self._now(), callback.id, body["state"], body["value"])
        self._trace("called back", told.state, body["value"]["id"])
        news = all(one.id != told.id for one in story.told)
        story.told.append(told)
        if news and told.state == "fail" and story.reposts < MOST_REPOSTS and self._luck.random() < 0.5:
            story.reposts += 1
            self._do(self._luck.uniform(0, 30), self._insist, story.payment)

    def _invented(self, payment_id: str) -> NewPayment:
        luck = self._luck
        kind = luck.choice(RECIPIENTS) if luck.random() < self.plan.bad_recipients else GOOD
        return NewPayment(
            payment_id,
            APP,
            luck.randint(1, 50 * 10**7),
            self._chain.address(kind),
            luck.choice(URLS),
            f"request {payment_id}",
            0,
        )

    def _do(self, after: float, work: Callable[[Any], Any], wanted: Any) -> None:
        async def later() -> None:
            await asyncio.sleep(after)
            try:
                await work(wanted)
            except (AssertionError, LookupError, TypeError, ValueError) as error:
                self.wrong.append(f"the post of {wanted} raised {error!r}")
            finally:
                self.busy -= 1

        self.busy += 1
        task = asyncio.get_running_loop().create_task(later(), context=self._outside.copy())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _first_post(self, payment: NewPayment) -> None:
        is_good = payment.recipient_address == self._chain.address(GOOD)
        self.stories[payment.id] = Story(payment, is_good)
        while self._luck.random() < self.plan.repeats:
            request = replace(payment, request_id=f"repeat {self._luck.random()}")
            self._do(self._luck.choice((0.0, 0.3, 20.0)) * self._luck.random(), self._insist, request)
        await self._insist(payment)
        if self._luck.random() < self.plan.other_content and not self._restored:
            await self._post(replace(payment, amount=payment.amount + 1), other=True)

    async def _insist(self, payment: NewPayment) -> None:
        """Post it until there is an answer."""
        answered = await self._post(payment)
        while not answered:
            await asyncio.sleep(self._luck.choice((0.3, 1.0, 5.0)))
            answered = await self._post(payment)

    async def _post(self, payment: NewPayment, *, other: bool = False) -> bool:
        """One post: whether it was answered."""
        task = self.post(replace(payment, created_at=self.clock()))
        if task is None:
            return False
        story = self.stories[payment.id]
        span: list[float | None] = [self._now(), None]
        story.posts.append(span)
        await asyncio.wait({task})
        lost = self._luck.random() < self.plan.answer_lost / 2
        if task.cancelled() or (lost and not task.exception()):
            return False
        try:
            task.result()
        except Unavailable:
            return False
        except PaymentExists as refusal:
            span[1] = self._now()
            story.already_paid += "been paid" in str(refusal)
            if not other and "other content" in str(refusal):
                self.wrong.append(f"{payment.id} was refused, though its content is the same")
            return True
        span[1] = self._now()
        story.accepted += 1
        self._trace("accepted", payment.id)
        if other:
            self.wrong.append(f"{payment.id} was accepted with other content")
        return True

    async def _insist_on(self, story: WalletStory) -> None:
        """Post a wallet until there is an answer."""
        while True:
            task = self.post(replace(story.wallet, created_at=self.clock()))
            if task is not None:
                await asyncio.wait({task})
                if not task.cancelled() and not isinstance(task.exception(), Unavailable):
                    task.result()
                    story.accepted += 1
                    return
            await asyncio.sleep(self._luck.choice((0.3, 1.0, 5.0)))

    async def _put(self, watcher: Watcher) -> None:
        """Put a service until there is an answer; from the ledger that is open by then everything is to be told."""
        while True:
            task = self.post(watcher.service)
            if task is not None:
                await asyncio.wait({task})
                if not task.cancelled() and not isinstance(task.exception(), Unavailable):
                    task.result()
                    watcher.put_in = self._chain.node.network.ledger
                    return
            await asyncio.sleep(1.0)
