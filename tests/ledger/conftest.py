"""Recorded answers of a real Horizon, a signer with fixed keys, and a Horizon that answers what a test wants."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from multidict import CIMultiDict
from stellar_sdk import Keypair

from kinpay_server.domain.attempt import Attempt
from kinpay_server.domain.channel import Channel
from kinpay_server.domain.payment import Payment
from kinpay_server.ledger.client import HorizonLedger
from kinpay_server.ledger.connection import HttpAnswer
from kinpay_server.ledger.signer import StellarSigner
from kinpay_server.ledger.submissions import Submission
from kinpay_server.services.ports import Bounds, PaymentDraft

RECORDED = Path(__file__).parent / "recorded"
PASSPHRASE = "Standalone Network ; February 2017"
ISSUER = Keypair.from_raw_ed25519_seed(b"issuer".ljust(32, b".")).public_key
RECIPIENT = Keypair.from_raw_ed25519_seed(b"recipient".ljust(32, b".")).public_key
ROOT = Keypair.from_raw_ed25519_seed(b"root".ljust(32, b"."))
HOP_BY_HOP = {"transfer-encoding", "content-length", "connection", "date"}


@dataclass(frozen=True)
class Reply:
    """What a Horizon answers. `fate` says what becomes of it on the way: cut, reset or never sent."""

    status: int
    body: str
    headers: dict[str, str] = field(default_factory=dict)
    fate: str = "sent"
    transaction: dict[str, Any] = field(default_factory=dict)

    def as_http(self) -> HttpAnswer:
        return HttpAnswer(self.status, CIMultiDict(self.headers), self.body.encode())

    def as_submission(self, *, operations: int = 1, pays_itself: bool = True) -> Submission:
        """What was sent when this was recorded."""
        sent = self.transaction
        return Submission(sent["hash"], sent["hash"], sent["envelope"], operations, pays_itself)

    def about(self, transaction_hash: str) -> "Reply":
        """The same for another transaction."""
        return replace(self, body=self.body.replace(self.transaction["hash"], transaction_hash))

    def without(self, header: str) -> "Reply":
        return replace(self, headers={name: value for name, value in self.headers.items() if name != header})


@dataclass(frozen=True)
class Asked:
    """A request as it arrived."""

    method: str
    path: str
    body: bytes
    headers: dict[str, str]
    connection: int


Answering = Reply | Callable[[Asked], Reply]


class Horizon:
    """A Horizon over HTTP that gives the replies of a test, and remembers what it was asked."""

    def __init__(self, answering: Answering) -> None:
        self.asked: list[Asked] = []
        self.over = asyncio.Event()
        self.broken: Exception | None = None
        self._answering = answering

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        assert request.transport is not None
        self.asked.append(
            Asked(
                request.method,
                request.raw_path,
                await request.read(),
                dict(request.headers),
                request.transport.get_extra_info("peername")[1],
            )
        )
        try:
            reply = self._answering if isinstance(self._answering, Reply) else self._answering(self.asked[-1])
        except Exception as error:
            self.broken = error
            raise
        if reply.fate == "never sent":
            await self.over.wait()
        return await _answer(request, reply)


class Conversation:
    """Runs what a test asks of a `HorizonLedger` against a `Horizon`; `asked` is what arrived there."""

    def __init__(self, signer: StellarSigner) -> None:
        self.asked: list[Asked] = []
        self._signer = signer

    def __call__(self, answering: Answering, ask: Callable[[HorizonLedger], Awaitable[Any]], **options: Any) -> Any:
        return asyncio.run(self._talk(Horizon(answering), ask, options))

    async def _talk(
        self, horizon: Horizon, ask: Callable[[HorizonLedger], Awaitable[Any]], options: dict[str, Any]
    ) -> Any:
        self.asked = horizon.asked
        runner = web.ServerRunner(web.Server(horizon.handle), shutdown_timeout=0)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        asset = {"asset_code": "KIN", "asset_issuer": ISSUER} | options
        try:
            async with HorizonLedger(url, passphrase=PASSPHRASE, signer=self._signer, **asset) as ledger:
                return await ask(ledger)
        finally:
            horizon.over.set()
            await runner.cleanup()
            if horizon.broken is not None:
                raise horizon.broken


async def _answer(request: web.BaseRequest, reply: Reply) -> web.StreamResponse:
    if request.transport is None or reply.fate == "never sent":
        raise ConnectionResetError
    if reply.fate == "reset":
        request.transport.abort()
    body = reply.body.encode()
    headers = {name: value for name, value in reply.headers.items() if name.lower() not in HOP_BY_HOP}
    response = web.StreamResponse(status=reply.status, headers=headers)
    response.content_length = len(body)
    await response.prepare(request)
    if reply.fate == "cut":
        await response.write(body[: len(body) // 2])
        request.transport.close()
    else:
        await response.write(body)
    return response


@pytest.fixture(scope="session")
def recorded() -> Callable[[str, str], Reply]:
    """The recorded answer to a named request of a scenario."""

    def find(scenario: str, name: str) -> Reply:
        exchanges = json.loads((RECORDED / f"{scenario}.json").read_text())["exchanges"]
        exchange = next(one for one in exchanges if one["name"] == name)
        response = exchange["response"]
        return Reply(
            response["status"],
            response["body"],
            dict(response["headers"]),
            transaction=exchange["request"].get("tx") or {},
        )

    return find


@pytest.fixture(scope="session")
def signer() -> StellarSigner:
    return StellarSigner(ROOT.secret, channel_salt="salt", passphrase=PASSPHRASE, asset_code="KIN", asset_issuer=ISSUER)


@pytest.fixture
def talk(signer: StellarSigner) -> Conversation:
    return Conversation(signer)


@pytest.fixture(scope="session")
def draft(signer: StellarSigner) -> Callable[..., PaymentDraft]:
    """A payment's draft on channel 0, with what a test wants otherwise."""

    def make(index: int = 0, *, fee: int = 100, bump_bid: int | None = None, **payment: Any) -> PaymentDraft:
        known = {
            "id": f"p-{index}",
            "app_id": "abcd",
            "amount": 10_000_000,
            "recipient_address": RECIPIENT,
            "callback": "http://127.0.0.1/callback",
            "request_id": "r",
            "created_at": 1,
        }
        channel = Channel(index, signer.channel_address(index), sequence=41, signed=41, balance=5_000_000)
        return PaymentDraft(Payment(**known | payment), channel, fee, bump_bid)

    return make


@pytest.fixture(scope="session")
def attempts(signer: StellarSigner, draft: Callable[..., PaymentDraft]) -> Callable[..., list[Attempt]]:
    """So many signed attempts of payments, each on a channel of its own."""

    def make(count: int = 1, **options: Any) -> list[Attempt]:
        drafts = [draft(index, **options) for index in range(count)]
        return asyncio.run(signer.sign_payments(drafts, Bounds(max_ledger=130, max_time=1_800_000_000), now=5))

    return make
