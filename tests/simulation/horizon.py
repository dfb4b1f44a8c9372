"""Horizon's answers without HTTP: the sandbox's own documents, in the bytes and statuses that a client would get."""

import base64
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import orjson

from kinpay_server.ledger.connection import HttpAnswer
from kinpay_server.ledger.results import decode_result
from kinpay_server.sandbox.core.addresses import address_of, key_of
from kinpay_server.sandbox.core.envelope import Envelope, Malformed, decode
from kinpay_server.sandbox.core.network import Answer, Status
from kinpay_server.sandbox.horizon.account_view import account
from kinpay_server.sandbox.horizon.fee_stats_view import fee_stats
from kinpay_server.sandbox.horizon.history import History, Shelf
from kinpay_server.sandbox.horizon.problems import (
    Problem,
    not_found,
    rate_limited,
    server_error,
    transaction_failed,
    transaction_malformed,
)
from kinpay_server.sandbox.horizon.records import OpRecord, TxRecord
from kinpay_server.sandbox.horizon.rendering import Renderer
from kinpay_server.sandbox.horizon.result_codes import codes_of
from kinpay_server.sandbox.horizon.root_view import root
from tests.simulation.chain import PASSPHRASE, Chain
from tests.simulation.disguise import disguised

_STATUS = {Status.PENDING: 201, Status.DUPLICATE: 409, Status.TRY_AGAIN_LATER: 503, Status.ERROR: 400}
NOTHING: Mapping[str, str] = {"Content-Type": "application/hal+json; charset=utf-8"}


class Horizon:
    """What each path answers at this moment. `old` is one from before the asynchronous call."""

    def __init__(self, chain: Chain, *, old: bool) -> None:
        self._chain = chain
        self._old = old
        self._render = Renderer("")

    def get(self, path: str) -> HttpAnswer:
        """Any document, as one of the replicas shows it."""
        parts = urlsplit(path)
        steps = [step for step in parts.path.split("/") if step]
        query = dict(parse_qsl(parts.query))
        history = self._chain.replica(of_list=steps[-1:] == ["transactions"])
        match steps:
            case []:
                core = self._chain.node.network.ledger
                shown = root(history, "", passphrase=PASSPHRASE, core_ledger=core, version="0")
                return _json(shown | {"history_elder_ledger": self._chain.elder})
            case ["fee_stats"]:
                return _json(fee_stats(history))
            case ["transactions", hash_hex]:
                return self._transaction(history, hash_hex)
            case ["accounts"]:
                return _sponsored(history, query)
            case ["accounts", address]:
                return _account(history, address)
            case ["accounts", address, "transactions"]:
                return self._transactions(history, address, query)
            case ["payments"]:
                return self._payments(history.payments, query)
            case ["accounts", address, "payments"]:
                concerned = history.concerned(key_of(address))
                return problem(not_found()) if concerned is None else self._payments(concerned.payments, query)
        raise NotImplementedError(path)

    @property
    def _forgotten_until(self) -> int:
        """The last position that this Horizon has not; an older cursor restarts behind it, without an error."""
        return (self._chain.elder << 32) - 1 if self._chain.elder > 1 else 0

    def submit(self, path: str, text: str, now: float) -> HttpAnswer | Envelope:
        """What either call answers; an envelope of which the synchronous one waits to see the ledger."""
        if path == "/transactions_async":
            return problem(not_found()) if self._old else self._fire(text, now)
        return self._sync(text, now)

    def shown(self, envelope: Envelope) -> HttpAnswer | None:
        """What the synchronous call answers for a transaction that history has."""
        hash_hex = envelope.hash.hex()
        found = self._chain.node.history.transaction(hash_hex)
        if found is None:
            return None
        if found.successful:
            return HttpAnswer(200, NOTHING, self._render.transaction(found, hash_hex))
        result = found.applied.result
        return problem(transaction_failed(envelope.text, codes_of(result), _base64(result.to_xdr())))

    def _fire(self, text: str, now: float) -> HttpAnswer:
        if self._chain.down:
            return core_is_down()
        try:
            return _queue_said(self._chain.node.submit(text, now))
        except Malformed:
            return problem(transaction_malformed(text))

    def _sync(self, text: str, now: float) -> HttpAnswer | Envelope:
        envelope = decode(text, self._chain.node.network.network_id)
        known = self.shown(envelope)
        if known is not None:
            return known
        if self._chain.down:
            return core_is_down()
        answer = self._chain.node.network.submit_envelope(envelope, now)
        if answer.status is Status.ERROR:
            assert answer.result is not None
            return problem(transaction_failed(text, codes_of(answer.result), _base64(answer.result.to_xdr())))
        return envelope

    def _transaction(self, history: History, hash_hex: str) -> HttpAnswer:
        found = history.transaction(hash_hex)
        if found is None or found.ledger.header.sequence < self._chain.elder:
            return problem(not_found())
        return HttpAnswer(200, NOTHING, self._document(found, hash_hex))

    def _document(self, shown: TxRecord, asked: str | None = None) -> bytes:
        return disguised(self._render.transaction(shown, asked), shown, self._chain.unheard_of)

    def _transactions(self, history: History, address: str, query: Mapping[str, str]) -> HttpAnswer:
        concerned = history.concerned(key_of(address))
        if concerned is None:
            return problem(not_found())
        assert query["include_failed"] == "true"
        assert int(query["cursor"]) >= 0
        cursor, descending = int(query["cursor"]), query["order"] == "desc"
        if not descending:
            cursor = max(cursor, self._forgotten_until)
        found = concerned.transactions.page(cursor, int(query["limit"]), descending=descending)
        return _page([orjson.Fragment(self._document(tx)) for tx in found if tx.token > self._forgotten_until])

    def _payments(self, shelf: Shelf[OpRecord], query: Mapping[str, str]) -> HttpAnswer:
        """A page of a list of payments, without those that failed."""
        cursor, joined = int(query.get("cursor", 0)), query.get("join") == "transactions"
        assert cursor >= 0
        descending = query["order"] == "desc"
        if not descending:
            cursor = max(cursor, self._forgotten_until)
        found = shelf.page(cursor or None, int(query["limit"]), descending=descending, failed=False)
        return _page([orjson.Fragment(self._render.operation(one, joined=joined)) for one in found])


def envelope_in(form: bytes) -> str:
    """The envelope that a form holds."""
    return unquote(form.decode().removeprefix("tx="))


def problem(found: Problem) -> HttpAnswer:
    """A problem document."""
    headers = {"Retry-After": "1"} if found.status == 429 else NOTHING
    return HttpAnswer(found.status, headers, orjson.dumps(found.body))


def code_of(said: HttpAnswer) -> str:
    """What core said, in one word."""
    body = orjson.loads(said.body)
    result = body.get("error_result_xdr") or body.get("extras", {}).get("result_xdr")
    return decode_result(result).telling if result else str(body.get("tx_status", said.status))


def timed_out(envelope: Envelope) -> HttpAnswer:
    """504: nobody knows."""
    kind = "transaction_submission_timeout"
    return problem(Problem(504, kind, "Timeout", hash=envelope.hash.hex(), envelope_xdr=envelope.text))


def core_is_down() -> HttpAnswer:
    """500: core does not answer."""
    return problem(Problem(500, "transaction_submission_failed", "Transaction Submission Failed"))


def too_many() -> HttpAnswer:
    """429."""
    return problem(rate_limited())


def broken() -> HttpAnswer:
    """500."""
    return problem(server_error())


def plain_503() -> HttpAnswer:
    """What something in front of Horizon says."""
    return HttpAnswer(503, {"Content-Type": "text/html"}, b"<html>Service Unavailable</html>")


def _queue_said(answer: Answer) -> HttpAnswer:
    body: dict[str, str] = {}
    if answer.result is not None:
        result = _base64(answer.result.to_xdr())
        body = {"error_result_xdr": result, "errorResultXdr": result}
    body |= {"tx_status": answer.status.value, "hash": answer.envelope.hash.hex()}
    return HttpAnswer(_STATUS[answer.status], NOTHING, orjson.dumps(body))


def _account(history: History, address: str) -> HttpAnswer:
    headers = {"Latest-Ledger": str(history.latest.header.sequence)}
    found = history.snapshot.account(key_of(address))
    if found is None:
        return HttpAnswer(404, headers, orjson.dumps(not_found().body))
    return HttpAnswer(200, headers, orjson.dumps(account(found, history, "")))


def _sponsored(history: History, query: Mapping[str, str]) -> HttpAnswer:
    headers = {"Latest-Ledger": str(history.latest.header.sequence)}
    ids = history.snapshot.sponsored_by(key_of(query["sponsor"]))
    after = [one for one in ids if address_of(one) > query.get("cursor", "")]
    entries = [history.snapshot.account(one) for one in after[: int(query["limit"])]]
    page = _page([account(entry, history, "") for entry in entries if entry is not None])
    return HttpAnswer(page.status, headers, page.body)


def _page(records: list[Any]) -> HttpAnswer:
    return _json({"_embedded": {"records": records}})


def _json(body: Any) -> HttpAnswer:
    return HttpAnswer(200, NOTHING, orjson.dumps(body))


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
