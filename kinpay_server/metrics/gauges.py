"""Readings as Prometheus has them: seconds, units of the asset, 1 for yes."""

from collections.abc import Iterator, Mapping

from prometheus_client.core import GaugeMetricFamily

from kinpay_server.domain.amount import STROOPS_PER_UNIT
from kinpay_server.domain.callback import SECOND
from kinpay_server.domain.channel import ChannelState
from kinpay_server.services.depths import Depths
from kinpay_server.services.ports import NetworkState
from kinpay_server.services.readings import Readings


def gauges(now: Readings) -> Iterator[GaugeMetricFamily]:
    """All of one look. What is not known is left out, so that nothing is alarmed about a number that is none."""
    yield _plain("may_send", "Whether nothing keeps payments from being sent.", now.may_send)
    yield _by("check_ok", "Whether a check of /status is well.", "check", now.checks)
    yield _plain("database_readable", "Whether the database could be read.", now.depths is not None)
    if now.depths is not None:
        yield from _of_depths(now.depths, now.at)
    failing = "Since the receiver that fails longest has taken a callback; 0 when none fails."
    yield _plain("receivers_failing", "Receivers that have not taken their last callback.", now.receivers_failing)
    yield _plain("receiver_failing_seconds", failing, now.receiver_failing / SECOND)
    held = {asset: funds.held / STROOPS_PER_UNIT for asset, funds in now.balances.items()}
    lasts = {asset: funds.lasts / SECOND for asset, funds in now.balances.items() if funds.lasts is not None}
    yield _by("root_balance", "What the root account can spend, in units of the asset.", "asset", held)
    yield _by("root_balance_lasts_seconds", "How long that lasts at today's rate.", "asset", lasts)
    behind = {name: lag.milliseconds / SECOND for name, lag in now.lags.items()}
    ledgers = {name: lag.ledgers for name, lag in now.lags.items() if lag.ledgers is not None}
    yield _by("watcher_lag_seconds", "Since a watcher had last read all that the ledger had.", "watcher", behind)
    yield _by("watcher_lag_ledgers", "Ledgers that a watcher has to read.", "watcher", ledgers)
    if now.network is not None:
        yield from _of_network(now.network, now.at)
    if now.rate_limit_left is not None:
        yield _plain("horizon_rate_limit_left", "The part of Horizon's rate limit that is left.", now.rate_limit_left)


def _of_depths(depths: Depths, at: int) -> Iterator[GaugeMetricFamily]:
    payments = {"accepted": depths.accepted, "submitted": depths.submitted, "held": depths.held}
    yield _by("payments_outstanding", "Payments that are not done; held ones are submitted too.", "status", payments)
    age = 0 if depths.oldest is None else max(0, at - depths.oldest) / SECOND
    yield _plain("payment_oldest_seconds", "Since the oldest payment was posted that waits to be sent.", age)
    wallets = {"accepted": depths.wallets_accepted, "held": depths.wallets_held}
    yield _by("wallets_outstanding", "Wallets that wait to be sent, or for an operator.", "status", wallets)
    callbacks = {"waiting": depths.callbacks_waiting, "dead": depths.callbacks_dead}
    yield _by("callbacks", "Callbacks that are to be delivered, and that were given up.", "state", callbacks)
    channels = {state.value: depths.channels.get(state.value, 0) for state in ChannelState}
    yield _by("channels", "Channel accounts by state.", "state", channels)


def _of_network(network: NetworkState, at: int) -> Iterator[GaugeMetricFamily]:
    newest = {"history": network.latest_ledger, "core": network.core_ledger}
    yield _by("ledger", "The newest ledger in Horizon's history, and of its core.", "of", newest)
    age = max(0.0, at / SECOND - network.closed_at)
    yield _plain(
        "ledger_age_seconds", "Since the newest ledger in Horizon's history closed, by this host's clock.", age
    )


def _plain(name: str, help: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"kinpay_{name}", help, value)


def _by(name: str, help: str, label: str, values: Mapping[str, float]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"kinpay_{name}", help, labels=[label])
    for of, value in values.items():
        family.add_metric([of], value)
    return family
