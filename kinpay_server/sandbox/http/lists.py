"""Lists of ledgers, transactions, operations, payments; single ones of them."""

from collections.abc import Callable

import orjson
from aiohttp import web

from ..horizon.filing import balance_key
from ..horizon.history import History
from ..horizon.ledger_view import ledger
from ..horizon.problems import bad_request, before_history, not_found
from ..horizon.records import LedgerRecord, OpRecord, TxRecord
from ..horizon.shelves import Concerned, ListShelf, Shelf
from . import answers
from .filters import Filter, filter_of
from .parameters import Page, flag, ledger_number, links_of, page_of, transaction_hash, unsigned
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


def page_for(ask: Ask, history: History, *, numbered: bool = True) -> Page:
    """The page that the request wants."""
    return page_of(ask.query, now_token(history), ask.request.headers.get("Last-Event-ID"), numbered=numbered)


def history_page(ask: Ask, history: History) -> Page:
    """The page of a list of what happened: backwards from before the beginning is 410."""
    page = page_for(ask, history)
    before = page.cursor != "" and int(page.cursor.partition("-")[0]) <= history.elder << 32
    if page.descending and before:
        raise before_history()
    return page


def ledgers(ask: Ask, history: History) -> Listing:
    """/ledgers"""

    def fetch(page: Page) -> list[tuple[str, bytes]]:
        records = history.ledgers.page(page.token, page.limit, descending=page.descending)
        return [(str(r.token), answers.encode(ledger(r, ask.base))) for r in records]

    return Listing(history_page(ask, history), fetch)


def one_ledger(ask: Ask, history: History) -> web.Response:
    """/ledgers/{sequence}"""
    number = ledger_number(ask.values["ledger_id"])
    if number < history.elder or number >= 1 << 31:  # Horizon takes the number for a signed one
        raise before_history()
    return answers.document(ask.request, ledger(_ledger_at(history, number), ask.base))


def transactions(ask: Ask, history: History) -> Listing:
    """/transactions, of everybody, an account, a ledger or a claimable balance."""
    page, failed = history_page(ask, history), flag(ask.query, "include_failed")
    shelf = _shelf_of_transactions(history, filter_of(ask, "claimable_balance_id", too_many=_ONE_FOR_TRANSACTIONS))

    def fetch(page: Page) -> list[tuple[str, bytes]]:
        found = shelf.page(page.token, page.limit, descending=page.descending, failed=failed)
        return [(str(tx.token), ask.render.transaction(tx)) for tx in found]

    return Listing(page, fetch)


def one_transaction(ask: Ask, history: History) -> web.Response:
    """/transactions/{hash}, by the outer or the inner hash."""
    tx = _transaction(history, transaction_hash(ask.values["tx_id"]))
    return answers.document(ask.request, ask.render.transaction(tx, ask.values["tx_id"]))


def operations(ask: Ask, history: History) -> Listing:
    """/operations, of everybody, an account, a ledger, a transaction or a claimable balance."""
    return _operations(ask, history, payments=False)


def payments(ask: Ask, history: History) -> Listing:
    """/payments, of everybody, an account, a ledger or a transaction."""
    return _operations(ask, history, payments=True)


def one_operation(ask: Ask, history: History) -> web.Response:
    """/operations/{id}"""
    token = unsigned(ask.values["op_id"], "id", 'schema: error converting value for "id"')
    joined = _joined(ask)
    if token >> 32 < history.elder:
        raise before_history()
    record = history.operation(token)
    if record is None:
        raise not_found()
    return answers.document(ask.request, ask.render.operation(record, joined=joined))


def _operations(ask: Ask, history: History, *, payments: bool) -> Listing:
    page, failed = history_page(ask, history), flag(ask.query, "include_failed")
    joined = _joined(ask)
    only = filter_of(ask, "claimable_balance_id", "tx_id", too_many=_ONE_FOR_OPERATIONS)
    failed = failed or bool(only.tx_hash)
    shelf = shelf_of_operations(history, only, payments=payments)

    def fetch(page: Page) -> list[tuple[str, bytes]]:
        found = shelf.page(page.token, page.limit, descending=page.descending, failed=failed)
        return [(str(op.token), ask.render.operation(op, joined=joined)) for op in found]

    return Listing(page, fetch)


_ONE_FOR_TRANSACTIONS = (
    "Use a single filter for transaction, you can only use one of account_id, claimable_balance_id or ledger_id"
)
_ONE_FOR_OPERATIONS = "Use a single filter for operations, you can only use one of tx_id, account_id or ledger_id"


def _joined(ask: Ask) -> bool:
    text = ask.query.get("join", "")
    if text not in ("", "transactions"):
        raise bad_request("join", "Accepted values: transactions")
    return bool(text)


def _shelf_of_transactions(history: History, only: Filter) -> Shelf[TxRecord]:
    if only.account is not None or only.balance or only.pool:
        return _concerned(history, only).transactions
    if only.ledger:
        return ListShelf(history.transactions_in(_ledger_at(history, only.ledger)))
    return history.transactions


def shelf_of_operations(history: History, only: Filter, *, payments: bool) -> Shelf[OpRecord]:
    """Where the operations of an account, a balance, a ledger, a transaction or everybody are found."""
    if only.account is not None or only.balance or only.pool:
        concerned = _concerned(history, only)
        return concerned.payments if payments else concerned.operations
    if only.ledger or only.tx_hash:
        if only.ledger:
            chosen = history.transactions_in(_ledger_at(history, only.ledger))
        else:
            chosen = [_transaction(history, only.tx_hash)]
        return ListShelf([op for tx in chosen for op in tx.parts() if not payments or op.is_payment])
    return history.payments if payments else history.operations


def concerned_of(history: History, key: bytes) -> Concerned:
    """What concerns an account or a balance; 404 if nothing ever did."""
    found = history.concerned(key)
    if found is None:
        raise not_found()
    return found


def _concerned(history: History, only: Filter) -> Concerned:
    if only.pool:
        raise not_found()
    if only.account is not None:
        return concerned_of(history, only.account)
    return concerned_of(history, balance_key(bytes.fromhex(only.balance)[4:]))


def _ledger_at(history: History, number: int) -> LedgerRecord:
    record = history.ledger(number)
    if record is None:
        raise not_found()
    return record


def _transaction(history: History, hash_hex: str) -> TxRecord:
    found = history.transaction(hash_hex)
    if found is None:
        raise not_found()
    return found
