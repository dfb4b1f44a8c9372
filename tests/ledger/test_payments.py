"""Lists of payments, as a real Horizon answered."""

import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from stellar_sdk import Keypair

from kinpay_server.domain.watch import Money, SeenPayment
from kinpay_server.ledger.accounts import KinAsset
from kinpay_server.ledger.client import HorizonLedger
from kinpay_server.ledger.payments import PaymentsPage
from kinpay_server.services.ports import LedgerUnavailable

from .conftest import RECORDED, Reply

NOTHING = {"memo_type": "none"}
Recorded = Callable[[str, str], Reply]


def people(scenario: str) -> dict[str, str]:
    """Who took part, by name."""
    found: dict[str, str] = json.loads((RECORDED / f"{scenario}.json").read_text())["people"]
    return found


def records(reply: Reply) -> list[dict[str, Any]]:
    """Records as Horizon wrote them; some were not joined with their transactions, and get an empty memo."""
    found: list[dict[str, Any]] = json.loads(reply.body)["_embedded"]["records"]
    return [{"transaction": NOTHING} | record for record in found]


def page(reply: Reply, scenario: str, **changes: Any) -> PaymentsPage:
    """A page of its records, each with changes."""
    changed = [record | changes for record in records(reply)]
    return PaymentsPage(changed, KinAsset("KIN", people(scenario)["issuer"]), 200)


def seen(recorded: Recorded, scenario: str, name: str, watched: str = "bob", **changes: Any) -> list[SeenPayment]:
    """The payments of a recorded page that concern one of those who took part."""
    return page(recorded(scenario, name), scenario, **changes).watched({people(scenario)[watched]})


def test_payments_of_kin_are_read_with_amount_memo_and_both_sides(recorded: Recorded) -> None:
    who = people("lists/payments")
    issued, plain, bumped, muxed = seen(recorded, "lists/payments", "joined", "alice")
    assert (issued.sender, issued.amount, issued.memo) == (who["issuer"], 1_000_000_000, None)
    assert plain == SeenPayment(
        position=10002978836481,
        sender=who["alice"],
        recipient=who["bob"],
        amount=10_000_000,
        transaction_id="e82ec874fc94e4dd4bcd923f34c2975b782796ffe3700a0996c4e74a7adadce1",
        timestamp="2026-11-23T19:50:43Z",
        closed_at=1795463443000,
        memo="good",
    )
    assert (bumped.amount, muxed.amount, muxed.recipient) == (30_000_000, 40_000_000, who["bob"])


def test_either_side_is_looked_at_and_nobody_else(recorded: Recorded) -> None:
    assert len(seen(recorded, "lists/payments", "joined", "bob")) == 3
    assert seen(recorded, "lists/payments", "joined", "nobody") == []


def test_a_payment_that_failed_is_none(recorded: Recorded) -> None:
    amounts = [one.amount for one in seen(recorded, "lists/payments", "joined, with failed, backwards", "alice")]
    assert 20_000_000 not in amounts
    assert len(amounts) == 4


@pytest.mark.parametrize(
    "other",
    [
        {"asset_code": "KINX"},
        {"asset_code": "kin"},
        {"asset_issuer": Keypair.from_raw_ed25519_seed(b"o" * 32).public_key},
        {"asset_type": "native", "asset_code": None, "asset_issuer": None},
    ],
)
def test_another_asset_or_the_same_code_by_another_issuer_is_never_told(
    recorded: Recorded, other: dict[str, Any]
) -> None:
    assert seen(recorded, "lists/payments", "joined", "bob", **other) == []


def test_a_path_that_delivers_kin_counts_with_what_it_delivers(recorded: Recorded) -> None:
    issuer = people("success/path_through_offer")["issuer"]
    for name in ("payments of receive", "payments of send"):
        reply = recorded("success/path_through_offer", name)
        (record,) = records(reply)
        for watched in ("alice", "bob"):
            (one,) = page(reply, "success/path_through_offer").watched({people("success/path_through_offer")[watched]})
            assert one.amount == int(Decimal(record["amount"]) * 10**7)
            assert one.received == Money(Decimal(record["amount"]), "KIN", issuer)
            assert one.sent == Money(Decimal(record["source_amount"]), "XLM", None)


def test_a_path_that_spends_kin_counts_with_what_it_spends(recorded: Recorded) -> None:
    (record,) = records(recorded("success/path_through_offer", "payments of send"))
    sides = ("asset_type", "asset_code", "asset_issuer", "amount")
    turned = {f"source_{side}": record.get(side) for side in sides} | {
        side: record.get(f"source_{side}") for side in sides
    }
    (one,) = seen(recorded, "success/path_through_offer", "payments of send", **turned)
    assert one.amount == int(Decimal(record["amount"]) * 10**7)
    assert one.received is not None
    assert one.received.asset_code == "XLM"


def test_a_path_from_kin_to_kin_is_told_once(recorded: Recorded) -> None:
    (one,) = seen(recorded, "success/path_same_asset", "payments of send")
    assert (one.amount, one.sent, one.received) == (50_000_000, one.received, one.sent)


def test_a_muxed_sender_is_the_account_that_it_belongs_to(recorded: Recorded) -> None:
    who = people("success/muxed")
    (one,) = seen(recorded, "success/muxed", "payments of from muxed", "alice")
    assert (one.sender, one.recipient) == (who["alice"], who["bob"])


def test_a_bumped_payment_has_the_hash_that_history_lists(recorded: Recorded) -> None:
    (one,) = seen(recorded, "success/fee_bump", "payments by inner hash, joined")
    assert one.transaction_id == "3c7723c05f7c8c8f2b871b9c75995f66bc5b59df2e4f02ba9458b97a25efc544"
    assert one.memo is not None


def test_a_memo_of_another_type_is_none_and_an_empty_text_is_empty(recorded: Recorded) -> None:
    for transaction, memo in (
        ({"memo_type": "id", "memo": "1-app-p"}, None),
        ({"memo_type": "text"}, ""),
        ({"memo_type": "text", "memo": "1-app-p"}, "1-app-p"),
    ):
        found = seen(recorded, "lists/payments", "joined", "bob", transaction=transaction)
        assert {one.memo for one in found} == {memo}


@pytest.mark.parametrize("broken", [{"amount": "1"}, {"paging_token": "x"}, {"transaction": None}, {"created_at": ""}])
def test_a_payment_that_cannot_be_read_is_no_payment_that_is_left_out(
    recorded: Recorded, broken: dict[str, Any]
) -> None:
    good = records(recorded("lists/payments", "joined"))
    changed = [*(record | broken for record in good[:-1]), good[-1]]
    whole = PaymentsPage(changed, KinAsset("KIN", people("lists/payments")["issuer"]), 200)
    with pytest.raises(LedgerUnavailable):
        whole.watched({people("lists/payments")["alice"]})


def test_a_page_knows_its_end(recorded: Recorded) -> None:
    reply = recorded("lists/payments", "joined")
    whole = page(reply, "lists/payments")
    assert (whole.count, whole.full, whole.last, whole.closed_at) == (5, False, 10015863738369, 1795463446000)
    assert PaymentsPage(records(reply), KinAsset("KIN", "G"), 5).full
    empty = PaymentsPage([], KinAsset("KIN", "G"), 5)
    assert (empty.count, empty.full, empty.last, empty.closed_at, empty.watched({"G"})) == (0, False, None, None, [])


def test_the_lists_of_the_network_and_of_an_account_are_asked_for_after_a_position(
    talk: Any, recorded: Recorded
) -> None:
    async def ask(ledger: HorizonLedger) -> list[int | None]:
        pages = [await ledger.payments_of(None, 17, 200), await ledger.payments_of("GALICE", 18, 1000)]
        return [one.last for one in pages]

    assert talk(recorded("lists/payments", "joined"), ask) == [10015863738369] * 2
    query = "order=asc&join=transactions&include_failed=false&limit=200"
    assert [one.path for one in talk.asked] == [
        f"/payments?{query}&cursor=17",
        f"/accounts/GALICE/payments?{query}&cursor=18",
    ]


def test_an_account_that_does_not_exist_has_no_payments_but_a_network_without_its_list_is_no_answer(
    talk: Any, recorded: Recorded
) -> None:
    missing = recorded("lists/missing", "transactions")
    assert talk(missing, lambda ledger: ledger.payments_of("GNOBODY", 0, 200)).count == 0
    with pytest.raises(LedgerUnavailable):
        talk(missing, lambda ledger: ledger.payments_of(None, 0, 200))


@pytest.mark.parametrize("body", ["", "{}", '{"_embedded": {"records": [{}]}}', '{"_embedded": {"records": 5}}'])
def test_what_is_no_page_is_no_answer(talk: Any, recorded: Recorded, body: str) -> None:
    reply = replace(recorded("lists/payments", "joined"), body=body)
    for ask in (
        lambda ledger: ledger.payments_of(None, 0, 200),
        lambda ledger: ledger.payments_per_second(1795463446),
    ):
        with pytest.raises(LedgerUnavailable):
            talk(reply, ask)


def test_the_rate_is_that_of_the_newest_page(talk: Any, recorded: Recorded) -> None:
    reply = recorded("lists/payments", "joined, with failed, backwards")
    oldest = 1795463441
    assert talk(reply, lambda ledger: ledger.payments_per_second(oldest + 10)) == pytest.approx(0.6)
    assert talk.asked[0].path == "/payments?order=desc&limit=200"
    assert talk(reply, lambda ledger: ledger.payments_per_second(oldest)) == 6
    empty = replace(reply, body='{"_embedded": {"records": []}}')
    assert talk(empty, lambda ledger: ledger.payments_per_second(oldest)) == 0
