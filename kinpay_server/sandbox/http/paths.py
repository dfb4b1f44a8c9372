"""/paths/strict-receive and /paths/strict-send."""

import re
from decimal import Decimal, InvalidOperation

from aiohttp import web

from ..core.assets import NATIVE, Asset
from ..horizon.history import History
from ..horizon.paths import Way, ways_to_receive, ways_to_send
from ..horizon.problems import Problem, bad_request, still_ingesting
from . import answers
from .asset_parameters import assets_of, check_forms, check_three, three
from .parameters import MAX_INT64, account_id
from .request import Ask

_AMOUNT = re.compile(r"-?[.0-9]+\Z")
MOST_ASSETS = 15
"""How many may be named at once."""


def strict_receive(ask: Ask, history: History) -> web.Response:
    """Ways to bring an amount of an asset, from the assets of an account or from those that are named."""
    query = ask.query
    source_text, account_text = query.get("source_assets", ""), query.get("source_account", "")
    payer = account_id(account_text, "source_account") if account_text else None
    if query.get("destination_account"):
        account_id(query["destination_account"], "destination_account")
    check_forms(query, "destination_", required=True)
    total = _amount(query.get("destination_amount", ""), "destination_amount")
    if bool(source_text) == bool(account_text):
        raise _either("source assets or a source account")
    check_three(query, "destination_")
    sources: dict[Asset, int | None] = dict.fromkeys(_several(source_text, "source_assets"))
    if payer is not None:
        sources = dict(_holdings(history, payer))
    if not sources:
        return _answer(ask, history, [])
    _want_offers(history)
    wanted = three(query, "destination_")
    return _answer(ask, history, ways_to_receive(history.snapshot.offers.values(), wanted, total, sources, payer))


def strict_send(ask: Ask, history: History) -> web.Response:
    """Ways to turn an amount of an asset into those that an account takes, or into those that are named."""
    query = ask.query
    target_text, account_text = query.get("destination_assets", ""), query.get("destination_account", "")
    payee = account_id(account_text, "destination_account") if account_text else None
    check_forms(query, "source_", required=True)
    total = _amount(query.get("source_amount", ""), "source_amount")
    if bool(target_text) == bool(account_text):
        raise _either("destination assets or a destination account")
    check_three(query, "source_")
    targets = _several(target_text, "destination_assets")
    if payee is not None:
        targets = list(_holdings(history, payee))
    if not targets:
        return _answer(ask, history, [])
    _want_offers(history)
    given = three(query, "source_")
    return _answer(ask, history, ways_to_send(history.snapshot.offers.values(), given, total, targets))


def _answer(ask: Ask, history: History, ways: list[Way]) -> web.Response:
    body = {"_embedded": {"records": [way.document() for way in ways]}}
    return answers.document(ask.request, body, latest=history.latest.header.sequence)


def _want_offers(history: History) -> None:
    """Horizon takes a network without any offer for one that it has not read yet."""
    if not history.snapshot.offers:
        raise still_ingesting()


def _holdings(history: History, account: bytes) -> dict[Asset, int]:
    """All that the account holds or could; nothing if it does not exist."""
    entry = history.snapshot.account(account)
    if entry is None:
        return {}
    lines = history.snapshot.lines.get(account, {})
    return {**{asset: line.balance for asset, line in lines.items()}, NATIVE: entry.balance}


def _several(text: str, field: str) -> list[Asset]:
    found = assets_of(text, field)
    if len(found) > MOST_ASSETS:
        raise bad_request(field, "list of assets exceeds maximum length of 3")  # it names another of its limits
    return found


def _amount(text: str, field: str) -> int:
    if not text:
        raise bad_request(field, "non zero value required")
    try:
        stroops = Decimal(text).scaleb(7) if _AMOUNT.match(text) else Decimal(0)
    except InvalidOperation:
        stroops = Decimal(0)
    if stroops != stroops.to_integral_value() or not 0 < stroops <= MAX_INT64:
        raise bad_request(field, "Amount must be positive")
    return int(stroops)


def _either(what: str) -> Problem:
    """400: one of two must be named, not both."""
    return Problem(
        400,
        "bad_request",
        "Bad Request",
        f"The request requires either a list of {what}. Both fields cannot be present.",
    )
