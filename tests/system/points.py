"""The points at which `tests.system.dying` kills kinpay: each commit that it makes, and what it calls outside.

`test_every_commit.py` fails when something in `storage/` writes and is not among them.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from alembic import command
from alembic.migration import MigrationContext

from kinpay_server.callbacks.sender import HttpSender
from kinpay_server.domain.payment import PaymentStatus
from kinpay_server.ledger.client import HorizonLedger
from kinpay_server.ledger.connection import HorizonConnection
from kinpay_server.ledger.signer import StellarSigner
from kinpay_server.services.ports import Settlement
from kinpay_server.storage import backup
from kinpay_server.storage.callback_list import CallbackList
from kinpay_server.storage.callbacks import Callbacks
from kinpay_server.storage.channel_list import ChannelList
from kinpay_server.storage.channels import Channels
from kinpay_server.storage.gap import Gaps
from kinpay_server.storage.payments import Payments
from kinpay_server.storage.services import ServicesStore
from kinpay_server.storage.settlements import Settlements
from kinpay_server.storage.stories import Stories
from kinpay_server.storage.submissions import Submissions
from kinpay_server.storage.wallet_stories import WalletStories
from kinpay_server.storage.wallets import Wallets
from kinpay_server.storage.watched_payments import WatchedPayments

Place = tuple[Any, str]
"""A class, or a module, and the name of a method or function there."""


def _does_something(given: Any, result: Any) -> bool:
    """False for a settlement of nothing, a claim that found nothing, and the like."""
    return bool(given) and (result is None or bool(result))


def _settles(what: Callable[[Settlement], object]) -> Callable[[Any, Any], bool]:
    """A commit of which at least one settlement is like that, and which is not refused as stale."""
    return lambda settlements, result: result is None and any(what(one) for one in settlements)


def _fails(settlement: Settlement) -> bool:
    return settlement.payment is not None and settlement.payment.status is PaymentStatus.FAILED


@dataclass(frozen=True, slots=True)
class Commit:
    """A method that writes, and whether what it was `given` and returned is what is meant here.

    `spoiled` is made to fail in the process that dies: only after a failure the method is called.
    """

    owner: type
    method: str
    meant: Callable[[Any, Any], bool] = _does_something
    spoiled: Place | None = None

    @property
    def place(self) -> Place:
        """The method."""
        return self.owner, self.method


CLAIM = Commit(Submissions, "claim")

OF_STARTS: Mapping[str, Commit] = {
    "plan_channels": Commit(Channels, "plan_channels"),
    "record_fundings": Commit(Channels, "record_fundings"),
    "settle openings": Commit(Settlements, "settle", _settles(lambda one: one.opened)),
    "claim": CLAIM,
    "release_lost_claims": Commit(Settlements, "release_lost_claims"),
    "adopt_channels": Commit(Channels, "adopt_channels"),
    "note_ledger": Commit(Channels, "note_ledger"),
    "beat": Commit(Settlements, "beat"),
    "know_witness": Commit(Settlements, "know_witness"),
}
"""In this order: the start gives back the claims of who died after it had claimed."""

OF_PAYMENTS: Mapping[str, Commit] = {
    "accept": Commit(Payments, "accept"),
    "claim": CLAIM,
    "record_attempts": Commit(Submissions, "record_attempts"),
    "record_answers": Commit(Submissions, "record_answers"),
    "settle": Commit(Settlements, "settle", _settles(lambda one: one.payment and one.landed)),
    "release": Commit(Submissions, "release", spoiled=(StellarSigner, "sign_payments")),
    "record_found": Commit(Settlements, "record_found"),
    "record_delivery": Commit(Callbacks, "record_delivery"),
}

OF_ENDS: Mapping[str, Commit] = {
    "settle a failure": Commit(Settlements, "settle", _settles(_fails)),
    "settle an expiry": Commit(Settlements, "settle", _settles(lambda one: not one.landed)),
}

OF_WALLETS: Mapping[str, Commit] = {
    "accept_wallet": Commit(Wallets, "accept_wallet"),
    "claim_wallets": Commit(Wallets, "claim_wallets"),
    "record_attempts of wallets": Commit(Wallets, "record_attempts"),
    "record_answers": Commit(Submissions, "record_answers"),
    "settle wallets": Commit(Settlements, "settle", _settles(lambda one: one.wallet)),
    "release_wallets": Commit(Wallets, "release_wallets", spoiled=(StellarSigner, "sign_wallets")),
}

OF_TOP_UPS: Mapping[str, Commit] = {
    "lend_channels": Commit(Channels, "lend_channels"),
    "record_fundings": Commit(Channels, "record_fundings"),
    "settle top-ups": Commit(Settlements, "settle", _settles(lambda one: one.topped_up)),
    "return_channels": Commit(Channels, "return_channels", spoiled=(StellarSigner, "sign_top_up")),
}

OF_WATCHERS: Mapping[str, Commit] = {
    "put_service": Commit(ServicesStore, "put_service"),
    "put_watch": Commit(ServicesStore, "put_watch"),
    "tell": Commit(WatchedPayments, "tell"),
    "delete_watch": Commit(ServicesStore, "delete_watch"),
    "forget_expired": Commit(WatchedPayments, "forget_expired"),
    "delete_service": Commit(ServicesStore, "delete_service"),
}

OF_CALLBACKS: Mapping[str, Commit] = {
    "give_up": Commit(Callbacks, "give_up"),
    "replay_one_dead": Commit(CallbackList, "replay_one_dead"),
    "replay_some_dead": Commit(CallbackList, "replay_some_dead"),
}

OF_COMMANDS: Mapping[str, Commit] = {
    "retry a payment": Commit(Stories, "accept_again"),
    "retry a wallet": Commit(WalletStories, "accept_again"),
    "replay": Commit(CallbackList, "replay"),
    "replay_dead": Commit(CallbackList, "replay_dead"),
    "plan": Commit(ChannelList, "plan"),
    "retire": Commit(ChannelList, "retire"),
    "move_cursor": Commit(Gaps, "move_cursor"),
}
"""What the service itself never writes."""

GROUPS: Sequence[Mapping[str, Commit]] = (
    OF_STARTS,
    OF_PAYMENTS,
    OF_ENDS,
    OF_WALLETS,
    OF_TOP_UPS,
    OF_WATCHERS,
    OF_CALLBACKS,
    OF_COMMANDS,
)

COMMITS: Mapping[str, Commit] = {name: commit for group in GROUPS for name, commit in group.items()}
"""All of them; the same name in two groups is the same commit."""

CALLS: Mapping[str, Place] = {
    "submit": (HorizonLedger, "submit"),
    "one of the requests": (HorizonConnection, "post_form"),
    "callback": (HttpSender, "send"),
}

UPGRADE: Mapping[str, Place] = {
    "before commit: upgrade": (MigrationContext, "run_migrations"),
    "after commit: upgrade": (command, "upgrade"),
}
"""The schema, which a start makes or changes: killed when these have returned."""

BACKUP: Mapping[str, Place] = {
    "copied": (backup, "_copy"),
    "checked": (backup, "_checked"),
    "named": (os, "link"),
}
"""The steps of a backup, which writes to no database of ours: killed when these have returned."""


def points_of(group: Mapping[str, object]) -> list[str]:
    """The points before and after each commit of a group, or each call."""
    what = ": " if group is CALLS else " commit: "
    return [f"{when}{what}{name}" for name in group for when in ("before", "after")]
