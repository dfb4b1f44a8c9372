"""What the busy demo counts, and that it would notice a payment that was made twice."""

from typing import Any

import pytest

from kinpay_server.demo import busy as module
from kinpay_server.demo.busy import Busy, told_in_words
from kinpay_server.demo.http import Receiver
from kinpay_server.demo.network import Network
from kinpay_server.demo.payer import Tally
from kinpay_server.demo.programs import DemoError
from kinpay_server.demo.stage import Stage
from kinpay_server.demo.story import Story

ROOT = "GROOT"
Ledger = list[tuple[str, str]]


def told(payment_id: str, state: str = "success") -> dict[str, Any]:
    return {"object": "payment", "action": "send", "state": state, "value": {"id": payment_id}}


def busy(monkeypatch: pytest.MonkeyPatch, ledger: Ledger) -> Busy:
    """A demo that has accepted p-1 and p-2, on a ledger with these (memo, sender)."""
    audit = {"payments": [{"memo": memo, "from": sender} for memo, sender in ledger]}
    monkeypatch.setattr(module, "call", lambda url: audit)
    network = Network("http://h", "p", "http://h/f", "http://h/k", "KIN", "G")
    stage = Stage(Story(), network, "http://s", ROOT, None, Receiver())  # type: ignore[arg-type]
    made = Busy(stage, "GWALLET", pays=True, faults=False)
    made._tally.accepted |= {"p-1": 0.0, "p-2": 0.0}
    return made


PAID = [("1-demo-p-1", ROOT), ("1-demo-p-2", ROOT)]


@pytest.mark.parametrize(
    ("ledger", "states", "well"),
    [
        (PAID, ("success", "success"), True),
        (PAID[:1], ("success", "fail"), True),
        ([*PAID, ("1-demo-p-1", "GOTHER")], ("success", "success"), True),
        ([*PAID, PAID[0]], ("success", "success"), False),
        (PAID[:1], ("success", "success"), False),
        (PAID, ("success", "fail"), False),
        ([*PAID, ("1-demo-mine", ROOT), ("1-demo-mine", ROOT)], ("success", "success"), False),
    ],
)
def test_the_ledger_must_hold_what_was_told_once(
    monkeypatch: pytest.MonkeyPatch, ledger: Ledger, states: tuple[str, str], well: bool
) -> None:
    demo = busy(monkeypatch, ledger)
    for payment_id, state in zip(("p-1", "p-2"), states, strict=True):
        assert demo._tally.note(told(payment_id, state))
    if well:
        demo._audit()
        return
    with pytest.raises(DemoError, match="twice"):
        demo._audit()


def test_success_and_fail_of_one_payment_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    demo = busy(monkeypatch, PAID)
    for event in (told("p-1"), told("p-2"), told("p-1", "fail")):
        demo._tally.note(event)
    with pytest.raises(DemoError, match="p-1"):
        demo._audit()


def test_what_was_told_again_counts_once_and_what_is_of_others_not_at_all() -> None:
    tally = Tally(accepted={"p-1": 0.0, "p-2": 0.0})
    assert [tally.note(told(one)) for one in ("p-1", "p-1", "mine")] == [True, True, False]
    assert tally.waiting == 1
    assert tally.line().startswith("2 accepted, 1 landed, 0 refused, 1 waiting;")


def test_each_kind_of_callback_is_told_in_words() -> None:
    wallet = {"wallet_address": "GABCDEFGHIJ", "reason": "account exists"}
    assert told_in_words({"object": "wallet", "action": "create", "state": "fail", "value": wallet}) == (
        "wallet GABCDEFG…: fail, account exists"
    )
    seen = {"sender_address": "GABCDEFGHIJ", "recipient_address": "GBBCDEFGHIJ", "amount": 5, "id": None}
    assert told_in_words({"object": "payment", "action": "receive", "state": "success", "value": seen}) == (
        "GABCDEFG… has paid 5 to GBBCDEFG…"
    )
    assert told_in_words(told("p-1")) == "payment p-1: success"
