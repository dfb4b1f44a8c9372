"""Friendbot, which makes accounts, and the faucet, which pays KIN."""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation

from aiohttp import web

from ..core.addresses import key_of
from ..horizon.problems import Problem, bad_request
from ..node import Node, NoMinion
from . import answers
from .clock import Clock
from .parameters import account_id
from .request import Ask
from .strkeys import wrong_strkey
from .submit import Submission

MOST = Decimal(2**63 - 1).scaleb(-7)


class Gifts:
    """What is given away for the asking."""

    def __init__(self, node: Node, clock: Clock, submission: Submission) -> None:
        self.node = node
        self.clock = clock
        self.submission = submission

    async def friendbot(self, ask: Ask) -> web.StreamResponse:
        """GET or POST /friendbot?addr=G...: a new account with 10,000 XLM; answers with its transaction."""
        try:
            response = await self._befriend(ask)
        except Problem as found:
            response = answers.problem(ask.request, found)
        for name in ("Cache-Control", "X-Ratelimit-Limit", "X-Ratelimit-Remaining", "X-Ratelimit-Reset"):
            response.headers.popall(name, None)
        return response

    async def _befriend(self, ask: Ask) -> web.StreamResponse:
        address = await _value(ask, "addr")
        reason = wrong_strkey(address)
        if reason:
            raise bad_request("addr", reason)
        if self.node.network.state.account(key_of(address)) is not None:
            raise Problem(400, "bad_request", "Bad Request", "account already funded to starting balance")
        return await self._send(ask, lambda: self.node.gift(address))

    async def faucet(self, ask: Ask) -> web.StreamResponse:
        """GET or POST /faucet?address=G...&amount=: KIN from its issuer to an account with a trustline."""
        address = await _value(ask, "address")
        account_id(address, "address")
        text = await _value(ask, "amount") or "1000"
        try:
            amount = Decimal(text)
        except InvalidOperation:
            raise bad_request("amount", "not a number") from None
        good = amount.is_finite() and 0 < amount <= MOST and int(amount.as_tuple().exponent) >= -7
        if not good:
            raise bad_request("amount", f"must be above 0 and at most {MOST}, with 7 decimals at most")
        return await self._send(ask, lambda: self.node.drop(address, f"{amount:f}"))

    async def _send(self, ask: Ask, make: Callable[[], str]) -> web.StreamResponse:
        while True:
            try:
                text = make()
            except NoMinion:
                await self.clock.ingested.wait()
            else:
                return await self.submission.complete(ask, text)


async def _value(ask: Ask, name: str) -> str:
    if name in ask.query:
        return ask.query[name]
    if ask.request.method != "POST":
        return ""
    form = await ask.request.post()
    return str(form.get(name, ""))
