"""/effects, of everybody, an account, a ledger, a transaction or an operation."""

from heapq import merge

import orjson

from ..horizon.effects import Effect, effects_of
from ..horizon.history import History
from ..horizon.records import OpRecord
from ..horizon.shelves import Concerned
from .filters import Filter, filter_of
from .lists import Listing, concerned_of, history_page, shelf_of_operations
from .parts import Reader, parts_of
from .request import Ask

_ONE_ONLY = "Use a single filter for effects, you can only use one of account_id, op_id, tx_id or ledger_id"


def effects(ask: Ask, history: History) -> Listing:
    """The list; failed transactions had no effects, and pools none at all."""
    page = history_page(ask, history)
    only = filter_of(ask, "op_id", "tx_id", too_many=_ONE_ONLY)
    if only.pool:
        return Listing(page, lambda page: [])
    read = _reader(history, only)

    def wanted(effect: Effect) -> bool:
        return only.account in (None, effect.account)

    return Listing(
        page,
        lambda page: [
            (e.token, orjson.dumps(e.document(ask.base), option=orjson.OPT_INDENT_2))
            for e in parts_of(read, page, effects_of, wanted)
        ],
    )


def _reader(history: History, only: Filter) -> Reader:
    if only.account is not None:
        return _of_account(concerned_of(history, only.account))
    if only.operation:
        record = history.operation(only.operation)
        return _once([] if record is None else [record])
    shelf = shelf_of_operations(history, only, payments=False)
    return lambda at, limit, descending: shelf.page(at, limit, descending=descending, failed=False)


def _of_account(concerned: Concerned) -> Reader:
    """The account's own operations, and those that took its offers."""

    def read(at: int | None, limit: int, descending: bool) -> list[OpRecord]:
        shelves = (concerned.operations, concerned.trades)
        pages = [shelf.page(at, limit, descending=descending, failed=False) for shelf in shelves]
        both = merge(*pages, key=lambda record: record.token, reverse=descending)
        return list({record.token: record for record in both}.values())[:limit]

    return read


def _once(records: list[OpRecord]) -> Reader:
    """A list of an operation or none."""

    def read(at: int | None, limit: int, descending: bool) -> list[OpRecord]:
        return [r for r in records if at is None or (r.token < at if descending else r.token > at)]

    return read
