"""A service that has paid is scraped, and what the dashboard and the alerts ask for is there."""

import re
from pathlib import Path
from urllib.request import urlopen

import pytest
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from kinpay_server.demo.http import call
from kinpay_server.demo.network import Network
from tests.system.clients import wait_until
from tests.system.conftest import Kinpay, Told, payment

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

MONITORING = Path(__file__).parents[2] / "docs" / "monitoring"
PAYMENTS = 5


def scrape(url: str) -> list[Metric]:
    """What `/metrics` answers, as Prometheus' own parser reads it."""
    with urlopen(f"{url}/metrics", timeout=60) as answer:
        return list(text_string_to_metric_families(answer.read().decode()))


def value(families: list[Metric], name: str, **labels: str) -> float:
    """The one sample of that name that has these labels."""
    found = [
        sample.value
        for family in families
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    ]
    assert len(found) == 1, (name, labels, found)
    return found[0]


def names_in(expression: str) -> set[str]:
    """The metrics that a query of Prometheus asks for."""
    return set(re.findall(r"\b(?:kinpay|process)_[a-z_]+\b", expression))


def asked_for() -> set[str]:
    """By the dashboard and by the alerts."""
    return names_in((MONITORING / "grafana.json").read_text()) | names_in((MONITORING / "alerts.yml").read_text())


def test_a_service_that_has_paid_is_measured(network: Network, kinpay: Kinpay, told: Told) -> None:
    wallet = network.make_wallet().public_key
    with kinpay.serving() as (_, url):
        for number in range(PAYMENTS):
            call(f"{url}/payments", payment(told, wallet, f"p-{number}"))
        wait_until(lambda: value(scrape(url), "kinpay_callback_tries_total", result="delivered") == PAYMENTS)
        families = scrape(url)
    assert value(families, "kinpay_payments_total", status="accepted") == PAYMENTS
    assert value(families, "kinpay_payments_total", status="succeeded") == PAYMENTS
    assert value(families, "kinpay_payment_ledger_seconds_count") == PAYMENTS
    assert value(families, "kinpay_payment_callback_seconds_count") == PAYMENTS
    to_ledger = value(families, "kinpay_payment_ledger_seconds_sum")
    assert 0 < to_ledger <= value(families, "kinpay_payment_callback_seconds_sum")
    assert value(families, "kinpay_attempts_total", purpose="payment", end="succeeded") == PAYMENTS
    assert value(families, "kinpay_submissions_total", verdict="queued") >= PAYMENTS
    assert value(families, "kinpay_http_request_seconds_count", method="POST", route="/payments") == PAYMENTS
    assert value(families, "kinpay_payments_outstanding", status="accepted") == 0
    assert value(families, "kinpay_channels", state="free") > 0
    assert value(families, "kinpay_root_balance", asset="KIN") > 0
    assert value(families, "kinpay_may_send") == 1
    known = {sample.name for family in families for sample in family.samples}
    known |= {f"{family.name}_total" for family in families if family.type == "counter"}
    not_before_it_is_needed = {"kinpay_root_balance_lasts_seconds", "kinpay_horizon_rate_limit_left"}
    assert asked_for() - known - not_before_it_is_needed == set()
