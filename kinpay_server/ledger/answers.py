"""Reads what came back for a submission, from `POST /transactions_async` and from `POST /transactions` alike.

Numbered as the checks go (ledger-facts, "Submitting"):

1. A body with `tx_status` is of the async call, whatever the HTTP status: 503 has two shapes.
2. A 200 with a transaction is of the sync call; so is a problem `transaction_failed`, with the result in `extras`.
3. Any other problem is known by the last part of its `type`, else by the status alone.
4. What is for another hash, or cannot be read, tells nothing: ask.
"""

from collections.abc import Mapping
from typing import Any

import orjson

from kinpay_server.domain.outcome import Answer, Verdict
from kinpay_server.ledger.connection import HttpAnswer
from kinpay_server.ledger.outcomes import (
    EMPTY_503,
    MALFORMED_ANSWER,
    OTHER_HASH,
    TABLE,
    http_code,
    meaning,
    meaning_of_http,
)
from kinpay_server.ledger.results import MalformedResult, ResultCodes, decode_result
from kinpay_server.ledger.submissions import Submission

Json = Mapping[str, Any]


def read_answer(submission: Submission, answer: HttpAnswer) -> Answer:
    """What one complete HTTP answer means for the submission."""
    body = _json_object(answer.body)
    if body is not None and "tx_status" in body:
        return _async_answer(submission, body)
    if answer.status == 200:
        return _sync_success(submission, body)
    if body is not None and problem_name(body) == "transaction_failed":
        return _sync_failure(submission, body)
    return _problem(answer, body)


def is_missing_route(answer: HttpAnswer) -> bool:
    """True when Horizon itself says that it has no such call; a 404 of something on the way is not that."""
    body = _json_object(answer.body) if answer.status == 404 else None
    return body is not None and problem_name(body) == "not_found"


def answer_for(code: str) -> Answer:
    """The answer that the table has for a code."""
    return Answer(meaning(code).verdict, code)


def problem_name(body: Json) -> str:
    """The last part of a problem's `type`; its host differs from one Horizon to another."""
    return str(body.get("type", "")).rstrip("/").rpartition("/")[2]


def _async_answer(submission: Submission, body: Json) -> Answer:
    """PENDING, DUPLICATE, TRY_AGAIN_LATER, or ERROR with a result."""
    if body.get("hash") not in (submission.hash, submission.inner_hash):
        return answer_for(OTHER_HASH)
    if body["tx_status"] != "ERROR":
        return answer_for(str(body["tx_status"]))
    return _refusal(submission, body.get("error_result_xdr") or body.get("errorResultXdr"))


def _sync_success(submission: Submission, body: Json | None) -> Answer:
    """The transaction as it stands on the ledger: the watcher will see it there."""
    if body is None or not isinstance(body.get("successful"), bool):
        return answer_for(MALFORMED_ANSWER)
    if not _hashes(body) & {submission.hash, submission.inner_hash}:
        return answer_for(OTHER_HASH)
    return Answer(Verdict.QUEUED, "applied")


def _sync_failure(submission: Submission, body: Json) -> Answer:
    """Refused before the ledger, or applied and failed: only the hash can tell which."""
    extras = body.get("extras")
    if not isinstance(extras, dict):
        return answer_for("transaction_failed")
    if extras.get("envelope_xdr") not in (None, submission.envelope):
        return answer_for(OTHER_HASH)
    return _refusal(submission, extras.get("result_xdr"))


def _refusal(submission: Submission, result_xdr: object) -> Answer:
    """What core's result means. `feeCharged` of a refusal for its fee is what the whole envelope would have to bid."""
    try:
        codes = decode_result(str(result_xdr))
    except MalformedResult:
        return answer_for(MALFORMED_ANSWER)
    code, verdict = codes.telling, meaning(codes.telling).verdict
    if verdict is Verdict.CHANNEL_SHORT and not submission.pays_itself:
        verdict = Verdict.OURS
    wanted = _wanted_bid(submission, codes) if verdict is Verdict.BID_HIGHER else None
    return Answer(verdict, code, wanted)


def _wanted_bid(submission: Submission, codes: ResultCodes) -> int:
    """Per operation, rounded up."""
    return -(-codes.fee_charged // submission.operations)


def _problem(answer: HttpAnswer, body: Json | None) -> Answer:
    """A problem that the table knows by its name, else what the status says.

    An empty 503 tells nothing, and neither does a 400 or the like that calls itself JSON and is none: it was cut off on
    its way.
    """
    name = "" if body is None else problem_name(body)
    if name in TABLE:
        return answer_for(name)
    if answer.status == 503 and not answer.body.strip():
        return answer_for(EMPTY_503)
    verdict = meaning_of_http(answer.status).verdict
    cut_off = body is None and "json" in answer.headers.get("Content-Type", "")
    if answer.status < 300 or (cut_off and verdict is Verdict.UNKNOWN):
        return answer_for(MALFORMED_ANSWER)
    return Answer(verdict, http_code(answer.status))


def _hashes(transaction: Json) -> set[object]:
    """All hashes by which the transaction goes."""
    parts = (transaction, transaction.get("inner_transaction"), transaction.get("fee_bump_transaction"))
    return {part.get("hash") for part in parts if isinstance(part, dict)}


def _json_object(body: bytes) -> Json | None:
    """The body if it is a JSON object."""
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return parsed if isinstance(parsed, dict) else None
