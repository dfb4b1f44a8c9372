"""Payments on the ledger that no attempt of ours made: an older backup was restored, or another instance ran.

The ledger is the last word. A KIN payment out of the root account whose memo names an id has paid that id, whoever
sent it, so it is recorded as succeeded and posting the id again pays nothing.
"""

from collections.abc import Iterator, Sequence

import structlog

from kinpay_server.domain.memo import parse_memo
from kinpay_server.domain.outcome import LedgerPayment, LedgerTransaction
from kinpay_server.domain.payment import Payment, PaymentStatus
from kinpay_server.exact_json import dumps
from kinpay_server.services.health import Health
from kinpay_server.services.payment_events import payment_succeeded
from kinpay_server.services.ports import Clock, FoundPayment, Ledger, NewCallback, PaymentAfter, SettlementStore
from kinpay_server.services.send_attempts import STOPPED

MISMATCH = "ledger and database"

log = structlog.get_logger(__name__)


class FoundPayments:
    """Records what the ledger shows and the database does not explain."""

    def __init__(
        self, store: SettlementStore, ledger: Ledger, *, root_address: str, health: Health, clock: Clock
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._root = root_address
        self._health = health
        self._clock = clock

    async def record(self, unknown: Sequence[LedgerTransaction]) -> None:
        """Record the payments of transactions of root that no attempt explains; ones recorded before are left out.

        Raises `StaleSettlement`, having written nothing, when one was posted or settled at the same moment.
        """
        ours = [t for t in unknown if t.failure is None and parse_memo(t.memo)]
        paid = [(t, payment) for t in ours for payment in self._out_of_root(t)]
        if not paid:
            return
        known_hashes = await self._store.found_among([t.hash for t, _ in paid])
        new = [(t, payment) for t, payment in paid if t.hash not in known_hashes]
        ids = [memo.payment_id for t, _ in new if (memo := parse_memo(t.memo))]
        known = await self._store.payments_by_id(ids) if ids else {}
        found = [self._found(transaction, payment, known) for transaction, payment in new]
        if found:
            await self._store.record_found(found, self._clock())

    def _out_of_root(self, transaction: LedgerTransaction) -> Iterator[LedgerPayment]:
        """Its first KIN payment out of root: a transaction of ours has just one.

        Anybody's transaction that pays root is listed too, and may hold what is newer than this program.
        """
        try:
            payments = [one for one in self._ledger.payments_in(transaction) if one.sender == self._root]
        except ValueError as error:
            message = f"transaction {transaction.hash} of the root account cannot be read: {error}"
            self._health.bad(MISMATCH, message, blocking=False)
            return
        yield from payments[:1]

    def _found(self, transaction: LedgerTransaction, paid: LedgerPayment, known: dict[str, Payment]) -> FoundPayment:
        memo = parse_memo(transaction.memo)
        assert memo is not None  # noqa: S101 - the caller selects
        before = known.get(memo.payment_id)
        now = self._clock()
        payment = Payment(
            memo.payment_id,
            memo.app_id,
            paid.amount,
            paid.recipient,
            before.callback if before else "",
            before.request_id if before else "",
            before.created_at if before else now,
            PaymentStatus.SUCCEEDED,
            self._root,
            transaction.hash,
            transaction.closed_at,
        )
        log.warning(
            "found a payment on the ledger that this database did not make",
            payment_id=payment.id,
            transaction=transaction.hash,
            believed=before.status.value if before else "unknown",
        )
        callback = None
        if before is not None:
            self._compare(before, payment)
            if before.status is not PaymentStatus.SUCCEEDED and before.callback:
                callback = _callback(before, payment)
        known[payment.id] = payment
        return FoundPayment(payment, transaction, callback, before.status if before else None)

    def _compare(self, before: Payment, paid: Payment) -> None:
        """Shout where the ledger paid something else than what was asked for, or paid twice."""
        if before.status is PaymentStatus.SUCCEEDED:
            self._health.bad(STOPPED, f"payment {paid.id} is on the ledger twice: {paid.transaction_id} is the second")
        if (before.amount, before.recipient_address) != (paid.amount, paid.recipient_address):
            self._health.bad(
                MISMATCH,
                f"the ledger paid {paid.id} with another amount or recipient: see {paid.transaction_id}",
                blocking=False,
            )


def _callback(before: Payment, paid: Payment) -> NewCallback:
    after = PaymentAfter(paid.id, paid.status, None, paid.sender_address, paid.transaction_id, paid.timestamp)
    body = dumps(payment_succeeded(before, after).body())
    return NewCallback(f"payment-{paid.transaction_id}", None, paid.id, before.callback, body)
