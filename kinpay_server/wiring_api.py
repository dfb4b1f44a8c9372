"""What stands behind the HTTP API: the use cases of its routes, the status page and the metrics."""

import os
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from typing import Any

from kinpay_server.config_shown import shown
from kinpay_server.metrics.exposition import Exposition
from kinpay_server.services.accept_payment import AcceptPayment
from kinpay_server.services.accept_wallet import AcceptWallet
from kinpay_server.services.find_payments import find_payments
from kinpay_server.services.overview import ShowOverview
from kinpay_server.services.payment_story import payment_story
from kinpay_server.services.put_service import PutService
from kinpay_server.services.put_watch import PutWatch
from kinpay_server.services.readings import TakeReadings
from kinpay_server.services.replay_callbacks import ReplayCallbacks
from kinpay_server.services.report_status import Identity, StatusReport
from kinpay_server.services.show_wallet import ShowWallet
from kinpay_server.services.show_wallet_payments import ShowWalletPayments
from kinpay_server.storage.callback_list import CallbackList
from kinpay_server.storage.counted import CountedPayments
from kinpay_server.storage.depths import DepthRows
from kinpay_server.storage.outstanding import OutstandingRows
from kinpay_server.storage.payment_search import PaymentSearch
from kinpay_server.storage.services import ServicesStore
from kinpay_server.storage.stories import Stories
from kinpay_server.storage.wallets import Wallets
from kinpay_server.web.page_services import PageServices
from kinpay_server.web.services import Services
from kinpay_server.wiring import UseCases


def api_services(parts: UseCases) -> Services:
    """What `web.application` is made of."""
    payments, watching = CountedPayments(parts.database, parts.activity), ServicesStore(parts.database)
    stellar = parts.settings.stellar
    identity = _identity(parts.settings.server.app_name)
    expiry = round(parts.settings.watcher.watch_expiry * 1000)
    return Services(
        accept_payment=AcceptPayment(payments, parts.nudge),
        accept_wallet=AcceptWallet(Wallets(parts.database), parts.nudge),
        wallet=ShowWallet(parts.ledger),
        wallet_payments=ShowWalletPayments(parts.ledger),
        payment=payments.payment,
        payments=payments.payments,
        put_service=PutService(watching, view=parts.view, clock=parts.clock),
        service=watching.service,
        all_services=watching.services,
        delete_service=watching.delete_service,
        put_watch=PutWatch(watching, expiry=expiry, view=parts.view, clock=parts.clock),
        delete_watch=watching.delete_watch,
        watchers=watching.watchers,
        status=lambda: StatusReport(identity, parts.health),
        public_config={
            "horizon_url": stellar.horizon_url,
            "network_passphrase": stellar.network,
            "asset_issuer": stellar.kin_issuer_address,
            "asset_code": stellar.kin_token_name,
        },
        page=_page(parts, identity),
        metrics=Exposition(parts.counters, _readings(parts)),
        clock=parts.clock,
    )


def _page(parts: UseCases, identity: Identity) -> PageServices:
    """What the status page needs."""
    search, stories = PaymentSearch(parts.database), Stories(parts.database)
    replay = ReplayCallbacks(CallbackList(parts.database), parts.nudge, parts.clock)
    return PageServices(
        overview=ShowOverview(
            OutstandingRows(parts.database),
            health=parts.health,
            activity=parts.activity,
            receivers=parts.receivers,
            balances=parts.balances,
            network=lambda: parts.view.state,
            clock=parts.clock,
        ),
        newest=search.newest,
        find=partial(find_payments, search),
        story=partial(payment_story, stories),
        replay_one=replay.one,
        replay_all=replay.all,
        asset=parts.settings.stellar.kin_token_name,
        about=_about(parts, identity),
    )


def _about(parts: UseCases, identity: Identity) -> dict[str, Any]:
    stellar = parts.settings.stellar
    explorer, horizon = stellar.explorer_url, stellar.horizon_url
    return {
        "app_name": identity.app_name,
        "start_time": identity.start_time,
        "build": identity.build,
        "asset": {"code": stellar.kin_token_name, "issuer": stellar.kin_issuer_address},
        "root": parts.signer.root_address,
        "network": stellar.network,
        "links": {
            "transaction": f"{explorer}/tx/" if explorer else f"{horizon}/transactions/",
            "account": f"{explorer}/account/" if explorer else f"{horizon}/accounts/",
        },
        "config": shown(parts.settings),
    }


def _readings(parts: UseCases) -> TakeReadings:
    """How it is now, in numbers."""
    return TakeReadings(
        DepthRows(parts.database),
        asset_code=parts.settings.stellar.kin_token_name,
        health=parts.health,
        balances=parts.balances,
        network=lambda: parts.view.state,
        watchers={
            "root": lambda: (parts.watch.caught_up_at, None),
            "payments": lambda: (parts.watch_payments.caught_up_at, parts.watch_payments.ledgers_behind),
        },
        receivers=parts.receivers,
        rate_limit_left=parts.rate_limit_left,
        clock=parts.clock,
    )


def _identity(app_name: str) -> Identity:
    """Who this is; an image's build may say when and from what it was made, as the old service's did."""
    built_at, commit = os.environ.get("BUILD_TIMESTAMP"), os.environ.get("BUILD_COMMIT")
    started = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return Identity(app_name, started, {"version": version("kinpay"), "timestamp": built_at, "commit": commit})
