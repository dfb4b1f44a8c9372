"""The server: which path leads where, and what answers are like when something is wrong."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from aiohttp import web

from ..faults import Faults
from ..horizon.fee_stats_view import fee_stats
from ..horizon.history import History
from ..horizon.problems import Problem, not_found, rate_limited, server_error
from ..horizon.rendering import Renderer
from ..horizon.root_view import root
from ..node import Node
from . import answers, claimable, lists, markets, paths, state
from .admin import Admin
from .clock import Clock
from .effects import effects
from .friendbot import Gifts
from .lists import Listing
from .negotiation import RAW, negotiated
from .rate_limit import RateLimit
from .replicas import Replicas
from .request import Ask
from .streams import stream, stream_one
from .submit import Submission
from .trades import trades

VERSION = "1"
log = logging.getLogger("kinpay.sandbox")

Shown = tuple[object, Any]
"""What makes a document a new one, and the document."""
Handler = Callable[[Ask], Awaitable[web.StreamResponse]]


class Route(NamedTuple):
    """Where a path leads. `state` paths tell the ledger of their snapshot, also with problems."""

    handler: Handler
    state: bool = False


class Server:
    """Horizon's HTTP API in front of a node."""

    def __init__(self, node: Node, clock: Clock, faults: Faults, *, per_hour: int = 0) -> None:
        self.limit = RateLimit(per_hour)
        self.node = node
        self.clock = clock
        self.faults = faults
        self.replicas = Replicas(node, faults)
        self.renderers: dict[str, Renderer] = {}
        self.submission = Submission(node, clock, faults)
        self.gifts = Gifts(node, clock, self.submission)
        self.admin = Admin(node, clock, faults)
        self.routes: dict[tuple[str, ...], dict[str, Route]] = {}
        self._fill()

    @property
    def history(self) -> History:
        """What answers are made of."""
        return self.node.history

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answers a request."""
        request[answers.LIMIT] = self.limit
        ask = Ask(request, self.renderers)
        route: Route | None = None
        try:
            self._misbehave(ask)
            if self.faults.slow and self.faults.strikes("slow", ask.path.encode()):
                await asyncio.sleep(self.faults.slow_seconds)
            route = self._route(ask)
            return await route.handler(ask)
        except Problem as found:
            latest = self._snapshot_of(route, request)
            return answers.problem(request, found, latest)
        except answers.Plain as found:
            return answers.nothing(request, found.status)
        except (ConnectionError, asyncio.CancelledError):
            raise
        except Exception:
            log.exception("%s %s", request.method, request.path)
            return answers.problem(request, server_error())

    def _snapshot_of(self, route: Route | None, request: web.BaseRequest) -> int | None:
        """The ledger that a problem tells: with what is read from the state, unless events were wanted."""
        if route is None or not route.state or request.headers.get("Accept") == "text/event-stream":
            return None
        return self.history.latest.header.sequence

    def _misbehave(self, ask: Ask) -> None:
        if ask.parts and ask.parts[0] in _UNLIMITED:
            return
        if self.faults.strikes("rate_limited", ask.path.encode()):
            raise rate_limited()
        streaming = ask.request.headers.get("Accept") == "text/event-stream"
        if not streaming and not self.limit.take(ask.request.remote or ""):
            raise rate_limited()

    def _route(self, ask: Ask) -> Route:
        methods = self._find(ask)
        if methods is None:
            raise not_found()
        if ask.request.method == "OPTIONS" and "Access-Control-Request-Method" in ask.request.headers:
            return Route(self._preflight)
        route = methods.get(ask.request.method)
        if route is None:
            raise answers.Plain(405)
        return route

    def _find(self, ask: Ask) -> dict[str, Route] | None:
        parts = ask.parts
        found = self.routes.get(tuple(parts))
        if found is not None:
            return found
        if len(parts) < 2 or parts[0] not in _NAMES:
            return None
        rest = parts[2:]
        if len(rest) == 2 and rest[0] == "data":
            ask.values["key"] = rest[1]
            rest = ["data", "*"]
        found = self.routes.get((parts[0], "*", *rest))
        if found is not None:
            name = "id" if parts[0] == "claimable_balances" and not rest else _NAMES[parts[0]]
            ask.values[name] = parts[1]
        return found

    def _fill(self) -> None:
        self._get("", self._root)
        self._get("fee_stats", self._fee_stats)
        self._get("health", self._health)
        self._fill_history()
        self._fill_state()
        self._add("POST", "transactions", self.submission.sync)
        self._add("POST", "transactions_async", self.submission.fire)
        for method in ("GET", "POST"):
            self._add(method, "friendbot", self.gifts.friendbot)
            self._add(method, "faucet", self.gifts.faucet)
        self._add("POST", "_sandbox/close", self.admin.close)
        self._add("GET", "_sandbox/faults", self.admin.show_faults)
        self._add("POST", "_sandbox/faults", self.admin.set_faults)
        self._add("GET", "_sandbox/audit", self.admin.audit)

    def _fill_history(self) -> None:
        """What happened."""
        for path in ("ledgers", "transactions", "operations", "payments"):
            self._list(path, getattr(lists, path))
        self._single("ledgers/*", lists.one_ledger)
        self._single("transactions/*", lists.one_transaction)
        self._single("operations/*", lists.one_operation)
        owners = {
            "accounts": ("transactions", "operations", "payments"),
            "ledgers": ("transactions", "operations", "payments"),
            "transactions": ("operations", "payments"),
            "claimable_balances": ("transactions", "operations"),
            "liquidity_pools": ("transactions", "operations"),
        }
        for owner, names in owners.items():
            for path in names:
                self._list(f"{owner}/*/{path}", getattr(lists, path))
        for owner in ("", "accounts/*/", "ledgers/*/", "transactions/*/", "operations/*/", "liquidity_pools/*/"):
            self._list(owner + "effects", effects)
        for owner in ("", "accounts/*/", "offers/*/", "liquidity_pools/*/"):
            self._list(owner + "trades", trades)

    def _fill_state(self) -> None:
        """What is now."""
        self._list("accounts", state.accounts, of_state=True, streamable=False)
        self._one("accounts/*", state.one_account)
        self._get("accounts/*/data/*", self._account_data, of_state=True)
        self._list("accounts/*/offers", markets.offers_of, of_state=True)
        self._list("offers", markets.offers, of_state=True, streamable=False)
        self._single("offers/*", markets.one_offer, of_state=True)
        self._one("order_book", markets.book)
        self._list("assets", markets.assets, of_state=True, streamable=False)
        self._list("claimable_balances", claimable.balances, of_state=True, streamable=False)
        self._single("claimable_balances/*", claimable.one_balance, of_state=True)
        self._list("liquidity_pools", claimable.pools, of_state=True, streamable=False)
        self._single("liquidity_pools/*", claimable.one_pool, of_state=True)
        for path in ("paths", "paths/strict-receive"):
            self._single(path, paths.strict_receive, of_state=True)
        self._single("paths/strict-send", paths.strict_send, of_state=True)

    def _add(self, method: str, path: str, handler: Handler, *, of_state: bool = False) -> None:
        parts = tuple(part for part in path.split("/") if part)
        self.routes.setdefault(parts, {})[method] = Route(handler, of_state)

    def _get(self, path: str, handler: Handler, *, of_state: bool = False) -> None:
        self._add("GET", path, handler, of_state=of_state)

    def _single(self, path: str, show: Callable[[Ask, History], web.Response], *, of_state: bool = False) -> None:
        async def handler(ask: Ask) -> web.StreamResponse:
            ask.wants_stream(streamable=False)
            return show(ask, self.replicas.pick())

        self._get(path, handler, of_state=of_state)

    def _list(
        self,
        path: str,
        make: Callable[[Ask, History], Listing],
        *,
        of_state: bool = False,
        streamable: bool = True,
    ) -> None:
        async def handler(ask: Ask) -> web.StreamResponse:
            streaming = ask.wants_stream(streamable=streamable)
            history = self.history if streaming else self.replicas.pick()
            listing = make(ask, history)
            if streaming:
                return await stream(ask, listing, self.clock, self.faults)
            return listing.document(ask, history.latest.header.sequence if of_state else None)

        self._get(path, handler, of_state=of_state)

    def _one(self, path: str, show: Callable[[Ask, History], Shown]) -> None:
        """A document of the state that can be streamed; `show` tells with it what makes it a new one."""

        async def handler(ask: Ask) -> web.StreamResponse:
            if ask.wants_stream(streamable=True):
                return await stream_one(ask, lambda: show(ask, self.history), self.clock)
            history = self.replicas.pick()
            latest = history.latest.header.sequence
            try:
                return answers.document(ask.request, show(ask, history)[1], latest=latest)
            except Problem as found:  # it tells the ledger of the replica that answers, too
                return answers.problem(ask.request, found, latest)

        self._get(path, handler, of_state=True)

    async def _account_data(self, ask: Ask) -> web.StreamResponse:
        """A data entry: as JSON, as events, or just its bytes."""
        if negotiated(ask.request.headers.get("Accept", "")) == RAW:
            history = self.replicas.pick()
            return answers.raw(ask.request, state.account_data(ask, history).value, history.latest.header.sequence)

        def show(history: History) -> Shown:
            document = state.data_document(state.account_data(ask, history))
            return document, document

        if ask.wants_stream(streamable=True):
            return await stream_one(ask, lambda: show(self.history), self.clock)
        history = self.replicas.pick()
        return answers.document(ask.request, show(history)[1], latest=history.latest.header.sequence)

    async def _root(self, ask: Ask) -> web.StreamResponse:
        ask.wants_stream(streamable=False)
        network = self.node.network
        body = root(self.history, ask.base, passphrase=network.passphrase, core_ledger=network.ledger, version=VERSION)
        return answers.document(ask.request, body)

    async def _fee_stats(self, ask: Ask) -> web.StreamResponse:
        ask.wants_stream(streamable=False)
        return answers.document(ask.request, fee_stats(self.replicas.pick()))

    async def _health(self, ask: Ask) -> web.StreamResponse:
        up = not self.faults.core_down
        words = "true" if up else "false"
        body = f'{{"database_connected":true,"core_up":{words},"core_synced":{words}}}\n'
        sent = answers.headers(ask.request) | {"Content-Type": "text/plain; charset=utf-8"}
        return web.Response(body=body.encode(), status=200 if up else 503, headers=sent)

    async def _preflight(self, ask: Ask) -> web.StreamResponse:
        asked = ask.request.headers
        sent = answers.headers(ask.request) | {"Access-Control-Allow-Methods": asked["Access-Control-Request-Method"]}
        if "Access-Control-Request-Headers" in asked:
            sent["Access-Control-Allow-Headers"] = asked["Access-Control-Request-Headers"]
        return web.Response(status=204, headers=sent)


_UNLIMITED = {"_sandbox", "friendbot", "faucet"}
_NAMES = {
    "accounts": "account_id",
    "ledgers": "ledger_id",
    "transactions": "tx_id",
    "operations": "op_id",
    "offers": "offer_id",
    "claimable_balances": "claimable_balance_id",
    "liquidity_pools": "liquidity_pool_id",
}
"""What Horizon calls the second part of a path; the same names work in queries."""


class Running:
    """A server that listens. `url` is where."""

    def __init__(self, runner: web.ServerRunner, clock: Clock, url: str, server: Server) -> None:
        self.runner = runner
        self.clock = clock
        self.url = url
        self.server = server

    async def stop(self) -> None:
        """Ends it; whoever still waits or listens is cut off."""
        await self.clock.stop()
        await self.runner.cleanup()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)


async def start(
    node: Node,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    close_seconds: float = 1.0,
    fast: bool = False,
    faults: Faults | None = None,
    per_hour: int = 0,
) -> Running:
    """Starts serving a node; port 0 takes a free one."""
    faults = faults or Faults()
    clock = Clock(node, faults, close_seconds=close_seconds, fast=fast)
    server = Server(node, clock, faults, per_hour=per_hour)
    if node.network.ledger == 1:
        node.found(time.time())
    web_server = web.Server(server.handle, access_log=None)
    runner = web.ServerRunner(web_server, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, host, port, backlog=1024)
    await site.start()
    actual = runner.addresses[0][1]
    clock.start()
    return Running(runner, clock, f"http://{host}:{actual}", server)
