import json
from typing import Any

import pytest

from kinpay_server.domain.outcome import Failure, Fault, LedgerTransaction
from kinpay_server.ledger.history import parse_page, parse_transaction

OUTER = "275729a316b8c9aad1b3a0cacdbd6aedb32349bb242fe1d127fb3147eae481e5"
INNER = "0cf83121e4068b84be005a1cc97b3c454dc0d542bbd243777c44cf00bd6d2f8d"


@pytest.fixture
def paid(recorded) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(recorded("success/kin_payment", "get pay").body)
    return body


def page(recorded) -> list[LedgerTransaction]:
    name = "transactions?order=desc&limit=4&include_failed=true"
    return parse_page(json.loads(recorded("channels/of_root", name).body))


def test_a_payment_is_read_as_history_shows_it(recorded, paid: dict[str, Any]):
    assert parse_transaction(paid) == LedgerTransaction(
        hashes=(recorded("success/kin_payment", "post pay").transaction["hash"],),
        ledger=paid["ledger"],
        closed_at=paid["created_at"],
        fee_charged=100,
        fee_account=paid["source_account"],
        failure=None,
        memo=paid["memo"],
        paging_token=paid["paging_token"],
        source=paid["source_account"],
        sequence=int(paid["source_account_sequence"]),
        envelope=recorded("success/kin_payment", "post pay").transaction["envelope"],
    )


@pytest.mark.parametrize("name", ["get bump", "get pay"])
def test_a_bump_goes_by_both_hashes_whichever_was_asked_for(recorded, name: str):
    found = parse_transaction(json.loads(recorded("bumps/inner_fails", name).body))
    assert found.hashes == (OUTER, INNER)


def test_the_fee_of_a_bump_is_the_outer_one_and_not_counted_twice(recorded):
    found = parse_transaction(json.loads(recorded("bumps/inner_fails", "get bump").body))
    assert (found.fee_charged, found.fee_account[:5]) == (200, "GDHNZ")


def test_the_failure_inside_a_bump_is_the_recipients_fault(recorded):
    found = parse_transaction(json.loads(recorded("bumps/inner_fails", "get bump").body))
    assert found.failure == Failure(
        code="op_no_destination",
        fault=Fault.RECIPIENT,
        reason="the recipient's account does not exist",
        uses_sequence=True,
        operation=0,
    )


def test_a_page_of_roots_transactions_shows_plain_bumped_and_failed_ones(recorded):
    codes = [one.failure and one.failure.code for one in page(recorded)]
    assert codes == ["op_underfunded", "op_no_destination", None, None]
    assert [len(one.hashes) for one in page(recorded)] == [1, 1, 2, 1]
    assert [one.memo for one in page(recorded)] == ["1-test-4", "1-test-3", "1-test-2", "1-test-1"]


@pytest.mark.parametrize(
    ("scenario", "name", "code", "fault"),
    [
        ("failed/no_trust", "get pay", "op_no_trust", Fault.RECIPIENT),
        ("failed/not_authorized", "get pay", "op_not_authorized", Fault.RECIPIENT),
        ("failed/already_exists", "get create", "op_already_exists", Fault.RECIPIENT),
        ("failed/src_no_trust", "get pay", "op_src_no_trust", Fault.OURS),
        ("failed/src_not_authorized", "get pay", "op_src_not_authorized", Fault.OURS),
        ("failed/create_low_reserve", "get create", "op_low_reserve", Fault.OURS),
        ("failed/channel", "get pay", "op_no_destination", Fault.RECIPIENT),
    ],
)
def test_a_recorded_failure_has_its_fault(recorded, scenario: str, name: str, code: str, fault: Fault):
    failure = parse_transaction(json.loads(recorded(scenario, name).body)).failure
    assert failure is not None
    assert (failure.code, failure.fault, failure.uses_sequence) == (code, fault, True)


def test_a_failure_of_the_whole_transaction_leaves_the_number_to_be_looked_at(recorded):
    failure = parse_transaction(json.loads(recorded("failed/bad_sponsorship", "get sponsor").body)).failure
    assert failure is not None
    assert (failure.code, failure.uses_sequence, failure.operation) == ("tx_bad_sponsorship", False, None)


@pytest.mark.parametrize(("kind", "memo"), [("none", None), ("id", None), ("hash", None), ("text", "1-a-b")])
def test_only_a_text_memo_is_read(paid: dict[str, Any], kind: str, memo: str | None):
    assert parse_transaction({**paid, "memo_type": kind, "memo": "1-a-b"}).memo == memo


def test_an_empty_text_memo_which_horizon_leaves_out_is_empty(paid: dict[str, Any]):
    del paid["memo"]
    assert parse_transaction({**paid, "memo_type": "text"}).memo == ""


@pytest.mark.parametrize("successful", [None, "true", 1])
def test_nothing_is_taken_for_paid_or_failed_without_horizons_clear_word(paid: dict[str, Any], successful: object):
    with pytest.raises(ValueError, match="successful"):
        parse_transaction({**paid, "successful": successful})


@pytest.mark.parametrize("field", ["hash", "ledger", "successful", "fee_charged", "memo_type", "paging_token"])
def test_a_transaction_without_what_matters_is_not_read(paid: dict[str, Any], field: str):
    del paid[field]
    with pytest.raises(KeyError):
        parse_transaction(paid)
