"""Plays a recorded scenario again, step by step, against a sandbox that closes ledgers when it is told to.

Each step is one of: `make` a transaction, `apply` or `enqueue` it, `fund` a person, `close` ledgers, `count` sequence
numbers from what they are now, wait `until` something has happened, `ask` what was recorded, alone or `together`,
`listen` to a stream and compare what was `heard`.
"""

import base64
import contextlib
import hashlib
import json
import re
import threading
import time
import urllib.parse
from typing import Any

import requests
from stellar_sdk import Keypair, MuxedAccount, xdr

from kinpay_server.sandbox.core.envelope import decode
from kinpay_server.sandbox.in_thread import SandboxServer

from .matching import NAME, differences, pattern

FORM = "application/x-www-form-urlencoded"
KEPT = (
    *("content-type", "content-encoding", "content-disposition", "latest-ledger", "location", "retry-after", "vary"),
    *("allow", "cache-control", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"),
    *("access-control-allow-origin", "access-control-expose-headers", "x-accel-buffering"),
)
SHARED = ("bank", "issuer")
PATIENCE = 30.0
FAR = 5
"""Minutes."""
SEVERAL = "several"
"""Instead of a hash where transactions share a label: nobody can tell which one is meant."""


class Replay:
    """One scenario on a network. Keys follow from names, so that recorded operations name the same people."""

    def __init__(self, name: str, scenario: dict[str, Any], server: SandboxServer) -> None:
        self.server, self.node = server, server.node
        self.scenario = scenario
        self.exchanges: list[dict[str, Any]] = scenario["exchanges"]
        self.keys = {who: key_of("shared" if who in SHARED else name, who) for who in scenario["people"]}
        self.bases: dict[str, int] = {}
        self.envelopes: dict[str, Any] = {}
        self.labels: dict[str, str] = {}
        self.strings: dict[str, str] = {}
        self.unknown: dict[str, str] = {}
        self.answers: dict[int, dict[str, Any]] = {}
        self.streams: dict[int, Stream] = {}
        self.counted = 0

    def run(self) -> list[str]:
        """What differs from the recording, a line each."""
        while self.node.network.queue.waiting:  # what the scenario before has left
            self.close(1)
        for step in self.scenario["steps"]:
            self._catch_up(step.get("ask", step.get("listen", 0)))
            self._play(step)
        self._catch_up(len(self.exchanges))
        found = []
        for index, exchange in enumerate(self.exchanges):
            lines = differences(exchange["response"], self.answers[index], self.tell)
            found += [f"{exchange['name']}{line}" for line in lines]
        return found

    def _catch_up(self, index: int) -> None:
        """Asks what stands before, if no step did."""
        for at in range(index):
            if at not in self.answers and at not in self.streams:
                self._ask(at, {})

    def _play(self, step: dict[str, Any]) -> None:
        if "make" in step:
            self._make(step)
        elif "apply" in step or "enqueue" in step:
            self._submit(step.get("apply") or step["enqueue"], closing="apply" in step)
        elif "fund" in step:
            with contextlib.suppress(ValueError):
                self.node.submit(self.node.gift(self.keys[step["fund"]].public_key), time.time())
            self.close(1)
        elif "count" in step:
            self.bases |= {who: self._sequence(who) for who in step["count"]}
            self.counted += 1
        elif "together" in step:
            self._together(step)
        elif "listen" in step:
            self.streams[step["listen"]] = Stream(self._request(step["listen"], step))
        elif "heard" in step:
            index = step["heard"]
            self.answers[index] = self.streams[index].heard(self.exchanges[index]["response"])
        elif "ask" in step:
            self._ask(step["ask"], step)
        else:
            self.close(step.get("close") or step["until"])

    def close(self, count: int) -> None:
        """Closes ledgers, on the server's own thread."""
        requests.post(f"{self.server.horizon_url}/_sandbox/close", params={"ledgers": count}, timeout=PATIENCE)

    # --- transactions ----------------------------------------------------------------------------

    def _make(self, step: dict[str, Any]) -> None:
        envelope = self._bump(step) if "bump" in step else self._plain(step)
        network = self.node.network.network_id
        text = envelope.to_xdr_bytes()
        found = decode(base64.b64encode(text).decode(), network)
        signed_for = network if "sign_for" not in step else hashlib.sha256(step["sign_for"].encode()).digest()
        digest = decode(base64.b64encode(text).decode(), signed_for).hash
        signatures = [self.keys[who].sign_decorated(digest).to_xdr_object() for who in step["signers"]]
        (envelope.v1 or envelope.v0 or envelope.fee_bump).signatures = signatures
        self.envelopes[step["make"]] = envelope
        self._learn(step, envelope.to_xdr(), found.hash.hex(), signatures)

    def _learn(self, step: dict[str, Any], text: str, hash_hex: str, signatures: list[Any]) -> None:
        label = step["label"]
        self.labels[label] = hash_hex if label not in self.labels else SEVERAL
        self.strings.setdefault(f"hash of {label}", hash_hex)
        self.strings.setdefault(f"envelope of {label}", text)
        for who, signature in zip(step["signers"], signatures, strict=True):
            raw = base64.b64encode(signature.signature.signature).decode()
            self.strings.setdefault(f"signature on {label} by {who}", raw)

    def _plain(self, step: dict[str, Any]) -> xdr.TransactionEnvelope:
        raw = base64.b64decode(step["xdr"])
        kinds = xdr.EnvelopeType
        old = "v0" in step
        tx = xdr.TransactionV0.from_xdr_bytes(raw) if old else xdr.Transaction.from_xdr_bytes(raw)
        base = self.bases.get(step["source"], 0)
        tx.seq_num.sequence_number.int64 = base + step["sequence"]
        for op in tx.operations:
            if op.body.bump_sequence_op is not None:
                op.body.bump_sequence_op.bump_to.sequence_number.int64 += base - step["base"]
        times, bounds = _bounds(tx)
        if times is not None and "minutes" in step:
            times.min_time.time_point.uint64, times.max_time.time_point.uint64 = _moments(step["minutes"], self.counted)
        if bounds is not None and "ledgers" in step:
            newest = self.node.network.ledger
            bounds.min_ledger.uint32, bounds.max_ledger.uint32 = (
                0 if n is None else newest + n for n in step["ledgers"]
            )
        if old:
            return xdr.TransactionEnvelope(kinds.ENVELOPE_TYPE_TX_V0, v0=xdr.TransactionV0Envelope(tx, []))
        return xdr.TransactionEnvelope(kinds.ENVELOPE_TYPE_TX, v1=xdr.TransactionV1Envelope(tx, []))

    def _bump(self, step: dict[str, Any]) -> xdr.TransactionEnvelope:
        inner = self.envelopes[step["bump"]]
        kinds = xdr.EnvelopeType
        bump = xdr.FeeBumpTransaction(
            MuxedAccount(self.keys[step["source"]].public_key).to_xdr_object(),
            xdr.Int64(step["fee"]),
            xdr.FeeBumpTransactionInnerTx(kinds.ENVELOPE_TYPE_TX, v1=inner.v1),
            xdr.FeeBumpTransactionExt(0),
        )
        whole = xdr.FeeBumpTransactionEnvelope(bump, [])
        return xdr.TransactionEnvelope(kinds.ENVELOPE_TYPE_TX_FEE_BUMP, fee_bump=whole)

    def _submit(self, name: str, *, closing: bool) -> None:
        self.node.submit(self.envelopes[name].to_xdr(), time.time())
        if closing:
            self.close(1)

    def _sequence(self, who: str) -> int:
        account = self.node.network.state.account(self.keys[who].raw_public_key())
        return account.sequence if account is not None else self.bases.get(who, 0)

    # --- requests --------------------------------------------------------------------------------

    def _request(self, index: int, step: dict[str, Any], name: str | None = None) -> requests.PreparedRequest:
        wanted = self.exchanges[index]["request"]
        path = self._filled(step["path"]) if "path" in step else self._path(wanted["path"], step.get("literal", ""))
        body: Any = None
        if name is not None:
            body = urllib.parse.urlencode({"tx": self.envelopes[name].to_xdr()})
        elif "body" in step:
            body = self._filled(step["body"])
        prepared = requests.Request(wanted["method"], self.server.horizon_url, data=body).prepare()
        prepared.url = self.server.horizon_url + path
        for header in ("Content-Type", "Accept-Encoding"):
            prepared.headers.pop(header, None)
        prepared.headers.update(wanted.get("headers", {}))
        return prepared

    def _path(self, template: str, literal: str) -> str:
        """The recorded path with today's values; where nobody knows one, what was written literally."""
        path = template.replace("<friendbot>", "/friendbot")
        if "?" in "".join(NAME.findall(path)) and literal:
            self.unknown = self._values(path, literal) | self.unknown
        return NAME.sub(lambda found: self.tell(found[1]) or self.unknown.get(found[1], found[0]), path)

    def _filled(self, text: str | dict[str, Any]) -> str:
        if isinstance(text, dict):
            head, letter, count = text["repeat"]
            return str(head + letter * count)
        for form, name in re.findall(r"\{(quoted|plain) ([^}]+)\}", text):
            whole = self.envelopes[name].to_xdr()
            put = urllib.parse.quote_plus(whole) if form == "quoted" else whole
            text = text.replace(f"{{{form} {name}}}", put)
        return text

    def _ask(self, index: int, step: dict[str, Any]) -> None:
        call = Call(self._request(index, step, step.get("tx")))
        self._wait_for(call)
        self._heard(index, call)

    def _together(self, step: dict[str, Any]) -> None:
        calls = []
        for offset, name in enumerate(step["together"]):
            calls.append(Call(self._request(step["ask"] + offset, step, name)))
            time.sleep(0.02)
        self._wait_for(*calls)
        for offset, call in enumerate(calls):
            self._heard(step["ask"] + offset, call)

    def _wait_for(self, *calls: "Call") -> None:
        """Answers that wait for a ledger get it once core has what was sent."""
        synchronous = any(call.waits_for_ledger for call in calls)
        closed = 0
        while not all(call.done.wait(0.002) for call in calls):
            if synchronous and closed < 2 and self.node.network.queue.waiting:
                time.sleep(0.03 * (len(calls) - 1))
                self.close(1)
                closed += 1

    def _heard(self, index: int, call: "Call") -> None:
        self.answers[index] = call.answer
        body = call.answer["body"]
        wanted = self.exchanges[index]["response"].get("body")
        if isinstance(body, dict) and isinstance(wanted, dict):
            self._note(wanted, body)

    def _note(self, wanted: Any, got: Any) -> None:
        """Remembers what unknown names stand for: later paths may name them."""
        if isinstance(wanted, dict) and isinstance(got, dict):
            for key in wanted.keys() & got.keys():
                self._note(wanted[key], got[key])
        elif isinstance(wanted, list) and isinstance(got, list):
            for one, other in zip(wanted, got, strict=False):
                self._note(one, other)
        elif isinstance(wanted, str) and "?" in wanted:
            self.unknown |= self._values(wanted, str(got))

    def _values(self, wanted: str, got: str) -> dict[str, str]:
        """What the names that nobody knows stand for in this text."""
        names = [name for name in NAME.findall(wanted) if self.tell(name) is None]
        found = pattern(wanted, self.tell).fullmatch(got)
        return dict(zip(names, found.groups(), strict=True)) if found is not None else {}

    # --- names -----------------------------------------------------------------------------------

    def tell(self, name: str) -> str | None:
        """What a name stands for; None if that is not known."""
        if name in ("horizon", "friendbot"):
            return self.server.horizon_url if name == "horizon" else self.server.friendbot_url
        if name in self.strings:
            return self.strings[name]
        if name in self.scenario.get("aliases", {}):
            return self._alias(str(self.scenario["aliases"][name]))
        if name in self.keys:
            return self.keys[name].public_key
        return self._computed(name)

    def _alias(self, text: str) -> str | None:
        """A text that the recording has a name for: as it stands, or told by what it is."""
        if text == "seed of alice":
            return self.keys["alice"].secret
        if text.startswith("before "):
            record = self.node.history.transaction(self.labels[text.removeprefix("before ")])
            return None if record is None else str(record.token - 1)
        return text

    def _computed(self, name: str) -> str | None:
        if found := re.fullmatch(r"(.+) muxed (\d+)", name):
            return MuxedAccount(self.keys[found[1]].public_key, int(found[2])).account_muxed
        if found := re.fullmatch(r"sequence of (.+) ([+-]\d+)", name):
            return str(self.bases[found[1]] + int(found[2]))
        if found := re.fullmatch(r"(toid of ledger|ledger|time|toid) of (.+?)(?: op (\d+))?", name):
            record = self.node.history.transaction(self.labels.get(found[2], ""))
            if record is None:
                return None
            token = record.token + int(found[3] or 0)
            ledger = record.ledger
            told = {"ledger": ledger.header.sequence, "time": ledger.closed_at, "toid": token}
            return str(told.get(found[1], ledger.token))
        return None


class Call:
    """A request on its way."""

    def __init__(self, request: requests.PreparedRequest) -> None:
        self.request = request
        self.done = threading.Event()
        self.answer: dict[str, Any] = {}
        path = str(request.path_url).partition("?")[0]
        self.waits_for_ledger = path in ("/transactions", "/friendbot") and request.method in ("POST", "GET")
        threading.Thread(target=self._go, daemon=True).start()

    def _go(self) -> None:
        try:
            with requests.Session() as session:
                session.headers.clear()
                reply = session.send(self.request, timeout=PATIENCE)
            self.answer = {"status": reply.status_code, "headers": kept(reply.headers), "body": _body(reply)}
        finally:
            self.done.set()


class Stream:
    """Events as they come, block by block."""

    def __init__(self, request: requests.PreparedRequest) -> None:
        self.session = requests.Session()
        self.session.headers.clear()
        self.reply = self.session.send(request, stream=True, timeout=PATIENCE)
        self.lines = self.reply.iter_lines(chunk_size=1)

    def heard(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """As many blocks as were recorded; whether the server ended it is told only if it did then."""
        found: dict[str, Any] = {"status": self.reply.status_code, "headers": kept(self.reply.headers), "blocks": []}
        if "text/event-stream" not in self.reply.headers["Content-Type"]:
            return found | {"body": _body(self.reply), "ended": "closed by server"}
        while len(found["blocks"]) < len(wanted["blocks"]):
            found["blocks"].append(self._block())
        ended = wanted["ended"]
        if ended == "closed by server":
            assert not any(self.lines)
        self.session.close()
        return found | {"ended": ended}

    def _block(self) -> list[Any]:
        lines: list[Any] = []
        for line in self.lines:
            if not line:
                if lines:
                    return lines
                continue
            field, _, value = line.decode().partition(":")
            lines.append({"data:": json.loads(value)} if field == "data" else line.decode())
        return lines


def kept(headers: Any) -> dict[str, str]:
    """Of the headers those that were recorded."""
    return {name: headers[name] for name in KEPT if name in headers}


def _body(reply: requests.Response) -> Any:
    try:
        return reply.json()
    except ValueError:
        return reply.text


def key_of(scenario: str, name: str) -> Keypair:
    """A person's key."""
    return Keypair.from_raw_ed25519_seed(hashlib.sha256(f"{scenario}/{name}".encode()).digest())


def _bounds(tx: xdr.Transaction | xdr.TransactionV0) -> tuple[xdr.TimeBounds | None, xdr.LedgerBounds | None]:
    if isinstance(tx, xdr.TransactionV0):
        return tx.time_bounds, None
    more = tx.cond.v2
    return (tx.cond.time_bounds, None) if more is None else (more.time_bounds, more.ledger_bounds)


def _moments(minutes: list[int | None], later: int) -> tuple[int, int]:
    """Bounds in minutes from now; `later` seconds, far ahead, tell apart what would be one and the same otherwise."""
    now = int(time.time())
    first, last = (0 if m is None else now + int(m * 60) + (later if m >= FAR else 0) for m in minutes)
    return first, last
