"""Lists of ledgers, transactions, operations, payments; single ones of them."""

from collections.abc import Callable

import orjson
from aiohttp import web

from ..horizon.history import Concerned, History, Shelf
from ..horizon.ledger_view import ledger
from ..horizon.problems import bad_request, before_history, not_found
from ..horizon.records import LedgerRecord, OpRecord, TxRecord
from . import answers
from .parameters import Page, account_id, flag, ledger_number, links_of, page_of, transaction_hash
from .request import Ask

Fetch = Callable[[Page], list[tuple[str, bytes]]]
"""Records behind a page's cursor: paging token and document of each."""


class Listing:
    """A list that can be read in pages or as a stream. `fetch` looks anew each time."""

    def __init__(self, page: Page, fetch: Fetch) -> None:
        self.page = page
        self.fetch = fetch

    def document(self, ask: Ask, latest: int | None = None) -> web.Response:
        """One page."""
        found = self.fetch(self.page)
        first, last = (found[0][0], found[-1][0]) if found else ("", "")
        body = {
            "_links": links_of(ask.base, ask.path, ask.query, self.page, first, last),
            "_embedded": {"records": [orjson.Fragment(document) for _, document in found]},
        }
        return answers.document(ask.request, body, latest=latest)


def now_token(history: History) -> int:
    """Behind everything that there is."""
    return (history.latest.header.sequence + 1 << 32) - 1


def page_for(ask: Ask, history: History) -> Page:
    """The page that the request wants."""
    return page_of(ask.query, now_token(history), ask.request.headers.get("Last-Event-ID"))


def ledgers(ask: Ask, history: History) -> Listing:
    """/ledgers"""

    def fetch(page: Page) -> list[tuple[str, bytes]]:
        records = history.ledgers.page(page.token, page.limit, descending=page.descending)
        return [(str(r.token), answers.encode(ledger(r, ask.base))) for r in records]

    return Listing(page_for(ask, history), fetch)


def one_ledger(ask: Ask, history: History) -> web.Response:
    """/ledgers/{sequence}"""
    return answers.document(ask.request, ledger(_ledger(ask, history), ask.base))


def transactions(ask: Ask, history: History) -> Listing:
    """/transactions, of everybody, of an account or of a ledger."""
    page, failed = page_for(ask, history), flag(ask.query, "include_failed")
    shelf = _shelf_of_transactions(ask, history)

    def fetch(page: Page) -> list[tuple[str, bytes]]:
        found = shelf().page(page.token, page.limit, descending=page.descending, failed=failed)
        return [(str(tx.token), ask.render.transaction(tx)) for tx in found]

    return Listing(page, fetch)


def one_transaction(ask: Ask, history: History) -> web.Response:
    """/transactions/{hash}, by the outer or the inner hash."""
    tx = _transaction(ask, history)
    return answers.document(ask.request, ask.render.transaction(tx, ask.values["hash"]))


def operations(ask: Ask, history: History) -> Listing:
    """/operations, of everybody, an account, a ledger or a transaction."""
    return _operations(ask, history, payments=False)


def payments(ask: Ask, history: History) -> Listing:
    """/payments, of everybody, an account, a ledger or a transaction."""
    return _operations(ask, history, payments=True)


def one_operation(ask: Ask, history: History) -> web.Response:
    """/operations/{id}"""
    text = ask.values["id"]
    if not text.isdecimal():
        raise bad_request("id", "Operation ID must be an integer higher than 0")
    record = history.operation(int(text))
    if record is None:
        raise not_found()
    return answers.document(ask.request, ask.render.operation(record, joined=_joined(ask)))


def _operations(ask: Ask, history: History, *, payments: bool) -> Listing:
    page = page_for(ask, history)
    joined = _joined(ask)
    failed = flag(ask.query, "include_failed") or "hash" in ask.values
    shelf = shelf_of_operations(ask, history, payments=payments)

    def fetch(page: Page) -> list[tuple[str, bytes]]:
        found = shelf().page(page.token, page.limit, descending=page.descending, failed=failed)
        return [(str(op.token), ask.render.operation(op, joined=joined)) for op in found]

    return Listing(page, fetch)


def _joined(ask: Ask) -> bool:
    text = ask.query.get("join", "")
    if text not in ("", "transactions"):
        raise bad_request("join", "Accepted values: transactions")
    return bool(text)


def _shelf_of_transactions(ask: Ask, history: History) -> Callable[[], Shelf[TxRecord]]:
    if "account" in ask.values:
        concerned = _concerned(ask, history)
        return lambda: concerned.transactions
    if "sequence" in ask.values:
        shelf: Shelf[TxRecord] = Shelf()
        shelf.records = _ledger(ask, history).transactions
        return lambda: shelf
    return lambda: history.transactions


def shelf_of_operations(ask: Ask, history: History, *, payments: bool) -> Callable[[], Shelf[OpRecord]]:
    """Where the operations of an account, a ledger, a transaction, one operation or everybody are found."""
    if "id" in ask.values:
        text = ask.values["id"]
        record = history.operation(int(text)) if text.isdecimal() else None
        one: Shelf[OpRecord] = Shelf()
        one.records = [] if record is None else [record]
        return lambda: one
    if "account" in ask.values:
        concerned = _concerned(ask, history)
        return lambda: concerned.payments if payments else concerned.operations
    if "sequence" in ask.values or "hash" in ask.values:
        shelf: Shelf[OpRecord] = Shelf()
        chosen = _ledger(ask, history).transactions if "sequence" in ask.values else [_transaction(ask, history)]
        shelf.records = [op for tx in chosen for op in tx.parts() if not payments or op.is_payment]
        return lambda: shelf
    return lambda: history.payments if payments else history.operations


def _concerned(ask: Ask, history: History) -> Concerned:
    found = history.accounts.get(account_id(ask.values["account"]))
    if found is None:
        raise not_found()
    return found


def _ledger(ask: Ask, history: History) -> LedgerRecord:
    number = ledger_number(ask.values["sequence"])
    record = history.ledger(number)
    if record is None:
        raise before_history() if number < history.elder else not_found()
    return record


def _transaction(ask: Ask, history: History) -> TxRecord:
    found = history.transaction(transaction_hash(ask.values["hash"]))
    if found is None:
        raise not_found()
    return found
