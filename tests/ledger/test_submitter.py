import asyncio
import json
from collections import Counter
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs

import pytest
from stellar_sdk import FeeBumpTransactionEnvelope, TransactionBuilder, TransactionEnvelope

from kinpay_server.domain.outcome import Answer, Verdict
from kinpay_server.ledger.client import HorizonLedger
from kinpay_server.ledger.submitter import IN_FLIGHT
from kinpay_server.services.ports import LedgerUnavailable

PASSPHRASE = "Standalone Network ; February 2017"
HTML = "<html>503 Service Temporarily Unavailable</html>"


def received(asked: Any) -> TransactionEnvelope | FeeBumpTransactionEnvelope:
    """What arrived in a form, as a Horizon reads it."""
    assert asked.headers["Content-Type"] == "application/x-www-form-urlencoded"
    form = parse_qs(asked.body.decode(), strict_parsing=True)
    return TransactionBuilder.from_xdr(form["tx"][0], PASSPHRASE)


def submitting(attempts: Any) -> Any:
    return lambda ledger: ledger.submit(attempts)


@pytest.fixture
def pending(recorded):
    """A Horizon that queues everything, whatever its hash."""
    reply = recorded("queue/duplicate", "post async pay")
    return lambda asked: reply.about(received(asked).hash_hex())


@pytest.fixture
def old(recorded, pending):
    """A Horizon without the asynchronous call: it answers 404 there, and the other one waits for the ledger."""
    missing = recorded("root/unknown_route", "POST unknown")
    applied = recorded("success/kin_payment", "post pay")
    return lambda asked: missing if asked.path == "/transactions_async" else applied.about(received(asked).hash_hex())


def test_an_attempt_is_sent_as_it_was_signed(talk, attempts, pending):
    [attempt] = attempts()
    assert talk(pending, submitting([attempt])) == [Answer(Verdict.QUEUED, "PENDING")]
    assert (talk.asked[0].method, talk.asked[0].path) == ("POST", "/transactions_async")
    assert received(talk.asked[0]).to_xdr() == attempt.envelope


def test_an_attempt_with_a_bid_is_sent_in_a_bump_and_answered_for_the_bump(talk, attempts, signer, pending):
    [attempt] = attempts(bump_bid=300)
    assert talk(pending, submitting([attempt])) == [Answer(Verdict.QUEUED, "PENDING")]
    sent = received(talk.asked[0])
    assert (sent.to_xdr(), sent.hash_hex()) == (signer.bump(attempt, 300).envelope, signer.bump(attempt, 300).hash)


def test_answers_come_in_the_order_of_the_attempts(talk, attempts, pending, recorded):
    later = recorded("queue/second_of_source", "post async rival")
    signed = attempts(2 * IN_FLIGHT + 3)
    odd = {attempt.hash for attempt in signed[1::2]}

    def answer(asked: Any) -> Any:
        transaction_hash = received(asked).hash_hex()
        return later.about(transaction_hash) if transaction_hash in odd else pending(asked)

    answers = talk(answer, submitting(signed))
    assert [one.code for one in answers] == [("PENDING", "TRY_AGAIN_LATER")[index % 2] for index in range(len(signed))]
    assert Counter(received(asked).hash_hex() for asked in talk.asked) == Counter(one.hash for one in signed)


def test_many_are_sent_side_by_side_over_as_many_connections_and_no_more(talk, attempts, pending):
    talk(pending, submitting(attempts(3 * IN_FLIGHT)))
    assert 1 < len({asked.connection for asked in talk.asked}) <= IN_FLIGHT


def test_nothing_to_send_is_nothing_sent(talk, pending):
    assert talk(pending, submitting([])) == []
    assert talk.asked == []


def test_a_horizon_without_the_async_call_gets_the_sync_one_and_is_remembered(talk, attempts, old):
    signed = attempts(3)

    async def twice(ledger: HorizonLedger) -> list[Answer]:
        return await ledger.submit(signed) + await ledger.submit(signed)

    assert talk(old, twice) == [Answer(Verdict.QUEUED, "applied")] * 6
    assert Counter(asked.path for asked in talk.asked) == {"/transactions_async": 3, "/transactions": 6}


def test_the_sync_call_may_take_longer_than_other_requests(talk, attempts, old, monkeypatch):
    [attempt] = attempts()
    monkeypatch.setattr("kinpay_server.ledger.submitter.SYNC_TIMEOUT", 0.02)
    never = replace(old(type("Asked", (), {"path": "/transactions_async"})), status=200, fate="never sent")
    answers = talk(lambda asked: old(asked) if asked.path == "/transactions_async" else never, submitting([attempt]))
    assert answers == [Answer(Verdict.ASK, "timed out")]


def test_a_404_of_something_on_the_way_does_not_make_horizon_an_old_one(talk, attempts, pending, recorded):
    page = replace(recorded("root/unknown_route", "POST unknown"), body=HTML)
    [attempt] = attempts()

    async def twice(ledger: HorizonLedger) -> list[Answer]:
        return await ledger.submit([attempt]) + await ledger.submit([attempt])

    replies = iter([lambda _: page, pending])
    assert talk(lambda asked: next(replies)(asked), twice) == [
        Answer(Verdict.OURS, "http 404"),
        Answer(Verdict.QUEUED, "PENDING"),
    ]


def test_an_address_where_no_horizon_is_makes_payments_wait(talk, attempts, recorded):
    missing = recorded("root/unknown_route", "POST unknown")
    assert talk(missing, submitting(attempts())) == [Answer(Verdict.OURS, "not_found")]


@pytest.mark.parametrize(
    ("change", "answer"),
    [
        ({"fate": "reset"}, Answer(Verdict.ASK, "connection lost")),
        ({"fate": "cut"}, Answer(Verdict.ASK, "connection lost")),
        ({"body": ""}, Answer(Verdict.ASK, "malformed answer")),
        ({"body": HTML}, Answer(Verdict.ASK, "malformed answer")),
        ({"status": 500, "body": ""}, Answer(Verdict.ASK, "http 500")),
        ({"status": 502, "body": HTML}, Answer(Verdict.ASK, "http 502")),
        ({"status": 503, "body": ""}, Answer(Verdict.ASK, "http 503, empty")),
        ({"status": 503, "body": HTML}, Answer(Verdict.NOT_SENT, "http 503")),
        ({"status": 429, "body": HTML}, Answer(Verdict.NOT_SENT, "http 429")),
        ({"status": 302, "headers": {"Location": "/elsewhere"}, "body": ""}, Answer(Verdict.OURS, "http 302")),
    ],
)
def test_whatever_happens_on_the_way_is_an_answer(talk, attempts, pending, change: dict[str, Any], answer: Answer):
    assert talk(lambda asked: replace(pending(asked), **change), submitting(attempts())) == [answer]
    assert len(talk.asked) == 1


def test_a_time_out_is_an_answer(talk, attempts, pending):
    answers = talk(lambda asked: replace(pending(asked), fate="never sent"), submitting(attempts()), timeout=0.02)
    assert answers == [Answer(Verdict.ASK, "timed out")]


def test_a_horizon_that_nobody_runs_is_an_answer(signer, attempts):
    signed = attempts()

    async def submit() -> list[Answer]:
        known = {"passphrase": PASSPHRASE, "asset_code": "KIN", "asset_issuer": signer.root_address}
        async with HorizonLedger("http://127.0.0.1:1", signer=signer, **known) as ledger:
            return await ledger.submit(signed)

    assert asyncio.run(submit()) == [Answer(Verdict.NOT_SENT, "connection failed")]


def test_an_answer_for_another_hash_says_to_ask(talk, attempts, recorded):
    reply = recorded("queue/duplicate", "post async pay")
    assert talk(reply, submitting(attempts())) == [Answer(Verdict.ASK, "answer for another hash")]


@pytest.mark.parametrize(("bump_bid", "verdict"), [(None, Verdict.CHANNEL_SHORT), (200, Verdict.OURS)])
def test_too_little_xlm_is_the_channels_alone_and_roots_in_a_bump(
    talk, attempts, recorded, bump_bid: int | None, verdict: Verdict
):
    reply = recorded("refused/insufficient_balance", "post async poor")
    answers = talk(lambda asked: reply.about(received(asked).hash_hex()), submitting(attempts(bump_bid=bump_bid)))
    assert answers == [Answer(verdict, "tx_insufficient_balance")]


@pytest.mark.parametrize(("bump_bid", "wanted"), [(None, 200), (150, 100)])
def test_what_is_wanted_is_for_each_operation_one_more_in_a_bump(
    talk, attempts, recorded, bump_bid: int | None, wanted: int
):
    reply = recorded("refused/insufficient_fee", "post async two for one")
    answers = talk(lambda asked: reply.about(received(asked).hash_hex()), submitting(attempts(bump_bid=bump_bid)))
    assert answers == [Answer(Verdict.BID_HIGHER, "tx_insufficient_fee", wanted)]


def test_the_failure_of_one_does_not_touch_the_others(talk, attempts, pending):
    signed = attempts(5)

    def answer(asked: Any) -> Any:
        fate = "reset" if received(asked).hash_hex() == signed[2].hash else "sent"
        return replace(pending(asked), fate=fate)

    codes = [one.code for one in talk(answer, submitting(signed))]
    assert codes == ["PENDING", "PENDING", "connection lost", "PENDING", "PENDING"]


def test_no_seed_is_in_what_is_sent_or_said(talk, attempts, signer, recorded):
    reply = replace(recorded("root/root", "GET"), status=500)
    with pytest.raises(LedgerUnavailable) as caught:
        talk(reply, lambda ledger: ledger.network())
    said = str(caught.value) + repr(caught.value) + json.dumps([asked.headers for asked in talk.asked])
    assert not any(len(word) == 56 and word.startswith("S") for word in said.replace('"', " ").split())
