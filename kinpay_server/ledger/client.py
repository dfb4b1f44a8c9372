"""The `Ledger`: one Horizon, asked over connections that stay open."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Self, TypeVar
from urllib.parse import quote

import orjson
from stellar_sdk import Asset

from kinpay_server.domain.attempt import AccountEvidence, Attempt
from kinpay_server.domain.outcome import Answer, LedgerPayment, LedgerTransaction
from kinpay_server.ledger.accounts import KinAsset, parse_account
from kinpay_server.ledger.answers import is_missing_route
from kinpay_server.ledger.connection import HorizonConnection, HttpAnswer, NoAnswer, RateLimit
from kinpay_server.ledger.found import acts_for, creates, leaps, payments_of_envelope, takes_number
from kinpay_server.ledger.history import parse_page, parse_transaction
from kinpay_server.ledger.network import parse_fees, parse_network
from kinpay_server.ledger.payments import PaymentsPage, parse_payments_page, parse_rate
from kinpay_server.ledger.signer import StellarSigner
from kinpay_server.ledger.submitter import Submitter
from kinpay_server.ledger.unavailable import HorizonUnavailable, unavailable
from kinpay_server.services.ports import AccountState, HorizonMeter, NetworkFees, NetworkState

PAGE = 200
"""The most records that Horizon gives at once."""

BEFORE_HISTORY = 410
"""What it answers to who asks for what came before its history."""

Json = Mapping[str, Any]
T = TypeVar("T")


class HorizonLedger:
    """`async with HorizonLedger(…) as ledger`, or `open()` and `close()`, inside the loop that uses it.

    `timeout` is for each request, in seconds. Raises `ValueError` when the signer signs for another network.
    """

    def __init__(
        self,
        horizon_url: str,
        *,
        passphrase: str,
        asset_code: str,
        asset_issuer: str,
        signer: StellarSigner,
        timeout: float = 10.0,
        meter: HorizonMeter | None = None,
    ) -> None:
        if signer.passphrase != passphrase:
            raise ValueError("the signer signs for another network")
        self._asset = KinAsset(asset_code, asset_issuer)
        self._passphrase = passphrase
        self._sdk_asset = Asset(asset_code, asset_issuer)
        self._connection = HorizonConnection(horizon_url, timeout=timeout, meter=meter)
        self._submitter = Submitter(self._connection, signer)

    async def open(self) -> None:
        """Make the session; nothing is sent."""
        await self._connection.open()

    async def close(self) -> None:
        """Close all connections."""
        await self._connection.close()

    async def __aenter__(self) -> Self:
        """Open."""
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close."""
        await self.close()

    @property
    def rate_limit(self) -> RateLimit | None:
        """What Horizon's last answer said of its rate limit."""
        return self._connection.rate_limit

    async def network(self) -> NetworkState:
        """The root document."""
        return await self._read("/", parse_network)

    async def fees(self) -> NetworkFees:
        """What an operation costs."""
        return await self._read("/fee_stats", parse_fees)

    async def submit(self, attempts: Sequence[Attempt]) -> list[Answer]:
        """Send all side by side, one answer each, in order; never raises for what the network does."""
        return await self._submitter.submit(attempts)

    async def find(self, transaction_hash: str) -> LedgerTransaction | None:
        """What history shows for an inner or outer hash; None for a 404, which proves nothing."""
        path = f"/transactions/{transaction_hash}"
        answer = await self._get(path)
        if answer.status == 404:
            return None
        found = _parse(path, answer, parse_transaction)
        if transaction_hash not in found.hashes:
            raise HorizonUnavailable(f"Horizon answered {path} with another transaction")
        return found

    async def evidence(self, address: str) -> AccountEvidence:
        """Sequence number and ledger of one snapshot."""
        account = await self._account(address)
        if isinstance(account, int):
            return AccountEvidence(ledger=account, sequence=None)
        return AccountEvidence(ledger=account.ledger, sequence=account.sequence)

    async def account(self, address: str) -> AccountState | None:
        """The account; None when it does not exist."""
        account = await self._account(address)
        return None if isinstance(account, int) else account

    async def sponsored_accounts(self, sponsor: str) -> list[AccountState]:
        """All accounts whose reserve `sponsor` pays; each page is one snapshot."""
        accounts: list[AccountState] = []
        path = f"/accounts?sponsor={sponsor}&limit={PAGE}"
        page = await self._accounts(path)
        while page:
            accounts += page
            # The paging token of an account is its address.
            page = await self._accounts(f"{path}&cursor={page[-1].address}") if len(page) == PAGE else []
        return accounts

    def payments_in(self, transaction: LedgerTransaction) -> list[LedgerPayment]:
        """The payments of KIN that its payment operations make."""
        return payments_of_envelope(transaction.envelope, self._passphrase, self._sdk_asset)

    def acts_for(self, transaction: LedgerTransaction, address: str) -> bool:
        """Whether an operation is of that account, or the fee; of what cannot be read it may be."""
        if transaction.fee_account == address:
            return True
        try:
            return acts_for(transaction.envelope, self._passphrase, address)
        except ValueError:
            return True

    def creates(self, transaction: LedgerTransaction, address: str) -> bool:
        """Whether its operations created the account; False for what cannot be read."""
        with suppress(ValueError):
            return transaction.failure is None and creates(transaction.envelope, self._passphrase, address)
        return False

    def leaps(self, transaction: LedgerTransaction, sequence: int) -> bool:
        """Whether its source's number may be below `sequence`; what cannot be read says nothing."""
        try:
            return leaps(transaction.envelope, self._passphrase, sequence)
        except ValueError:
            return False

    def takes_number(self, transaction: LedgerTransaction, address: str, sequence: int) -> bool:
        """Whether its operations merged the account, or raised its number to `sequence` or beyond.

        False for what cannot be read: then it proves nothing.
        """
        if transaction.failure is not None:
            return False
        with suppress(ValueError):
            return takes_number(transaction.envelope, self._passphrase, address, sequence, transaction.ledger)
        return False

    async def transactions_of(
        self, address: str, cursor: str, limit: int, *, newest_first: bool = False
    ) -> list[LedgerTransaction]:
        """An account's transactions, failed ones too, after `cursor`, oldest first; at most 200.

        Newest first, those before it; none where that is before Horizon's history. An account that does not exist has
        none.
        """
        order = "desc" if newest_first else "asc"
        query = f"order={order}&include_failed=true&limit={min(limit, PAGE)}&cursor={quote(cursor, safe='')}"
        path = f"/accounts/{address}/transactions?{query}"
        answer = await self._get(path)
        is_forgotten = newest_first and answer.status == BEFORE_HISTORY
        return [] if is_forgotten or is_missing_route(answer) else _parse(path, answer, parse_page)

    async def payments_of(
        self, address: str | None, position: int | None, limit: int, *, newest_first: bool = False
    ) -> PaymentsPage:
        """The payments in an account's list, or in the network's, after a position, oldest first; at most 200."""
        limit = min(limit, PAGE)
        of_whom = "" if address is None else f"/accounts/{address}"
        order, cursor = "desc" if newest_first else "asc", "" if position is None else position
        path = f"{of_whom}/payments?order={order}&join=transactions&include_failed=false&limit={limit}&cursor={cursor}"
        answer = await self._get(path)
        if address is not None and is_missing_route(answer):
            return PaymentsPage((), self._asset, limit)
        return _parse(path, answer, lambda body: parse_payments_page(body, self._asset, limit))

    async def payments_per_second(self, until: int) -> float:
        """What the newest payments of the network show."""
        return await self._read(f"/payments?order=desc&limit={PAGE}", lambda body: parse_rate(body, until))

    async def _account(self, address: str) -> AccountState | int:
        """The account, or the number of the ledger in which it does not exist."""
        path = f"/accounts/{address}"
        answer = await self._get(path)
        ledger = _latest_ledger(path, answer)
        if is_missing_route(answer):
            return ledger
        account = _parse(path, answer, lambda body: parse_account(body, ledger, self._asset))
        if account.address != address:
            raise HorizonUnavailable(f"Horizon answered {path} with another account")
        return account

    async def _accounts(self, path: str) -> list[AccountState]:
        """The accounts of one page."""
        answer = await self._get(path)
        ledger = _latest_ledger(path, answer)

        def parse(body: Json) -> list[AccountState]:
            return [parse_account(record, ledger, self._asset) for record in body["_embedded"]["records"]]

        return _parse(path, answer, parse)

    async def _read(self, path: str, parse: Callable[[Json], T]) -> T:
        return _parse(path, await self._get(path), parse)

    async def _get(self, path: str) -> HttpAnswer:
        try:
            return await self._connection.get(path)
        except NoAnswer as error:
            raise HorizonUnavailable(f"Horizon did not answer {path}: {error}") from error


def _parse(path: str, answer: HttpAnswer, parse: Callable[[Json], T]) -> T:
    """What a 200 holds. Raises `HorizonUnavailable` for all else."""
    if answer.status != 200:
        raise unavailable(path, answer)
    try:
        return parse(orjson.loads(answer.body))
    except (LookupError, TypeError, ValueError, AttributeError, StopIteration) as error:
        raise HorizonUnavailable(f"Horizon's answer to {path} cannot be read: {error!r}") from error


def _latest_ledger(path: str, answer: HttpAnswer) -> int:
    """The ledger that the answer is a snapshot of. Without it the answer proves nothing."""
    if answer.status not in (200, 404):
        raise unavailable(path, answer)
    try:
        return int(answer.headers["Latest-Ledger"])
    except (KeyError, ValueError) as error:
        raise HorizonUnavailable(f"Horizon's answer to {path} names no Latest-Ledger") from error
