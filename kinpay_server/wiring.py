"""How the use cases hang together: each part is made once, from the settings and from the parts that it needs."""

import asyncio
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, partial
from importlib.metadata import version
from typing import Any

from kinpay_server.config import Settings
from kinpay_server.config_shown import shown
from kinpay_server.ledger.client import HorizonLedger
from kinpay_server.ledger.signer import StellarSigner
from kinpay_server.metrics.counters import Counters
from kinpay_server.metrics.exposition import Exposition
from kinpay_server.services.accept_payment import AcceptPayment
from kinpay_server.services.accept_wallet import AcceptWallet
from kinpay_server.services.activity import Activity
from kinpay_server.services.ask_ledger import AskLedger
from kinpay_server.services.check_database import CheckDatabase
from kinpay_server.services.check_root import CheckRoot
from kinpay_server.services.count_under_way import CountUnderWay
from kinpay_server.services.deliver_callbacks import DeliverCallbacks
from kinpay_server.services.failing_receivers import FailingReceivers
from kinpay_server.services.find_payments import find_payments
from kinpay_server.services.found_payments import FoundPayments
from kinpay_server.services.health import Health
from kinpay_server.services.held import Held
from kinpay_server.services.judge_attempts import JudgeAttempts
from kinpay_server.services.network_view import NetworkView
from kinpay_server.services.open_channels import OpenChannels
from kinpay_server.services.overview import ShowOverview
from kinpay_server.services.payment_story import payment_story
from kinpay_server.services.ports import Clock, Nudge, Sender, Witness
from kinpay_server.services.pressure import Pressure
from kinpay_server.services.put_service import PutService
from kinpay_server.services.put_watch import PutWatch
from kinpay_server.services.read_accounts import ReadAccounts
from kinpay_server.services.read_history import ReadHistory
from kinpay_server.services.read_network import ReadNetwork
from kinpay_server.services.readings import TakeReadings
from kinpay_server.services.replay_callbacks import ReplayCallbacks
from kinpay_server.services.report_status import Identity, StatusReport
from kinpay_server.services.request_pace import RequestPace
from kinpay_server.services.root_balances import RootBalances
from kinpay_server.services.send_attempts import SendAttempts
from kinpay_server.services.settle_fundings import SettleFundings
from kinpay_server.services.settle_payments import SettlePayments
from kinpay_server.services.show_wallet import ShowWallet
from kinpay_server.services.show_wallet_payments import ShowWalletPayments
from kinpay_server.services.start_up import StartUp
from kinpay_server.services.submit_payments import SubmitPayments
from kinpay_server.services.submit_wallets import SubmitWallets
from kinpay_server.services.tell_payments import TellPayments
from kinpay_server.services.top_up_channels import TopUpChannels
from kinpay_server.services.watch_ledger import WatchLedger
from kinpay_server.services.watch_payments import WatchPayments
from kinpay_server.services.watched_addresses import WatchedAddresses
from kinpay_server.storage.callback_list import CallbackList
from kinpay_server.storage.channels import Channels
from kinpay_server.storage.counted import CountedCallbacks, CountedPayments, CountedSettlements, CountedSubmissions
from kinpay_server.storage.database import Database
from kinpay_server.storage.depths import DepthRows
from kinpay_server.storage.outstanding import OutstandingRows
from kinpay_server.storage.payment_search import PaymentSearch
from kinpay_server.storage.services import ServicesStore
from kinpay_server.storage.stories import Stories
from kinpay_server.storage.submissions import Submissions
from kinpay_server.storage.wallets import Wallets
from kinpay_server.storage.watched_payments import WatchedPayments
from kinpay_server.web.page_services import PageServices
from kinpay_server.web.services import Services


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

    @cached_property
    def readings(self) -> TakeReadings:
        """How it is now, in numbers."""
        return TakeReadings(
            DepthRows(self.database),
            asset_code=self.settings.stellar.kin_token_name,
            health=self.health,
            balances=self.balances,
            network=lambda: self.view.state,
            watchers={
                "root": lambda: (self.watch.caught_up_at, None),
                "payments": lambda: (self.watch_payments.caught_up_at, self.watch_payments.ledgers_behind),
            },
            receivers=self.receivers,
            rate_limit_left=self.rate_limit_left,
            clock=self.clock,
        )

    def api(self) -> Services:
        """What the HTTP API needs."""
        payments, watching = CountedPayments(self.database, self.activity), ServicesStore(self.database)
        stellar = self.settings.stellar
        identity = _identity(self.settings.server.app_name)
        expiry = round(self.settings.watcher.watch_expiry * 1000)
        return Services(
            accept_payment=AcceptPayment(payments, self.nudge),
            accept_wallet=AcceptWallet(Wallets(self.database), self.nudge),
            wallet=ShowWallet(self.ledger),
            wallet_payments=ShowWalletPayments(self.ledger),
            payment=payments.payment,
            payments=payments.payments,
            put_service=PutService(watching, view=self.view, clock=self.clock),
            service=watching.service,
            all_services=watching.services,
            delete_service=watching.delete_service,
            put_watch=PutWatch(watching, expiry=expiry, view=self.view, clock=self.clock),
            delete_watch=watching.delete_watch,
            watchers=watching.watchers,
            status=lambda: StatusReport(identity, self.health),
            public_config={
                "horizon_url": stellar.horizon_url,
                "network_passphrase": stellar.network,
                "asset_issuer": stellar.kin_issuer_address,
                "asset_code": stellar.kin_token_name,
            },
            page=self._page(identity),
            metrics=Exposition(self.counters, self.readings),
            clock=self.clock,
        )

    def _page(self, identity: Identity) -> PageServices:
        """What the status page needs."""
        search, stories = PaymentSearch(self.database), Stories(self.database)
        replay = ReplayCallbacks(CallbackList(self.database), self.nudge, self.clock)
        return PageServices(
            overview=ShowOverview(
                OutstandingRows(self.database),
                health=self.health,
                activity=self.activity,
                receivers=self.receivers,
                balances=self.balances,
                network=lambda: self.view.state,
                clock=self.clock,
            ),
            newest=search.newest,
            find=partial(find_payments, search),
            story=partial(payment_story, stories),
            replay_one=replay.one,
            replay_all=replay.all,
            asset=self.settings.stellar.kin_token_name,
            about=self._about(identity),
        )

    def _about(self, identity: Identity) -> dict[str, Any]:
        stellar = self.settings.stellar
        explorer, horizon = stellar.explorer_url, stellar.horizon_url
        return {
            "app_name": identity.app_name,
            "start_time": identity.start_time,
            "build": identity.build,
            "asset": {"code": stellar.kin_token_name, "issuer": stellar.kin_issuer_address},
            "root": self.signer.root_address,
            "network": stellar.network,
            "links": {
                "transaction": f"{explorer}/tx/" if explorer else f"{horizon}/transactions/",
                "account": f"{explorer}/account/" if explorer else f"{horizon}/accounts/",
            },
            "config": shown(self.settings),
        }

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


def _identity(app_name: str) -> Identity:
    """Who this is; an image's build may say when and from what it was made, as the old service's did."""
    built_at, commit = os.environ.get("BUILD_TIMESTAMP"), os.environ.get("BUILD_COMMIT")
    started = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return Identity(app_name, started, {"version": version("kinpay"), "timestamp": built_at, "commit": commit})
