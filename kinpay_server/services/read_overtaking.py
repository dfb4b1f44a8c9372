"""Read what ended an attempt's chances (`domain.overtaking`) from its source's list of transactions."""

from kinpay_server.domain.attempt import Attempt
from kinpay_server.domain.outcome import LedgerTransaction
from kinpay_server.domain.overtaking import overtaking
from kinpay_server.services.ports import Ledger

PAGE = 200
MOST_PAGES = 50
"""A channel has a few transactions in the ledgers that count. Root may have more than this: then nothing is proven."""


async def read_overtaking(ledger: Ledger, attempt: Attempt) -> LedgerTransaction | None:
    """Read from the last transaction before the attempt may have landed to where it may not any more.

    Each page begins with the last transaction of the one before: where this one is missing, the answer comes from a
    Horizon that does not have those ledgers, or not yet. Raises `LedgerUnavailable`.
    """
    begin = attempt.first_ledger << 32
    listed = await ledger.transactions_of(attempt.source, str(begin), 1, newest_first=True)
    for _ in range(MOST_PAGES):
        cursor = int(listed[-1].paging_token) - 1 if listed else begin
        page = await ledger.transactions_of(attempt.source, str(cursor), PAGE)
        if listed and (not page or page[0].paging_token != listed[-1].paging_token):
            return None
        listed += page[1:] if listed else page
        if len(page) < PAGE or listed[-1].ledger >= attempt.max_ledger:
            return overtaking(attempt, listed, ledger)
    return None
