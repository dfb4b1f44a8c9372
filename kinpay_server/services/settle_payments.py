"""Settle: what the ledger shows of an attempt, or proves about it, becomes the state of its payment and channel.

Everything that follows from the end of an attempt is one `Settlement`, written in one commit: attempt, payment,
channel, callback, and the watcher's cursor.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from kinpay_server.domain.attempt import AccountEvidence, Attempt, Purpose
from kinpay_server.domain.channel import LAST_SEQUENCE
from kinpay_server.domain.outcome import Fault, LedgerTransaction
from kinpay_server.domain.payment import Payment, PaymentStatus
from kinpay_server.domain.wallet import Wallet, WalletStatus
from kinpay_server.exact_json import dumps
from kinpay_server.services.health import Health
from kinpay_server.services.held import Held
from kinpay_server.services.payment_events import payment_failed, payment_succeeded
from kinpay_server.services.ports import (
    ChannelAfter,
    Clock,
    NewCallback,
    Nudge,
    PaymentAfter,
    Settlement,
    SettlementStore,
    WalletAfter,
)
from kinpay_server.services.pressure import CARRIED, Pressure
from kinpay_server.services.send_attempts import SENDING, SIGNATURES, STOPPED, doubted
from kinpay_server.services.settle_fundings import SettleFundings, channel_after
from kinpay_server.services.settle_wallets import wallet_settlement
from kinpay_server.services.settled_lines import log_settlement

CHANNEL_USE = "channel numbers"


@dataclass(frozen=True, slots=True)
class Seen:
    """An open attempt and the transaction that history shows for it."""

    attempt: Attempt
    transaction: LedgerTransaction


@dataclass(frozen=True, slots=True)
class Dead:
    """An open attempt that `domain.attempt.judge` has proven dead, and what proves it.

    `overtaking` is the transaction that ended its chances where the snapshot alone does not tell; `by_stranger` when
    somebody else has made that one.
    """

    attempt: Attempt
    evidence: AccountEvidence
    overtaking: LedgerTransaction | None = None
    by_stranger: bool = False

    @property
    def reason(self) -> str:
        """Why it is known to be dead."""
        if self.overtaking is None:
            return f"not on the ledger up to {self.evidence.ledger}, with its number unused"
        return f"not on the ledger: transaction {self.overtaking.hash} in {self.overtaking.ledger} came instead"

    @property
    def channel(self) -> ChannelAfter | None:
        """The channel that carried it: retired when it is gone, has no more numbers, or somebody else uses it."""
        index, sequence = self.attempt.channel, self.evidence.sequence
        if index is None:
            return None
        has_no_more = sequence is None or max(sequence, self.attempt.sequence) >= LAST_SEQUENCE
        is_useless = has_no_more or self.by_stranger
        return ChannelAfter(index, sequence or 0, self.attempt.sequence, 0, retired=is_useless)


class SettlePayments:
    """Used by the watcher and by the sweep; they may meet, and then the second one reads again."""

    def __init__(
        self,
        store: SettlementStore,
        fundings: SettleFundings,
        held: Held,
        *,
        root_address: str,
        pressure: Pressure,
        health: Health,
        nudge: Nudge,
        clock: Clock,
    ) -> None:
        self._store = store
        self._fundings = fundings
        self._held = held
        self._root = root_address
        self._pressure = pressure
        self._health = health
        self._nudge = nudge
        self._clock = clock

    async def landed(self, seen: Sequence[Seen], *, cursor: str | None = None) -> None:
        """Settle attempts that are on the ledger, and store how far it has been read.

        A failure of the whole transaction that does not prove that its number was used settles nothing: its attempt
        stays open until the channel's number or the expiry decides (ledger-facts, rule 1).

        Raises `StaleSettlement`, having written nothing.
        """
        proven = [s for s in seen if s.transaction.failure is None or s.transaction.failure.uses_sequence]
        payments = await self._payments_of([s.attempt for s in proven])
        wallets = await self._wallets_of([s.attempt for s in proven])
        settlements = [await self._settlement(s, payments, wallets) for s in proven]
        if settlements or cursor is not None:
            await self._store.settle(settlements, cursor=cursor, now=self._clock())
        for s in proven:
            self._hold(s)
        self._end(settlements)

    async def expired(self, dead: Sequence[Dead]) -> None:
        """Settle attempts that are proven dead: their payments may be signed anew, their channels come back."""
        payments = await self._payments_of([d.attempt for d in dead])
        settlements = [self._expiry(d, payments) for d in dead]
        await self._store.settle(settlements, cursor=None, now=self._clock())
        for one in dead:
            self._notice(one)
        self._end(settlements)

    async def _payments_of(self, attempts: Sequence[Attempt]) -> dict[str, Payment]:
        ids = [attempt.payment_id for attempt in attempts if attempt.payment_id is not None]
        return await self._store.payments_by_id(ids) if ids else {}

    async def _wallets_of(self, attempts: Sequence[Attempt]) -> dict[str, Wallet]:
        addresses = [attempt.wallet_address for attempt in attempts if attempt.wallet_address is not None]
        return await self._store.wallets_by_address(addresses) if addresses else {}

    async def _settlement(self, seen: Seen, payments: dict[str, Payment], wallets: dict[str, Wallet]) -> Settlement:
        attempt, transaction = seen.attempt, seen.transaction
        if attempt.wallet_address is not None:
            return wallet_settlement(attempt, wallets[attempt.wallet_address], transaction)
        if attempt.purpose is not Purpose.PAYMENT:
            return await self._fundings.settlement(attempt, transaction)
        payment = payments[attempt.payment_id or ""]
        after, body = self._outcome(payment, transaction)
        return Settlement(
            attempt,
            landed=True,
            successful=transaction.failure is None,
            reason=transaction.failure.code if transaction.failure else "on the ledger",
            ledger=transaction.ledger,
            fee_charged=transaction.fee_charged,
            payment=after,
            channel=channel_after(attempt, transaction),
            callback=_callback(attempt, payment, body) if body else None,
        )

    def _outcome(self, payment: Payment, transaction: LedgerTransaction) -> tuple[PaymentAfter | None, bytes | None]:
        """What becomes of the payment, and the callback's body when that is final.

        One that is not on its way any more was found to be paid by somebody else (`services.found_payments`), or the
        sweep has settled this very transaction at this moment; then writing it is refused as stale.
        """
        failure = transaction.failure
        if payment.status is not PaymentStatus.SUBMITTED:
            if failure is None and payment.transaction_id not in transaction.hashes:
                self._health.bad(STOPPED, f"payment {payment.id} is on the ledger twice: see {transaction.hash}")
            return None, None
        if failure is None:
            after = PaymentAfter(
                payment.id, PaymentStatus.SUCCEEDED, None, self._root, transaction.hash, transaction.closed_at
            )
            return after, dumps(payment_succeeded(payment, after).body())
        if failure.fault is Fault.RECIPIENT:
            after = PaymentAfter(payment.id, PaymentStatus.FAILED, failure.reason)
            return after, dumps(payment_failed(payment.id, failure).body())
        if failure.fault is Fault.UNKNOWN:
            return PaymentAfter(payment.id, PaymentStatus.SUBMITTED, f"held: {failure.code}"), None
        return PaymentAfter(payment.id, PaymentStatus.ACCEPTED, None), None

    def _expiry(self, dead: Dead, payments: dict[str, Payment]) -> Settlement:
        attempt = dead.attempt
        payment = payments.get(attempt.payment_id or "")
        on_its_way = payment is not None and payment.status is PaymentStatus.SUBMITTED
        return Settlement(
            attempt,
            landed=False,
            successful=False,
            reason=dead.reason,
            payment=PaymentAfter(payment.id, PaymentStatus.ACCEPTED, None) if payment and on_its_way else None,
            wallet=WalletAfter(attempt.wallet_address, WalletStatus.ACCEPTED, None) if attempt.wallet_address else None,
            channel=dead.channel,
        )

    def _notice(self, dead: Dead) -> None:
        """Say who uses a channel besides us. Nothing stops: another one takes its place. Root may be used by hand."""
        if dead.overtaking is not None and dead.by_stranger and dead.channel is not None:
            self._health.bad(
                CHANNEL_USE,
                f"somebody else used channel {dead.attempt.source}, see transaction {dead.overtaking.hash}: it is "
                "retired. Channels are signed for with keys made from the root account's seed: who else has it?",
                blocking=False,
            )

    def _hold(self, seen: Seen) -> None:
        """Have payments wait after a failure that is not its recipient's fault."""
        failure = seen.transaction.failure
        if failure is None or seen.attempt.purpose not in CARRIED:
            return
        if failure.fault is Fault.OURS:
            self._health.bad(SENDING, f"a payment failed on the ledger: {failure.reason}")
        elif failure.fault is Fault.SERIOUS:
            self._health.bad(SIGNATURES, doubted(failure.code))
        elif failure.fault is Fault.UNKNOWN:
            self._held.add(seen.attempt, failure.code)

    def _end(self, settlements: Sequence[Settlement]) -> None:
        """What follows once they are on disk."""
        for settlement in settlements:
            log_settlement(settlement)
        of_payments = [s for s in settlements if s.attempt.purpose in CARRIED]
        self._pressure.ended([s.attempt.hash for s in of_payments], landed=sum(s.landed for s in of_payments))
        if settlements:
            self._nudge.submit_payments()
            self._nudge.create_wallets()
        if any(s.attempt.purpose not in CARRIED for s in settlements):
            self._nudge.fund_channels()
        if any(s.callback for s in settlements):
            self._nudge.deliver_callbacks()


def _callback(attempt: Attempt, payment: Payment, body: bytes) -> NewCallback:
    """The one callback of this attempt; its id is the event's, the same in every try."""
    return NewCallback(f"payment-{attempt.hash}", attempt.hash, payment.id, payment.callback, body)
