"""What left an account, as reconciling counts it; the answers are those of a real Horizon."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from kinpay_server.ledger.accounts import KinAsset
from kinpay_server.ledger.payment_history import parse_payments
from kinpay_server.ledger.payments import PaymentsPage
from kinpay_server.services.differences import HistoryPayment

from .conftest import RECORDED, Reply

Recorded = Callable[[str, str], Reply]

KIN_TO_KIN = {"source_amount": "5.0000001", "amount": "4.9999999"}


def people(scenario: str) -> dict[str, str]:
    found: dict[str, str] = json.loads((RECORDED / f"{scenario}.json").read_text())["people"]
    return found


def records(reply: Reply, **changes: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(reply.body)["_embedded"]["records"]
    return [{"transaction": {"memo_type": "none", "ledger": 7}} | record | changes for record in found]


def out_of(recorded: Recorded, scenario: str, name: str, who: str, **changes: Any) -> tuple[HistoryPayment, ...]:
    asset = KinAsset("KIN", people(scenario)["issuer"])
    return parse_payments(records(recorded(scenario, name), **changes), people(scenario)[who], asset, "0").payments


def test_payments_out_of_the_account_are_counted_and_those_into_it_are_not(recorded: Recorded) -> None:
    plain, bumped, muxed = out_of(recorded, "lists/payments", "joined", "alice")
    assert (plain.amount, plain.memo, plain.inner_hash) == (10_000_000, "good", None)
    assert (bumped.amount, muxed.amount) == (30_000_000, 40_000_000)
    assert bumped.inner_hash is not None
    assert out_of(recorded, "lists/payments", "joined", "bob") == ()


def test_a_payment_that_failed_or_of_another_asset_took_nothing(recorded: Recorded) -> None:
    assert len(out_of(recorded, "lists/payments", "joined, with failed, backwards", "alice")) == 3
    assert out_of(recorded, "lists/payments", "joined", "alice", asset_code="KINX") == ()


def test_along_a_path_what_was_spent_has_left_the_account_and_what_was_delivered_is_told(recorded: Recorded) -> None:
    scenario, name = "success/path_same_asset", "payments of send"
    [left] = out_of(recorded, scenario, name, "alice", **KIN_TO_KIN)
    asset = KinAsset("KIN", people(scenario)["issuer"])
    told = PaymentsPage(records(recorded(scenario, name), **KIN_TO_KIN), asset, 200)
    [seen] = told.watched({people(scenario)["bob"]})
    assert (left.amount, seen.amount) == (50_000_001, 49_999_999)
    assert seen.sent is not None
    assert seen.received is not None
    assert (str(seen.sent.amount), str(seen.received.amount)) == ("5.0000001", "4.9999999")


@pytest.mark.parametrize("name", ["payments of receive", "payments of send"])
def test_a_path_that_spends_another_asset_is_counted_with_the_kin_that_it_delivers(
    recorded: Recorded, name: str
) -> None:
    [left] = out_of(recorded, "success/path_through_offer", name, "alice")
    [record] = records(recorded("success/path_through_offer", name))
    assert left.amount == int(record["amount"].replace(".", ""))
