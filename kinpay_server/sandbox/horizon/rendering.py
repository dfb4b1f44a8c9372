"""Documents as JSON bytes, kept for a while: the same transaction is read many times."""

from collections import OrderedDict

import orjson

from .operation_view import operation
from .records import OpRecord, TxRecord
from .transaction_view import transaction

KEPT = 4096


class Renderer:
    """Renders records for links that begin with `base`."""

    def __init__(self, base: str) -> None:
        self.base = base
        self._transactions: OrderedDict[tuple[int, str], bytes] = OrderedDict()

    def transaction(self, tx: TxRecord, asked: str | None = None) -> bytes:
        """A transaction's document."""
        key = (tx.token, asked or tx.hash)
        found = self._transactions.get(key)
        if found is None:
            document = transaction(tx, self.base, asked)
            found = self._transactions[key] = orjson.dumps(document, option=orjson.OPT_INDENT_2)
            if len(self._transactions) > KEPT:
                self._transactions.popitem(last=False)
        return found

    def operation(self, record: OpRecord, *, joined: bool = False) -> bytes:
        """An operation's document, with its transaction inside if that is wanted."""
        inside = orjson.Fragment(self.transaction(record.tx)) if joined else None
        return orjson.dumps(operation(record, self.base, inside), option=orjson.OPT_INDENT_2)
