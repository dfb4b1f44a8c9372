import json
from dataclasses import replace

import pytest

from kinpay_server.domain.outcome import Answer, Verdict
from kinpay_server.ledger.answers import is_missing_route, read_answer
from kinpay_server.ledger.connection import HttpAnswer
from kinpay_server.ledger.submissions import Submission

OURS = Submission(hash="aa" * 32, inner_hash="bb" * 32, envelope="AAAA", operations=1, pays_itself=True)
HTML = "<html><head><title>503 Service Temporarily Unavailable</title></head></html>"


def answered(status: int, body: object) -> Answer:
    text = body if isinstance(body, str) else json.dumps(body)
    return read_answer(OURS, HttpAnswer(status, {}, text.encode()))


def problem(name: str, status: int, **more: object) -> dict[str, object]:
    return {"type": f"https://stellar.org/horizon-errors/{name}", "title": name, "status": status, **more}


@pytest.mark.parametrize(
    ("scenario", "name", "verdict", "code"),
    [
        ("queue/duplicate", "post async pay", Verdict.QUEUED, "PENDING"),
        ("queue/duplicate", "again", Verdict.QUEUED, "DUPLICATE"),
        ("queue/second_of_source", "post async rival", Verdict.ASK, "TRY_AGAIN_LATER"),
        ("queue/timeout", "rival, sync", Verdict.ASK, "transaction_submission_timeout"),
        ("success/kin_payment", "post pay", Verdict.QUEUED, "applied"),
        ("channels/of_root", "post bump", Verdict.QUEUED, "applied"),
        ("failed/no_destination", "post pay", Verdict.ASK, "op_no_destination"),
        ("failed/no_destination", "again, async", Verdict.ASK, "TRY_AGAIN_LATER"),
        ("failed/no_trust", "post pay", Verdict.ASK, "op_no_trust"),
        ("failed/not_authorized", "post pay", Verdict.ASK, "op_not_authorized"),
        ("failed/already_exists", "post create", Verdict.ASK, "op_already_exists"),
        ("failed/src_no_trust", "post pay", Verdict.OURS, "op_src_no_trust"),
        ("failed/src_not_authorized", "post pay", Verdict.OURS, "op_src_not_authorized"),
        ("failed/create_low_reserve", "post create", Verdict.OURS, "op_low_reserve"),
        ("failed/bad_sponsorship", "post sponsor", Verdict.UNKNOWN, "tx_bad_sponsorship"),
        ("refused/bad_auth_signer", "post async other", Verdict.SERIOUS, "tx_bad_auth"),
        ("refused/bad_auth_signer", "post other", Verdict.SERIOUS, "tx_bad_auth"),
        ("refused/bad_auth_extra", "post async extra", Verdict.SERIOUS, "tx_bad_auth_extra"),
        ("refused/op_bad_auth", "post async unsigned op", Verdict.SERIOUS, "op_bad_auth"),
        ("refused/bad_seq_low", "post async low", Verdict.ASK, "tx_bad_seq"),
        ("refused/bad_seq_low", "post low", Verdict.ASK, "tx_bad_seq"),
        ("refused/too_late", "post async late", Verdict.ASK, "tx_too_late"),
        ("refused/op_malformed", "post async zero", Verdict.UNKNOWN, "op_malformed"),
        ("refused/no_source_account", "post async ghost", Verdict.ASK, "tx_no_source_account"),
        ("bumps/inner_bad_seq", "post async bump", Verdict.ASK, "tx_bad_seq"),
        ("bumps/inner_bad_auth", "post async bump", Verdict.SERIOUS, "tx_bad_auth"),
        ("bumps/inner_fails", "post bump", Verdict.ASK, "op_no_destination"),
        ("malformed/content_type", "json, async", Verdict.OURS, "unsupported_media_type"),
        ("malformed/content_type", "unparseable type, async", Verdict.ASK, "server_error"),
        ("malformed/content_type", "without a type", Verdict.UNKNOWN, "transaction_malformed"),
        ("limits/rate", "a submission", Verdict.NOT_SENT, "rate_limit_exceeded"),
    ],
)
def test_a_recorded_answer_has_its_class(recorded, scenario: str, name: str, verdict: Verdict, code: str):
    reply = recorded(scenario, name)
    submission = reply.as_submission() if reply.transaction else OURS
    assert read_answer(submission, reply.as_http()) == Answer(verdict, code)


@pytest.mark.parametrize("name", ["post async 99", "post 99"])
def test_a_refusal_for_its_fee_says_what_it_wants(recorded, name: str):
    reply = recorded("refused/insufficient_fee", name)
    assert read_answer(reply.as_submission(), reply.as_http()) == Answer(Verdict.BID_HIGHER, "tx_insufficient_fee", 100)


@pytest.mark.parametrize(("operations", "wanted"), [(2, 100), (3, 67), (57, 4)])
def test_what_a_refusal_wants_is_told_for_each_operation_and_rounded_up(recorded, operations: int, wanted: int):
    reply = recorded("refused/insufficient_fee", "post async two for one")
    answer = read_answer(reply.as_submission(operations=operations), reply.as_http())
    assert answer.wanted_bid == wanted


@pytest.mark.parametrize("name", ["post async poor", "post poor"])
def test_a_channel_that_cannot_pay_its_fee_is_short(recorded, name: str):
    reply = recorded("refused/insufficient_balance", name)
    answer = read_answer(reply.as_submission(), reply.as_http())
    assert answer == Answer(Verdict.CHANNEL_SHORT, "tx_insufficient_balance")


@pytest.mark.parametrize("name", ["post async bump", "post bump"])
def test_root_that_cannot_pay_the_fee_of_a_bump_is_our_fault(recorded, name: str):
    reply = recorded("bumps/insufficient_balance", name)
    answer = read_answer(reply.as_submission(pays_itself=False), reply.as_http())
    assert answer == Answer(Verdict.OURS, "tx_insufficient_balance")


@pytest.mark.parametrize(
    ("scenario", "name"),
    [
        ("queue/duplicate", "post async pay"),
        ("queue/second_of_source", "post async rival"),
        ("refused/bad_auth_signer", "post async other"),
        ("refused/bad_auth_signer", "post other"),
        ("success/kin_payment", "post pay"),
        ("failed/no_trust", "post pay"),
    ],
)
def test_an_answer_for_another_transaction_tells_nothing(recorded, scenario: str, name: str):
    reply = recorded(scenario, name)
    assert read_answer(OURS, reply.as_http()) == Answer(Verdict.ASK, "answer for another hash")


def test_a_success_of_the_bump_is_one_of_the_transaction_inside(recorded):
    reply = recorded("channels/of_root", "post bump")
    inner = json.loads(reply.body)["inner_transaction"]["hash"]
    submission = replace(reply.as_submission(), hash=inner, inner_hash=inner)
    assert read_answer(submission, reply.as_http()).verdict is Verdict.QUEUED


def test_an_older_horizons_second_spelling_of_the_result_is_read_too(recorded):
    reply = recorded("refused/bad_seq_low", "post async low")
    body = json.loads(reply.body)
    del body["error_result_xdr"]
    answer = read_answer(reply.as_submission(), replace(reply, body=json.dumps(body)).as_http())
    assert answer.code == "tx_bad_seq"


def test_503_with_a_tx_status_says_to_ask_and_with_words_that_nothing_was_sent():
    again = {"tx_status": "TRY_AGAIN_LATER", "hash": OURS.hash}
    assert answered(503, again) == Answer(Verdict.ASK, "TRY_AGAIN_LATER")
    assert answered(503, problem("stale_history", 503)) == Answer(Verdict.NOT_SENT, "stale_history")
    assert answered(503, HTML) == Answer(Verdict.NOT_SENT, "http 503")


@pytest.mark.parametrize("body", ["", "\n"])
def test_an_empty_503_tells_nothing(body: str):
    assert answered(503, body) == Answer(Verdict.ASK, "http 503, empty")


@pytest.mark.parametrize("status", [499, 500, 502, 504, 520])
@pytest.mark.parametrize("body", ["", HTML, "null", "[]", '{"error": "gone"}'])
def test_after_any_other_error_on_the_way_the_ledger_is_asked(status: int, body: str):
    assert answered(status, body) == Answer(Verdict.ASK, f"http {status}")


def test_429_is_never_taken_for_an_answer_of_the_network():
    assert answered(429, HTML) == Answer(Verdict.NOT_SENT, "http 429")
    assert answered(429, "") == Answer(Verdict.NOT_SENT, "http 429")


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, ""),
        (200, HTML),
        (200, "{}"),
        (200, '{"successful": "true", "hash": "' + OURS.hash + '"}'),
        (201, ""),
        (201, '{"tx_status'),
        (201, "[]"),
        (400, {"tx_status": "ERROR", "hash": OURS.hash}),
        (400, {"tx_status": "ERROR", "hash": OURS.hash, "error_result_xdr": "AAAA"}),
        (400, {"tx_status": "ERROR", "hash": OURS.hash, "error_result_xdr": 7}),
        (400, problem("transaction_failed", 400, extras={})),
        (400, problem("transaction_failed", 400, extras={"result_xdr": "?"})),
    ],
)
def test_an_answer_that_cannot_be_read_tells_nothing(status: int, body: object):
    assert answered(status, body) == Answer(Verdict.ASK, "malformed answer")


@pytest.mark.parametrize("kind", ["application/json", "application/problem+json; charset=utf-8"])
def test_half_of_a_refusal_tells_nothing(kind: str):
    half = json.dumps(problem("transaction_malformed", 400)).encode()[:30]
    assert read_answer(OURS, HttpAnswer(400, {"Content-Type": kind}, half)) == Answer(Verdict.ASK, "malformed answer")


def test_a_failure_without_extras_tells_nothing():
    assert answered(400, problem("transaction_failed", 400)) == Answer(Verdict.ASK, "transaction_failed")


def test_a_status_that_the_table_does_not_know_is_held():
    assert answered(200, {"tx_status": "FILED", "hash": OURS.hash}) == Answer(Verdict.UNKNOWN, "FILED")
    assert answered(400, {"tx_status": None, "hash": OURS.hash}) == Answer(Verdict.UNKNOWN, "None")


def test_a_problem_is_known_by_the_end_of_its_type_whatever_its_host():
    body = {"type": "https://horizon.example/errors/transaction_submission_failed/", "status": 500}
    assert answered(500, body) == Answer(Verdict.ASK, "transaction_submission_failed")


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_a_setting_to_be_mended(status: int):
    assert answered(status, "") == Answer(Verdict.OURS, f"http {status}")


def test_only_horizons_own_404_says_that_there_is_no_such_call(recorded):
    assert is_missing_route(recorded("root/unknown_route", "POST unknown").as_http())
    assert not is_missing_route(HttpAnswer(404, {}, HTML.encode()))
    assert not is_missing_route(HttpAnswer(500, {}, json.dumps(problem("not_found", 404)).encode()))
