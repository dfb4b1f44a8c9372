"""Read what ended an attempt's chances (`domain.overtaking`) from its source's list of transactions."""

from kinpay_server.domain.attempt import Attempt
from kinpay_server.domain.outcome import LedgerTransaction
from kinpay_server.domain.overtaking import is_before, overtaking
from kinpay_server.services.ports import Ledger

PAGE = 200
MOST_PAGES = 50
"""A channel has a few transactions in the ledgers that count. Root may have more than this: then nothing is proven."""


async def read_overtaking(ledger: Ledger, attempt: Attempt) -> LedgerTransaction | None:
    """Read from some transactions before the attempt may have landed to the one that took its number.

    Its number may have been taken even before it was signed, by somebody whom nobody had noticed. Each page begins with
    the last transaction of the one before: where this one is missing, the answer comes from a Horizon that does not
    have those ledgers, or not yet. Raises `LedgerUnavailable`.
    """
    begin = attempt.first_ledger << 32
    before = (await ledger.transactions_of(attempt.source, str(begin), PAGE, newest_first=True))[::-1]
    first, last = before, before[-1:]
    for _ in range(MOST_PAGES):
        cursor = int(last[0].paging_token) - 1 if last else begin
        page = await ledger.transactions_of(attempt.source, str(cursor), PAGE)
        first = first or page[:1]
        if not page or (last and page[0].paging_token != last[0].paging_token):
            return None
        found = overtaking(attempt, [*first, *page], ledger)
        if found or len(page) < PAGE or not _goes_on(attempt, first[0], page, ledger):
            return found
        last = page[-1:]
    return None


def _goes_on(attempt: Attempt, first: LedgerTransaction, page: list[LedgerTransaction], ledger: Ledger) -> bool:
    """Whether what comes after the page may prove something."""
    return is_before(attempt, first, ledger) and not any(attempt.hash in one.hashes for one in page)
