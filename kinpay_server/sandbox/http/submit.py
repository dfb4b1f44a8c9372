"""POST /transactions and /transactions_async."""

import asyncio
import base64
import re
import time
from email.parser import BytesParser
from urllib.parse import parse_qsl

import orjson
from aiohttp import web

from ..core.envelope import Malformed, decode
from ..core.network import Answer, Status
from ..faults import Faults
from ..horizon.problems import (
    Problem,
    bad_request,
    server_error,
    transaction_failed,
    transaction_malformed,
    unsupported_media_type,
)
from ..horizon.records import TxRecord
from ..horizon.result_codes import codes_of
from ..node import Node
from . import answers
from .clock import Clock
from .request import Ask

FORM = "application/x-www-form-urlencoded"
MAX_BODY = 200 * 1024
_MEDIA_TYPE = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+\s*(;\s*[\w!#$&^.+-]+=(\"[^\"]*\"|[^\s;\"]+)\s*)*;?\s*\Z")
_STATUS = {Status.PENDING: 201, Status.DUPLICATE: 409, Status.TRY_AGAIN_LATER: 503, Status.ERROR: 400}


class Submission:
    """Both ways to submit, with what can go wrong on the way."""

    def __init__(self, node: Node, clock: Clock, faults: Faults) -> None:
        self.node = node
        self.clock = clock
        self.faults = faults

    async def sync(self, ask: Ask) -> web.StreamResponse:
        """Waits for the ledger: 200, 400 or, after 30 seconds, 504."""
        text = await self._form_value(ask)
        gone = self._lost(ask, "lost_before", text)
        if gone is not None:
            return gone
        try:
            return self._spoiled(ask, text) or await self.complete(ask, text)
        except Malformed:
            raise transaction_malformed(text) from None

    async def complete(self, ask: Ask, text: str) -> web.StreamResponse:
        """The synchronous call without faults: history first, then core, then the wait."""
        envelope = decode(text, self.node.network.network_id)
        hash_hex = envelope.hash.hex()
        known = self.node.history.transaction(hash_hex)
        if known is not None:
            return self._told(ask, known, hash_hex, text)
        if self.faults.core_down:
            raise server_error()
        answer = self._given(self.node.network.submit_envelope(envelope, time.time()))
        if answer.status is Status.ERROR:
            assert answer.result is not None  # noqa: S101 - an error says which
            raise transaction_failed(text, codes_of(answer.result), _base64(answer.result.to_xdr()))
        if not await self.clock.wait_for_hash(hash_hex):
            raise _timeout(hash_hex, text)
        found = self.node.history.transaction(hash_hex)
        assert found is not None  # noqa: S101 - it has been waited for
        return self._told(ask, found, hash_hex, text)

    async def fire(self, ask: Ask) -> web.StreamResponse:
        """Answers with what core's queue said."""
        text = await self._form_value(ask)
        faults = self.faults
        gone = self._lost(ask, "lost_before", text)
        if gone is not None:
            return gone
        if faults.core_down:
            raise _submission_failed(text)
        try:
            answer = self._given(self.node.submit(text, time.time()))
        except Malformed:
            raise transaction_malformed(text, error={}) from None
        return self._spoiled_after(ask, text, answer) or _queue_said(ask, answer)

    def _given(self, answer: Answer) -> Answer:
        """An accepted transaction may vanish: nobody is told."""
        if answer.status is Status.PENDING and self.faults.strikes("vanish", answer.envelope.full_hash):
            queue = self.node.network.queue
            queue.ban(answer.envelope)
            queue.banned[0].discard(answer.envelope.full_hash)
        return answer

    def _told(self, ask: Ask, tx: TxRecord, hash_hex: str, text: str) -> web.Response:
        if not tx.successful:
            result = tx.applied.result
            inner_asked = hash_hex == tx.inner_hash and result.inner is not None
            shown = result.inner if inner_asked and result.inner is not None else result
            raise transaction_failed(text, codes_of(shown), tx.result_xdr)
        return answers.document(ask.request, ask.render.transaction(tx, hash_hex))

    def _spoiled(self, ask: Ask, text: str) -> web.StreamResponse | None:
        """A fault after core has seen a synchronous submission."""
        kinds = ("lost_after", "timeout_after", "error_after", "cut_after", "empty_after")
        if not any(getattr(self.faults, kind) for kind in kinds):
            return None
        subject = text.encode()
        for kind in kinds:
            if self.faults.strikes(kind, subject):
                answer = self._given(self.node.submit(text, time.time()))
                return _wrong(ask, kind, text, answer)
        return None

    def _spoiled_after(self, ask: Ask, text: str, answer: Answer) -> web.StreamResponse | None:
        subject = text.encode()
        for kind in ("lost_after", "timeout_after", "error_after", "cut_after", "empty_after"):
            if self.faults.strikes(kind, subject):
                return _wrong(ask, kind, text, answer)
        return None

    def _lost(self, ask: Ask, kind: str, text: str) -> web.Response | None:
        if not self.faults.strikes(kind, text.encode()):
            return None
        return cut(ask)

    async def _form_value(self, ask: Ask) -> str:
        """The form's `tx`, from the body or the query; empty if there is none or the body is too large."""
        request = ask.request
        kind = request.headers.get("Content-Type", "")
        if kind:
            media = kind.split(";")[0].strip().lower()
            if not _MEDIA_TYPE.match(kind.strip()):
                raise server_error()
            if media not in (FORM, "multipart/form-data"):
                raise unsupported_media_type()
        text = await self._sent(request, kind) or ask.query.get("tx", "")
        if not text.isascii() and any(0xDC80 <= ord(letter) <= 0xDCFF for letter in text):  # bytes that are no UTF-8
            raise bad_request("tx", "invalid value")
        return text

    async def _sent(self, request: web.BaseRequest, kind: str) -> str:
        """What the body says; empty if it is too large or another kind."""
        raw = await request.read()
        if len(raw) > MAX_BODY:
            return ""
        if kind.lower().startswith("multipart/form-data"):
            return _part(raw, kind)
        if kind.lower().startswith(FORM):
            text = raw.decode("utf-8", "surrogateescape")
            for name, value in parse_qsl(text, keep_blank_values=True, errors="surrogateescape"):
                if name == "tx":
                    return value
        return ""


def _part(raw: bytes, kind: str) -> str:
    """The part `tx` of a form in parts; empty if there is none."""
    message = BytesParser().parsebytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + raw)
    for part in message.walk():
        if part.get_param("name", header="content-disposition") == "tx":
            payload = part.get_payload(decode=True)
            return payload.decode("utf-8", "surrogateescape") if isinstance(payload, bytes) else ""
    return ""


def cut(ask: Ask) -> web.Response:
    """Ends the connection without an answer."""
    transport = ask.request.transport
    if isinstance(transport, asyncio.Transport):
        transport.abort()
    return web.Response(status=500)


def _queue_said(ask: Ask, answer: Answer) -> web.Response:
    body: dict[str, str] = {}
    if answer.result is not None:
        result = _base64(answer.result.to_xdr())
        body = {"error_result_xdr": result, "errorResultXdr": result}
    body |= {"tx_status": answer.status.value, "hash": answer.envelope.hash.hex()}
    return answers.document(ask.request, body, _STATUS[answer.status])


def _wrong(ask: Ask, kind: str, text: str, answer: Answer) -> web.StreamResponse:
    if kind == "timeout_after":
        raise _timeout(answer.envelope.hash.hex(), text)
    if kind == "error_after":
        raise server_error()
    if kind == "empty_after":
        return web.Response(status=500)
    if kind == "cut_after":
        whole = _queue_said(ask, answer)
        body = whole.body if isinstance(whole.body, bytes) else orjson.dumps({})
        return web.Response(status=whole.status, body=body[: len(body) // 2], content_type="application/hal+json")
    return cut(ask)


def _timeout(hash_hex: str, text: str) -> Problem:
    return Problem(
        504,
        "transaction_submission_timeout",
        "Transaction Submission Timeout",
        "Your transaction submission request has timed out. This does not necessarily mean the submission has failed. "
        "Before resubmitting, please use the transaction hash provided in `extras.hash` to poll the GET /transactions "
        "endpoint for sometime and check if it was included in a ledger.",
        envelope_xdr=text,
        hash=hash_hex,
    )


def _submission_failed(text: str) -> Problem:
    """500: core does not answer."""
    return Problem(
        500,
        "transaction_submission_failed",
        "Transaction Submission Failed",
        "Could not submit transaction to stellar-core. The `extras.error` field on this response contains further "
        "details.  Descriptions of each code can be found at: "
        "https://developers.stellar.org/api/errors/http-status-codes/horizon-specific/transaction-submission-async/"
        "transaction_submission_failed",
        envelope_xdr=text,
        error={},
    )


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
