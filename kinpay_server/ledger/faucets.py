"""The faucets of a test network: one that makes accounts with XLM, one that gives some of the asset."""

import json
from decimal import Decimal
from typing import Any

import aiohttp

from kinpay_server.domain.amount import amount_of
from kinpay_server.services.refusals import Refused

TIMEOUT = 60.0
"""Seconds; a friendbot answers when its transaction is on the ledger."""

MOST_SHOWN = 200


class HttpFaucets:
    """Implements `Faucets` over HTTP. None as an address means that there is no such faucet."""

    def __init__(self, xlm_faucet: str | None, kin_faucet: str | None, *, asset_code: str) -> None:
        self._xlm = xlm_faucet
        self._kin = kin_faucet
        self._code = asset_code

    async def give_xlm(self, address: str) -> None:
        """See the port; asked as Stellar's friendbot is."""
        if self._xlm is None:
            raise Refused(f"[faucet] xlm_faucet is not set: send {address} some XLM yourself, then repeat this")
        status, said = await _get(self._xlm, addr=address)
        if not 200 <= status < 300:
            raise _refusal(self._xlm, status, said)

    async def give_kin(self, address: str, amount: int) -> None:
        """See the port. A faucet that does not know the address as it stands is asked at `/fund`, as older ones are."""
        if self._kin is None:
            raise Refused(
                f"[faucet] kin_faucet is not set: send {address} some {self._code} yourself, then repeat this"
            )
        wanted = {"address": address, "account": address, "amount": f"{Decimal(amount_of(amount)):f}"}
        url = self._kin
        status, said = await _get(url, **wanted)
        if status == 404:
            url = f"{self._kin}/fund"
            status, said = await _get(url, **wanted)
        if not 200 <= status < 300:
            raise _refusal(url, status, said)


async def _get(url: str, **query: str) -> tuple[int, str]:
    """Status and text of the answer, wherever it leads. Raises `Refused`."""
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT)) as session,
            session.get(url, params=query) as answer,
        ):
            return answer.status, (await answer.content.read(65536)).decode(errors="replace")
    except TimeoutError:
        raise Refused(f"the faucet {url} did not answer within {TIMEOUT:g} s") from None
    except (aiohttp.ClientError, OSError) as error:
        raise Refused(f"the faucet {url} cannot be asked: {error}") from None


def _refusal(url: str, status: int, said: str) -> Refused:
    return Refused(f"the faucet {url} refused with status {status}: {_reason(said)}")


def _reason(said: str) -> str:
    """The telling part of a problem document, or the beginning of what was said."""
    try:
        told: Any = json.loads(said)
        text = str(told.get("detail") or told.get("title") or said)
    except (ValueError, AttributeError):
        text = said
    return " ".join(text.split())[:MOST_SHOWN] or "it did not say why"
