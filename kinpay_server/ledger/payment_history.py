"""Reads the list of payments that Horizon keeps of an account, each with the memo of its transaction."""

import asyncio
from collections.abc import Mapping
from typing import Any, Self
from urllib.parse import quote

import orjson

from kinpay_server.ledger.accounts import KinAsset, stroops_of
from kinpay_server.ledger.answers import is_missing_route
from kinpay_server.ledger.connection import HorizonConnection, HttpAnswer, NoAnswer
from kinpay_server.ledger.unavailable import HorizonUnavailable, unavailable
from kinpay_server.services.differences import HistoryPage, HistoryPayment

PAGE = 200
TRIES = 5
TIMEOUT_SECONDS = 60.0
LONGEST_WAIT_SECONDS = 120.0

Json = Mapping[str, Any]


class HorizonPayments:
    """Implements `PaymentHistory`, with patience for a Horizon that is slow or limits the rate: `async with`."""

    def __init__(self, horizon_url: str, *, asset_code: str, asset_issuer: str) -> None:
        self._asset = KinAsset(asset_code, asset_issuer)
        self._connection = HorizonConnection(horizon_url, timeout=TIMEOUT_SECONDS)

    async def __aenter__(self) -> Self:
        """Open."""
        await self._connection.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close."""
        await self._connection.close()

    async def payments_out_of(self, address: str, cursor: str) -> HistoryPage:
        """See the port. An account that does not exist has none."""
        query = f"order=asc&limit={PAGE}&join=transactions&cursor={quote(cursor, safe='')}"
        path = f"/accounts/{address}/payments?{query}"
        answer = await self._get(path)
        if is_missing_route(answer):
            return HistoryPage((), int(cursor) >> 32, None)
        try:
            records = orjson.loads(answer.body)["_embedded"]["records"]
            return parse_payments(records, address, self._asset, cursor)
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise HorizonUnavailable(f"Horizon's answer to {path} cannot be read: {error!r}") from error

    async def _get(self, path: str) -> HttpAnswer:
        """A 200 or a 404; anything else is asked for again some times."""
        for left in reversed(range(TRIES)):
            try:
                return await self._get_once(path)
            except HorizonUnavailable as error:
                if not left:
                    raise
                await asyncio.sleep(min(error.retry_after or 1.0, LONGEST_WAIT_SECONDS))
        raise AssertionError

    async def _get_once(self, path: str) -> HttpAnswer:
        try:
            answer = await self._connection.get(path)
        except NoAnswer as error:
            raise HorizonUnavailable(f"Horizon did not answer {path}: {error}") from error
        if answer.status not in (200, 404):
            raise unavailable(path, answer)
        return answer


def parse_payments(records: list[Json], address: str, asset: KinAsset, cursor: str) -> HistoryPage:
    """The KIN payments out of an account. Raises `KeyError`, `TypeError` or `ValueError`."""
    last = str(records[-1]["paging_token"]) if records else cursor
    found = (_payment(record, asset) for record in records if record.get("from") == address)
    return HistoryPage(
        tuple(payment for payment in found if payment is not None),
        int(last) >> 32,
        last if len(records) == PAGE else None,
    )


def _payment(record: Json, asset: KinAsset) -> HistoryPayment | None:
    amount = _kin(record, asset)
    if amount is None or record["transaction_successful"] is not True:
        return None
    transaction = record["transaction"]
    inner = transaction.get("inner_transaction")
    return HistoryPayment(
        hash=record["transaction_hash"],
        inner_hash=inner["hash"] if inner else None,
        ledger=int(transaction["ledger"]),
        memo=transaction.get("memo", "") if transaction["memo_type"] == "text" else None,
        recipient=record["to"],
        amount=amount,
    )


def _kin(record: Json, asset: KinAsset) -> int | None:
    """The KIN that the payment spends, in stroops, or else delivers; None when it moves none."""
    for prefix in ("source_", ""):
        named = (record.get(f"{prefix}asset_code"), record.get(f"{prefix}asset_issuer"))
        if named == (asset.code, asset.issuer):
            return stroops_of(record[f"{prefix}amount"])
    return None
