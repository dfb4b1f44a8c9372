"""How the use cases hang together: each part is made once, from the settings and from the parts that it needs."""

import asyncio
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from kinpay_server.config import Settings
from kinpay_server.ledger.client import HorizonLedger
from kinpay_server.ledger.signer import StellarSigner
from kinpay_server.metrics.counters import Counters
from kinpay_server.services.activity import Activity
from kinpay_server.services.ask_ledger import AskLedger
from kinpay_server.services.check_database import CheckDatabase
from kinpay_server.services.check_root import CheckRoot
from kinpay_server.services.count_under_way import CountUnderWay
from kinpay_server.services.deliver_callbacks import DeliverCallbacks
from kinpay_server.services.failing_receivers import FailingReceivers
from kinpay_server.services.found_payments import FoundPayments
from kinpay_server.services.health import Health
from kinpay_server.services.held import Held
from kinpay_server.services.judge_attempts import JudgeAttempts
from kinpay_server.services.network_view import NetworkView
from kinpay_server.services.open_channels import OpenChannels
from kinpay_server.services.ports import Clock, Nudge, Sender, Witness
from kinpay_server.services.pressure import Pressure
from kinpay_server.services.read_accounts import ReadAccounts
from kinpay_server.services.read_history import ReadHistory
from kinpay_server.services.read_network import ReadNetwork
from kinpay_server.services.request_pace import RequestPace
from kinpay_server.services.root_balances import RootBalances
from kinpay_server.services.send_attempts import SendAttempts
from kinpay_server.services.settle_fundings import SettleFundings
from kinpay_server.services.settle_payments import SettlePayments
from kinpay_server.services.start_up import StartUp
from kinpay_server.services.submit_payments import SubmitPayments
from kinpay_server.services.submit_wallets import SubmitWallets
from kinpay_server.services.tell_payments import TellPayments
from kinpay_server.services.top_up_channels import TopUpChannels
from kinpay_server.services.watch_ledger import WatchLedger
from kinpay_server.services.watch_payments import WatchPayments
from kinpay_server.services.watched_addresses import WatchedAddresses
from kinpay_server.storage.channels import Channels
from kinpay_server.storage.counted import CountedCallbacks, CountedSettlements, CountedSubmissions
from kinpay_server.storage.database import Database
from kinpay_server.storage.submissions import Submissions
from kinpay_server.storage.wallets import Wallets
from kinpay_server.storage.watched_payments import WatchedPayments


@dataclass(frozen=True)
class UseCases:
    """The parts of one service; what is not asked for is not made."""

    settings: Settings
    database: Database
    ledger: HorizonLedger
    signer: StellarSigner
    sender: Sender
    health: Health
    nudge: Nudge
    witness: Witness
    counters: Counters
    clock: Clock

    @cached_property
    def view(self) -> NetworkView:
        """What is known of the network."""
        stellar = self.settings.stellar
        return NetworkView(
            self.ledger,
            passphrase=stellar.network,
            max_bid=stellar.max_base_fee,
            health=self.health,
            clock=self.clock,
        )

    @cached_property
    def pressure(self) -> Pressure:
        """How many may be under way."""
        return Pressure(self.settings.stellar.max_channels)

    @cached_property
    def writing_down(self) -> asyncio.Lock:
        """Held by who writes attempts down."""
        return asyncio.Lock()

    @cached_property
    def submissions(self) -> Submissions:
        """What submitting reads and writes."""
        return CountedSubmissions(self.database, self.counters)

    @cached_property
    def settlements(self) -> CountedSettlements:
        """What settling reads and writes."""
        return CountedSettlements(self.database, self.activity, self.counters)

    @cached_property
    def activity(self) -> Activity:
        """What was done of late."""
        return Activity(self.clock, self.counters)

    @cached_property
    def receivers(self) -> FailingReceivers:
        """Who takes no callbacks."""
        return FailingReceivers(self.clock)

    @cached_property
    def balances(self) -> RootBalances:
        """What root holds."""
        return RootBalances(self.clock)

    @cached_property
    def channels(self) -> Channels:
        """The channel accounts."""
        return Channels(self.database)

    @cached_property
    def send(self) -> SendAttempts:
        """Sends what is written down."""
        return SendAttempts(
            self.submissions,
            self.ledger,
            view=self.view,
            pressure=self.pressure,
            health=self.health,
            clock=self.clock,
        )

    @cached_property
    def held(self) -> Held:
        """What waits for the operator."""
        return Held(self.settlements, health=self.health)

    @cached_property
    def settle(self) -> SettlePayments:
        """Settles what the ledger shows."""
        fundings = SettleFundings(
            self.channels,
            self.ledger,
            self.signer,
            starting_balance=self.settings.stellar.channel_xlm,
            health=self.health,
        )
        return SettlePayments(
            self.settlements,
            fundings,
            self.held,
            root_address=self.signer.root_address,
            pressure=self.pressure,
            health=self.health,
            nudge=self.nudge,
            clock=self.clock,
        )

    @cached_property
    def watch(self) -> WatchLedger:
        """Follows root's transactions."""
        root = self.signer.root_address
        found = FoundPayments(self.settlements, self.ledger, root_address=root, health=self.health, clock=self.clock)
        return WatchLedger(
            self.settlements,
            self.ledger,
            self.settle,
            found,
            root_address=root,
            channel_addresses=self.open_channels.addresses,
            health=self.health,
            clock=self.clock,
        )

    @cached_property
    def read_history(self) -> ReadHistory:
        """Knows how far root has been read."""
        root = self.signer.root_address
        return ReadHistory(self.ledger, self.watch, self.view, root_address=root, health=self.health)

    @cached_property
    def watch_payments(self) -> WatchPayments:
        """Follows the payments that services watch."""
        store, pace = WatchedPayments(self.database), RequestPace(lambda: self.ledger.rate_limit)
        watched, tell = WatchedAddresses(store, self.clock), TellPayments(store, self.nudge, self.clock)
        return WatchPayments(
            store,
            self.ledger,
            watched,
            network=ReadNetwork(self.ledger, watched, tell, pace),
            accounts=ReadAccounts(self.ledger, watched, tell, pace),
            pace=pace,
            view=self.view,
            health=self.health,
            clock=self.clock,
            interval=self.settings.watcher.poll_interval,
        )

    @cached_property
    def ask(self) -> AskLedger:
        """Asks about what nobody has seen."""
        return AskLedger(
            self.settlements,
            JudgeAttempts(
                self.settlements,
                self.ledger,
                root_address=self.signer.root_address,
                are_strangers=self.watch.are_strangers,
            ),
            self.settle,
            self.send,
            view=self.view,
            pressure=self.pressure,
            health=self.health,
            clock=self.clock,
        )

    @cached_property
    def check_root(self) -> CheckRoot:
        """Looks at the root account."""
        return CheckRoot(
            self.submissions,
            self.ledger,
            root_address=self.signer.root_address,
            asset_code=self.settings.stellar.kin_token_name,
            balances=self.balances,
            starting_balance=self.settings.stellar.initial_xlm_amount,
            health=self.health,
        )

    @cached_property
    def check_database(self) -> CheckDatabase:
        """Looks whether the database takes what is written."""
        return CheckDatabase(self.settlements, health=self.health, clock=self.clock)

    @cached_property
    def count_under_way(self) -> CountUnderWay:
        """Sees to it that nothing is counted as under way that is not."""
        return CountUnderWay(self.settlements, pressure=self.pressure)

    @cached_property
    def submit(self) -> SubmitPayments:
        """The job that sends payments."""
        return SubmitPayments(self.submissions, self.signer, self.send, **self._of_submitting)

    @cached_property
    def submit_wallets(self) -> SubmitWallets:
        """The job that creates wallets."""
        balance = self.settings.stellar.initial_xlm_amount
        return SubmitWallets(
            Wallets(self.database), self.signer, self.send, starting_balance=balance, **self._of_submitting
        )

    @cached_property
    def open_channels(self) -> OpenChannels:
        """The job that opens channels."""
        stellar = self.settings.stellar
        return OpenChannels(
            self.channels,
            self.submissions,
            self.ledger,
            self.signer,
            self.send,
            view=self.view,
            health=self.health,
            clock=self.clock,
            max_channels=stellar.max_channels,
            starting_balance=stellar.channel_xlm,
        )

    @cached_property
    def top_up(self) -> TopUpChannels:
        """The job that gives channels XLM."""
        return TopUpChannels(
            self.channels,
            self.signer,
            self.send,
            view=self.view,
            health=self.health,
            clock=self.clock,
            channel_xlm=self.settings.stellar.channel_xlm,
        )

    @cached_property
    def deliver(self) -> DeliverCallbacks:
        """Delivers callbacks."""
        store = CountedCallbacks(self.database, self.activity, self.receivers, self.counters)
        return DeliverCallbacks(store, self.sender, self.clock)

    @cached_property
    def start_up(self) -> StartUp:
        """What is done before anything is sent."""
        return StartUp(
            self.settlements,
            view=self.view,
            watch=self.watch,
            read_history=self.read_history,
            ask=self.ask,
            channels=self.open_channels,
            check_root=self.check_root,
            pressure=self.pressure,
            health=self.health,
            nudge=self.nudge,
            witness=self.witness,
            clock=self.clock,
        )

    def rate_limit_left(self) -> float | None:
        """The part of Horizon's rate limit that its last answer said is left."""
        limit = self.ledger.rate_limit
        return None if limit is None or limit.limit <= 0 else limit.remaining / limit.limit

    @property
    def _of_submitting(self) -> dict[str, Any]:
        return {
            "view": self.view,
            "pressure": self.pressure,
            "health": self.health,
            "nudge": self.nudge,
            "witness": self.witness,
            "writing_down": self.writing_down,
            "clock": self.clock,
        }
