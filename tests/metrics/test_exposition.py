"""What Prometheus reads, as its own parser understands it."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from kinpay_server.domain.attempt import Purpose
from kinpay_server.domain.callback import CallbackState
from kinpay_server.domain.outcome import Verdict
from kinpay_server.domain.payment import PaymentStatus
from kinpay_server.domain.wallet import WalletStatus
from kinpay_server.metrics.counters import Counters
from kinpay_server.metrics.exposition import Exposition
from kinpay_server.services.depths import Depths
from kinpay_server.services.ports import HorizonMeter, Meter, NetworkState
from kinpay_server.services.readings import Lag, Readings
from kinpay_server.services.root_balances import Funds

HOUR = 3_600_000
DEPTHS = Depths(
    accepted=7,
    submitted=5,
    held=1,
    oldest=1_700_000_000_000,
    wallets_accepted=2,
    wallets_held=0,
    callbacks_waiting=3,
    callbacks_dead=4,
    channels={"free": 10, "lent": 5},
)
READINGS = Readings(
    at=1_700_000_090_000,
    depths=DEPTHS,
    checks={"horizon": True, "root account": False},
    may_send=False,
    balances={"KIN": Funds(25_000_000, 0, HOUR), "XLM": Funds(100_000_000, 50_000_000, HOUR)},
    network=NetworkState("P", 100, 1, 103, 1_700_000_080),
    lags={"root": Lag(1500, None), "payments": Lag(500, 3)},
    receivers_failing=2,
    receiver_failing=60_000,
    rate_limit_left=0.5,
)


def scraped(counters: Counters, readings: Readings = READINGS) -> dict[tuple[str, tuple[str, ...]], float]:
    """The samples by name and values of labels."""

    async def look() -> Readings:
        await asyncio.sleep(0)
        return readings

    text = asyncio.run(Exposition(counters, look).text()).decode()
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.fixture
def counters() -> Counters:
    return Counters(version="1.2.3", commit="abc")


def test_readings_are_in_seconds_and_in_units_of_the_asset(counters: Counters) -> None:
    found = scraped(counters)
    expected = {
        ("kinpay_may_send", ()): 0,
        ("kinpay_check_ok", ("horizon",)): 1,
        ("kinpay_check_ok", ("root account",)): 0,
        ("kinpay_database_readable", ()): 1,
        ("kinpay_payments_outstanding", ("accepted",)): 7,
        ("kinpay_payments_outstanding", ("submitted",)): 5,
        ("kinpay_payments_outstanding", ("held",)): 1,
        ("kinpay_payment_oldest_seconds", ()): 90,
        ("kinpay_wallets_outstanding", ("accepted",)): 2,
        ("kinpay_callbacks", ("waiting",)): 3,
        ("kinpay_callbacks", ("dead",)): 4,
        ("kinpay_channels", ("free",)): 10,
        ("kinpay_channels", ("retired",)): 0,
        ("kinpay_receivers_failing", ()): 2,
        ("kinpay_receiver_failing_seconds", ()): 60,
        ("kinpay_root_balance", ("KIN",)): 2.5,
        ("kinpay_root_balance", ("XLM",)): 10,
        ("kinpay_root_balance_lasts_seconds", ("XLM",)): 7200,
        ("kinpay_watcher_lag_seconds", ("root",)): 1.5,
        ("kinpay_watcher_lag_ledgers", ("payments",)): 3,
        ("kinpay_ledger", ("history",)): 100,
        ("kinpay_ledger", ("core",)): 103,
        ("kinpay_ledger_age_seconds", ()): 10,
        ("kinpay_horizon_rate_limit_left", ()): 0.5,
        ("kinpay_build_info", ("abc", "1.2.3")): 1,
    }
    assert {key: found.get(key) for key in expected} == expected


def test_what_is_not_known_is_left_out(counters: Counters) -> None:
    found = scraped(counters, replace(READINGS, depths=None, network=None, balances={}, rate_limit_left=None))
    names = {name for name, _ in found}
    assert found["kinpay_database_readable", ()] == 0
    assert names.isdisjoint(
        {"kinpay_payments_outstanding", "kinpay_ledger", "kinpay_root_balance", "kinpay_horizon_rate_limit_left"}
    )
    assert ("kinpay_root_balance_lasts_seconds", ("KIN",)) not in found
    assert ("kinpay_watcher_lag_ledgers", ("root",)) not in scraped(counters)


def count_everything(counters: Counters) -> None:
    meter: Meter = counters
    horizon: HorizonMeter = counters
    meter.payment_accepted()
    meter.payment_ended(PaymentStatus.SUCCEEDED, 5.5)
    meter.payment_ended(PaymentStatus.FAILED, 1.0)
    meter.payments_found(2)
    meter.wallet_ended(WalletStatus.CREATED)
    meter.attempt_ended(Purpose.PAYMENT, "expired")
    meter.attempt_answered(Verdict.BID_HIGHER)
    meter.callback_tried(CallbackState.WAITING)
    meter.callbacks_died(3)
    meter.payment_told(6.0)
    for status in (200, 404, 429, 503, 504, 403):
        horizon.horizon_answered("GET", 0.1, status)
    horizon.horizon_answered("POST", 0.1, 400)
    horizon.horizon_silent("POST", 10.0, "timed out")
    horizon.horizon_silent("POST", 0.0, "connection failed")
    counters.request_answered("POST", "/payments", 202, 0.004)


COUNTED: dict[tuple[str, tuple[str, ...]], float] = {
    ("kinpay_payments_total", ("accepted",)): 1,
    ("kinpay_payments_total", ("succeeded",)): 1,
    ("kinpay_payments_total", ("failed",)): 1,
    ("kinpay_payments_found_total", ()): 2,
    ("kinpay_wallets_total", ("created",)): 1,
    ("kinpay_attempts_total", ("expired", "payment")): 1,
    ("kinpay_submissions_total", ("bid higher",)): 1,
    ("kinpay_callback_tries_total", ("failed",)): 1,
    ("kinpay_callback_tries_total", ("dead",)): 3,
    ("kinpay_payment_ledger_seconds_count", ()): 1,
    ("kinpay_payment_ledger_seconds_sum", ()): 5.5,
    ("kinpay_payment_ledger_seconds_bucket", ("5.0",)): 0,
    ("kinpay_payment_ledger_seconds_bucket", ("6.0",)): 1,
    ("kinpay_payment_callback_seconds_count", ()): 1,
    ("kinpay_horizon_request_seconds_count", ("GET",)): 6,
    ("kinpay_horizon_request_seconds_count", ("POST",)): 3,
    ("kinpay_horizon_errors_total", ("rate_limit",)): 1,
    ("kinpay_horizon_errors_total", ("server",)): 2,
    ("kinpay_horizon_errors_total", ("client",)): 1,
    ("kinpay_horizon_errors_total", ("timeout",)): 1,
    ("kinpay_horizon_errors_total", ("connection",)): 1,
}


def test_all_that_happens_is_counted(counters: Counters) -> None:
    count_everything(counters)
    found = scraped(counters)
    assert {key: found.get(key) for key in COUNTED} == COUNTED
    assert found["kinpay_http_request_seconds_count", ("POST", "/payments", "202")] == 1


def test_what_has_not_happened_yet_is_there_at_zero(counters: Counters) -> None:
    found = scraped(counters)
    assert {key: found.get(key) for key in COUNTED} == dict.fromkeys(COUNTED, 0)


def test_two_services_in_one_process_do_not_count_for_each_other(counters: Counters) -> None:
    other: Any = Counters(version="", commit="")
    count_everything(other)
    assert scraped(counters)["kinpay_payments_total", ("accepted",)] == 0
