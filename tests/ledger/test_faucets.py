"""How faucets are asked, and what is made of their refusals."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from kinpay_server.ledger.faucets import HttpFaucets
from kinpay_server.services.refusals import Refused

ADDRESS = "GDQP2KPQGKIHYJGXNUIYOMHARUARCA7DJT5FO2FFOOKY3B2WSQHG4W37"


@asynccontextmanager
async def faucet(answer: Callable[[web.Request], web.Response]) -> AsyncIterator[str]:
    """A server that answers everything so; its URL."""

    async def handle(request: web.Request) -> web.Response:
        return answer(request)

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", handle)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    yield f"http://127.0.0.1:{port}"
    await runner.cleanup()


@pytest.mark.gen_test
async def test_an_older_faucet_is_asked_at_fund() -> None:
    asked = []

    def older(request: web.Request) -> web.Response:
        asked.append((request.path, dict(request.query)))
        return web.Response(status=200 if request.path == "/fund" else 404)

    async with faucet(older) as url:
        await HttpFaucets(None, url, asset_code="KIN").give_kin(ADDRESS, 15_000_000)
    [*_, (path, query)] = asked
    assert path == "/fund"
    assert (query["account"], query["amount"]) == (ADDRESS, "1.5")


@pytest.mark.gen_test
async def test_a_faucet_that_knows_its_address_is_asked_once() -> None:
    asked = []

    def faucet_(request: web.Request) -> web.Response:
        asked.append((request.path, dict(request.query)))
        return web.Response(text="{}")

    async with faucet(faucet_) as url:
        faucets = HttpFaucets(f"{url}/friendbot", f"{url}/faucet", asset_code="KIN")
        await faucets.give_xlm(ADDRESS)
        await faucets.give_kin(ADDRESS, 70_000_000)
    (bot, of_bot), (path, query) = asked
    assert (bot, of_bot) == ("/friendbot", {"addr": ADDRESS})
    assert (path, query["address"], query["amount"]) == ("/faucet", ADDRESS, "7")


@pytest.mark.gen_test
@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (json.dumps({"title": "Bad Request", "detail": "createAccountAlreadyExist"}), "createAccountAlreadyExist"),
        ("<h1>no\n more</h1>" + "x" * 10_000, "<h1>no more</h1>xxx"),
        ("", "it did not say why"),
        ("[1]", "[1]"),
    ],
)
async def test_a_refusal_is_told_with_its_reason_in_one_short_line(body: str, reason: str) -> None:
    async with faucet(lambda _: web.Response(status=400, text=body)) as url:
        with pytest.raises(Refused) as caught:
            await HttpFaucets(url, None, asset_code="KIN").give_xlm(ADDRESS)
    assert f"{url} refused with status 400: {reason}" in str(caught.value)
    assert len(str(caught.value)) < 300
    assert "\n" not in str(caught.value)


@pytest.mark.gen_test
async def test_a_faucet_that_is_gone_is_told() -> None:
    async with faucet(lambda _: web.Response()) as url:
        pass
    with pytest.raises(Refused, match="cannot be asked"):
        await HttpFaucets(url, url, asset_code="KIN").give_kin(ADDRESS, 1)
