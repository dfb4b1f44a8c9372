"""The sockets that storage, ledger, callbacks and jobs plug into, a file per noun.

Times are in milliseconds since 1970, amounts and fees in stroops. Each `Store` method is one durable transaction.
"""

from kinpay_server.services.ports.callbacks import CallbackStore, DueCallback, Sender, WantedCallbacks
from kinpay_server.services.ports.channels import ChannelStore, Funding
from kinpay_server.services.ports.clock import Clock
from kinpay_server.services.ports.ledger import (
    AccountState,
    Ledger,
    LedgerUnavailable,
    NetworkFees,
    NetworkState,
    PaymentsPage,
)
from kinpay_server.services.ports.meters import HorizonMeter, Meter
from kinpay_server.services.ports.nudge import Nudge
from kinpay_server.services.ports.payments import AcceptanceStore, Claim, SubmissionStore
from kinpay_server.services.ports.settlements import (
    ChannelAfter,
    FoundPayment,
    NewCallback,
    PaymentAfter,
    Settlement,
    SettlementStore,
    StaleSettlement,
    WalletAfter,
)
from kinpay_server.services.ports.signer import (
    Bounds,
    OpeningDraft,
    PaymentDraft,
    Signer,
    TopUp,
    TopUpDraft,
    WalletDraft,
)
from kinpay_server.services.ports.wallets import WalletAcceptanceStore, WalletClaim, WalletStore
from kinpay_server.services.ports.watches import ServiceStore, WatchMarks, WatchStore
from kinpay_server.services.ports.witness import NOTHING_SIGNED, Witness

__all__ = [
    "NOTHING_SIGNED",
    "AcceptanceStore",
    "AccountState",
    "Bounds",
    "CallbackStore",
    "ChannelAfter",
    "ChannelStore",
    "Claim",
    "Clock",
    "DueCallback",
    "FoundPayment",
    "Funding",
    "HorizonMeter",
    "Ledger",
    "LedgerUnavailable",
    "Meter",
    "NetworkFees",
    "NetworkState",
    "NewCallback",
    "Nudge",
    "OpeningDraft",
    "PaymentAfter",
    "PaymentDraft",
    "PaymentsPage",
    "Sender",
    "ServiceStore",
    "Settlement",
    "SettlementStore",
    "Signer",
    "StaleSettlement",
    "SubmissionStore",
    "TopUp",
    "TopUpDraft",
    "WalletAcceptanceStore",
    "WalletAfter",
    "WalletClaim",
    "WalletDraft",
    "WalletStore",
    "WantedCallbacks",
    "WatchMarks",
    "WatchStore",
    "Witness",
]
