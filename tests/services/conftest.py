"""The services on a real database and with real signatures; only the ledger is a fake."""

import asyncio
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from stellar_sdk import Keypair

from kinpay_server.domain.attempt import Attempt
from kinpay_server.domain.channel import Channel
from kinpay_server.domain.payment import NewPayment, Payment
from kinpay_server.ledger.signer import StellarSigner
from kinpay_server.services.accept_payment import AcceptPayment
from kinpay_server.services.accept_wallet import AcceptWallet
from kinpay_server.services.ask_ledger import AskLedger
from kinpay_server.services.check_root import CheckRoot
from kinpay_server.services.found_payments import FoundPayments
from kinpay_server.services.health import Health
from kinpay_server.services.held import Held
from kinpay_server.services.judge_attempts import JudgeAttempts
from kinpay_server.services.network_view import NetworkView
from kinpay_server.services.open_channels import OpenChannels
from kinpay_server.services.ports import WantedCallbacks
from kinpay_server.services.pressure import Pressure
from kinpay_server.services.read_history import ReadHistory
from kinpay_server.services.root_balances import RootBalances
from kinpay_server.services.send_attempts import SendAttempts
from kinpay_server.services.settle_fundings import SettleFundings
from kinpay_server.services.settle_payments import SettlePayments
from kinpay_server.services.start_up import StartUp
from kinpay_server.services.submit_payments import SubmitPayments
from kinpay_server.services.submit_wallets import SubmitWallets
from kinpay_server.services.top_up_channels import TopUpChannels
from kinpay_server.services.watch_ledger import WatchLedger
from kinpay_server.storage.callbacks import Callbacks
from kinpay_server.storage.channels import Channels
from kinpay_server.storage.database import Database
from kinpay_server.storage.migrate import upgrade
from kinpay_server.storage.payments import Payments
from kinpay_server.storage.settlements import Settlements
from kinpay_server.storage.submissions import Submissions
from kinpay_server.storage.wallets import Wallets
from tests.services.fake_ledger import PASSPHRASE, FakeLedger, account

MAX_BID = 1000
STARTING_BALANCE = 20_000_000


@dataclass
class FakeNudge:
    """`Nudge` that counts."""

    nudged: list[str] = field(default_factory=list)

    def submit_payments(self) -> None:
        self.nudged.append("submit")

    def create_wallets(self) -> None:
        self.nudged.append("create")

    def fund_channels(self) -> None:
        self.nudged.append("fund")

    def deliver_callbacks(self) -> None:
        self.nudged.append("deliver")


@dataclass
class FakeWitness:
    """`Witness` in memory."""

    said: str | None = "nothing"
    name: str = "here"

    def last(self) -> str | None:
        return self.said

    def note(self, attempt_hash: str) -> None:
        self.said = attempt_hash


class World:
    """Everything that a use case needs, wired as `bootstrap` does; `time` is in milliseconds and moved by hand."""

    def __init__(self, url: str, *, max_channels: int = 40) -> None:
        self.time = 1_800_000_000_000
        self.database = Database(url)
        self.signer = StellarSigner(
            Keypair.random().secret,
            channel_salt="salt",
            passphrase=PASSPHRASE,
            asset_code="KIN",
            asset_issuer=Keypair.random().public_key,
        )
        root = self.signer.root_address
        self.ledger = FakeLedger(root)
        self.ledger.accounts[root] = account(root)
        self.nudge = FakeNudge()
        self.witness = FakeWitness()
        self.health = Health(lambda: self.time)
        self.payments = Payments(self.database)
        self.submissions = Submissions(self.database)
        self.settlements = Settlements(self.database)
        self.channels = Channels(self.database)
        self.callbacks = Callbacks(self.database)
        self.wallets = Wallets(self.database)
        self._wire(max_channels)
        self._numbers = itertools.count(1)

    def _wire(self, max_channels: int) -> None:
        clock, root = lambda: self.time, self.signer.root_address
        shared = {"health": self.health, "clock": clock}
        self.view = NetworkView(self.ledger, passphrase=PASSPHRASE, max_bid=MAX_BID, **shared)
        self.accept = AcceptPayment(self.payments, self.nudge)
        self.pressure = Pressure(max_channels)
        self.send = SendAttempts(self.submissions, self.ledger, view=self.view, pressure=self.pressure, **shared)
        self.held = Held(self.settlements, health=self.health)
        fundings = SettleFundings(
            self.channels, self.ledger, self.signer, starting_balance=5_000_000, health=self.health
        )
        self.settle = SettlePayments(
            self.settlements, fundings, self.held, root_address=root, pressure=self.pressure, nudge=self.nudge, **shared
        )
        self.found = FoundPayments(self.settlements, self.ledger, root_address=root, **shared)
        self.watch = WatchLedger(
            self.settlements,
            self.ledger,
            self.settle,
            self.found,
            root_address=root,
            channel_addresses=lambda: self.open_channels.addresses(),
            **shared,
        )
        self.read_history = ReadHistory(self.ledger, self.watch, self.view, root_address=root, health=self.health)
        self.ask = AskLedger(
            self.settlements,
            JudgeAttempts(self.settlements, self.ledger, root_address=root, are_strangers=self.watch.are_strangers),
            self.settle,
            self.send,
            view=self.view,
            pressure=self.pressure,
            **shared,
        )
        self.balances = RootBalances(lambda: self.time)
        self.check_root = CheckRoot(
            self.submissions,
            self.ledger,
            root_address=root,
            asset_code="KIN",
            balances=self.balances,
            starting_balance=STARTING_BALANCE,
            health=self.health,
        )
        writing_down = asyncio.Lock()
        self.submit = SubmitPayments(
            self.submissions,
            self.signer,
            self.send,
            view=self.view,
            pressure=self.pressure,
            nudge=self.nudge,
            witness=self.witness,
            writing_down=writing_down,
            **shared,
        )
        self.submit_wallets = SubmitWallets(
            self.wallets,
            self.signer,
            self.send,
            starting_balance=STARTING_BALANCE,
            view=self.view,
            pressure=self.pressure,
            nudge=self.nudge,
            witness=self.witness,
            writing_down=writing_down,
            **shared,
        )
        self.accept_wallet = AcceptWallet(self.wallets, self.nudge)
        self.open_channels = OpenChannels(
            self.channels,
            self.submissions,
            self.ledger,
            self.signer,
            self.send,
            view=self.view,
            max_channels=max_channels,
            starting_balance=5_000_000,
            **shared,
        )
        self.top_up = TopUpChannels(
            self.channels, self.signer, self.send, view=self.view, channel_xlm=5_000_000, **shared
        )
        self.start_up = StartUp(
            self.settlements,
            view=self.view,
            watch=self.watch,
            read_history=self.read_history,
            ask=self.ask,
            channels=self.open_channels,
            check_root=self.check_root,
            pressure=self.pressure,
            nudge=self.nudge,
            witness=self.witness,
            **shared,
        )

    async def begin(self, *, channels: int = 0, balance: int = 5_000_000) -> None:
        """Start up with so many channels."""
        found = [Channel(index, self.signer.channel_address(index), 0, 0, balance) for index in range(channels)]
        await self.channels.adopt_channels(found, self.time)
        await self.view.refresh()
        await self.start_up()

    async def post(self, payment_id: str = "", amount: int = 50_000_000) -> Payment:
        """A payment is posted and accepted."""
        number = next(self._numbers)
        return await self.accept(
            NewPayment(
                payment_id or f"p{number}",
                "app",
                amount,
                Keypair.random().public_key,
                "http://127.0.0.1:1/callback",
                f"request {number}",
                self.time,
            )
        )

    async def status(self, payment_id: str) -> str:
        """The status of a payment."""
        payment = await self.payments.payment(payment_id)
        return payment.status.value if payment else "unknown"

    async def told(self) -> list[bytes]:
        """The bodies of all callbacks that wait."""
        receivers = await self.callbacks.receivers_due(self.time)
        due = await self.callbacks.due_callbacks(self.time, [WantedCallbacks(one, 1000) for one in receivers])
        return [one.callback.body for one in due]

    async def open_attempts(self) -> list[Attempt]:
        """All attempts whose fate is not known."""
        return await self.settlements.open_attempts(sent_before=self.time + 1, limit=1000)

    async def is_waited_for(self, waiting: "asyncio.Task[Any]", *, asked: int = 40) -> None:
        """What waits for the ledger asks it so often, which is for several looks, and does not come to its end."""
        until = self.ledger.asked + asked
        while self.ledger.asked < until:
            assert not waiting.done()
            await asyncio.sleep(0.001)

    def pass_time(self, milliseconds: int = 11_000) -> None:
        """Let so much time go by."""
        self.time += milliseconds

    def pass_ledgers(self, count: int) -> None:
        """Close so many ledgers."""
        for _ in range(count):
            self.ledger.close()


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A database with the schema."""
    url = f"sqlite:///{tmp_path}/kinpay.db"
    upgrade(url)
    return url


@pytest.fixture
def world(url: str) -> Iterator[World]:
    """One service, not started."""
    world = World(url)
    yield world
    world.database.close()
