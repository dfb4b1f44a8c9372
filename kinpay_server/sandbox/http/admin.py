"""The sandbox's own calls under /_sandbox: close a ledger, faults, the audit."""

from collections.abc import Iterator
from typing import Any

import orjson
from aiohttp import web

from ..core.addresses import address_of
from ..core.applying import Applied
from ..core.assets import asset_from_xdr
from ..core.envelope import muxed_from_xdr
from ..core.network import ClosedLedger
from ..faults import Faults
from ..horizon.problems import Problem
from ..horizon.transaction_view import memo_fields
from ..horizon.values import amount, asset_text
from ..node import Node
from .clock import Clock
from .request import Ask


class Admin:
    """What tests ask of the sandbox that no Horizon answers."""

    def __init__(self, node: Node, clock: Clock, faults: Faults) -> None:
        self.node = node
        self.clock = clock
        self.faults = faults

    async def close(self, ask: Ask) -> web.Response:
        """POST /_sandbox/close?ledgers=N: closes ledgers now -> the number of the last one."""
        count = ask.query.get("ledgers", "1")
        if not count.isdecimal() or not 1 <= int(count) <= 1000:
            raise Problem(400, "bad_request", "Bad Request", "ledgers: a number from 1 to 1000 is wanted")
        for _ in range(int(count)):
            closed = self.clock.close()
        return _json({"ledger": closed.header.sequence, "transactions": len(closed.transactions)})

    async def show_faults(self, ask: Ask) -> web.Response:
        """GET /_sandbox/faults"""
        return _json(self.faults.settings())

    async def set_faults(self, ask: Ask) -> web.Response:
        """POST /_sandbox/faults with a JSON object: what is named is set, the rest stays."""
        try:
            settings = orjson.loads(await ask.request.read() or b"{}")
            if not isinstance(settings, dict):
                raise ValueError("a JSON object is wanted")
            self.faults.change(settings)
        except ValueError as error:
            raise Problem(400, "bad_request", "Bad Request", str(error)) from None
        network = self.node.network
        network.queue.others = (self.faults.surge_ops, self.faults.surge_bid)
        if self.faults.core_down:
            network.queue.forget()
        return _json(self.faults.settings())

    async def audit(self, ask: Ask) -> web.Response:
        """GET /_sandbox/audit?after=LEDGER: every payment that was applied, whether history has read it or not."""
        after = ask.query.get("after", "0")
        if not after.isdecimal():
            raise Problem(400, "bad_request", "Bad Request", "after: the number of a ledger is wanted")
        records = [record for closed in self.node.archive[int(after) :] for record in _payments(closed)]
        return _json({"ledger": self.node.network.ledger, "payments": records})


def _payments(closed: ClosedLedger) -> Iterator[dict[str, Any]]:
    for applied, arrived in zip(closed.transactions, closed.arrivals, strict=True):
        if not applied.result.successful:
            continue
        for op in applied.envelope.operations:
            if op.type == 1:
                yield _head(applied, closed, arrived) | {
                    "from": address_of(op.source),
                    "to": address_of(muxed_from_xdr(op.body.destination)[0]),
                    "asset": asset_text(asset_from_xdr(op.body.asset)),
                    "amount": amount(op.body.amount.int64),
                }


def _head(applied: Applied, closed: ClosedLedger, arrived: float) -> dict[str, Any]:
    envelope = applied.envelope
    return {
        "hash": envelope.hash.hex(),
        "inner_hash": None if envelope.inner is None else envelope.inner.hash.hex(),
        "memo": memo_fields(envelope.memo).get("memo"),
        "ledger": closed.header.sequence,
        "time": closed.header.close_time,
        "arrived": arrived,
    }


def _json(body: Any) -> web.Response:
    return web.Response(body=orjson.dumps(body), content_type="application/json")
