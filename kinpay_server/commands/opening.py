"""Opens channels without a running service: the service's own use cases, built for that alone."""

from __future__ import annotations

from kinpay_server.commands.opened import now
from kinpay_server.config import Settings
from kinpay_server.ledger.client import HorizonLedger
from kinpay_server.ledger.signer import StellarSigner
from kinpay_server.services.ask_ledger import AskLedger
from kinpay_server.services.create_channels import OpenHere
from kinpay_server.services.health import Health
from kinpay_server.services.held import Held
from kinpay_server.services.judge_attempts import JudgeAttempts
from kinpay_server.services.network_view import NetworkView
from kinpay_server.services.open_channels import OpenChannels
from kinpay_server.services.pressure import Pressure
from kinpay_server.services.send_attempts import SendAttempts
from kinpay_server.services.settle_fundings import SettleFundings
from kinpay_server.services.settle_payments import SettlePayments
from kinpay_server.storage.channels import Channels
from kinpay_server.storage.database import Database
from kinpay_server.storage.fundings import FundingSettlements, NoPayments


class Unheard:
    """The `Nudge` of a program without jobs."""

    def submit_payments(self) -> None:
        """No job."""

    def create_wallets(self) -> None:
        """No job."""

    def fund_channels(self) -> None:
        """No job."""

    def deliver_callbacks(self) -> None:
        """No job."""


def open_here(settings: Settings, database: Database, ledger: HorizonLedger, signer: StellarSigner) -> OpenHere:
    """Everything that opening channels needs, as `bootstrap` builds it for the service."""
    stellar, root = settings.stellar, signer.root_address
    health, pressure = Health(now), Pressure(settings.stellar.max_channels)
    payments, settlements, channels = NoPayments(database), FundingSettlements(database), Channels(database)
    view = NetworkView(ledger, passphrase=stellar.network, max_bid=stellar.max_base_fee, health=health, clock=now)
    send = SendAttempts(payments, ledger, view=view, pressure=pressure, health=health, clock=now)
    fundings = SettleFundings(channels, ledger, signer, starting_balance=stellar.channel_xlm, health=health)
    settle = SettlePayments(
        settlements,
        fundings,
        Held(settlements, health=health),
        root_address=root,
        pressure=pressure,
        health=health,
        nudge=Unheard(),
        clock=now,
    )
    ask = AskLedger(
        settlements,
        JudgeAttempts(settlements, ledger, root_address=root, are_strangers=_not_looked_for),
        settle,
        send,
        view=view,
        pressure=pressure,
        health=health,
        clock=now,
    )
    open_channels = OpenChannels(
        channels,
        payments,
        ledger,
        signer,
        send,
        view=view,
        health=health,
        clock=now,
        max_channels=stellar.max_channels,
        starting_balance=stellar.channel_xlm,
    )
    return OpenHere(open_channels, ask, view=view, health=health)


def _not_looked_for(ledger: int) -> bool:
    """Only a service that runs knows which transactions must be its own."""
    return False
