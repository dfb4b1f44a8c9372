"""Services and what they watch: which of them is told of a payment that the ledger shows, and in which words.

A position on the ledger is a whole number, as Horizon's paging tokens are: the ledger's number above 32 bits for the
transaction and the operation in it. So positions can be compared, whichever list they come from.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from typing import Any

from kinpay_server.domain.amount import amount_of
from kinpay_server.domain.callback import Event
from kinpay_server.domain.memo import parse_memo
from kinpay_server.domain.payment import PaymentStatus

MAX_ADDRESSES = 10_000
"""The most addresses that one service may watch permanently."""

_LEDGER_BITS = 32


@dataclass(frozen=True, slots=True)
class Service:
    """Who is told of payments: `callback` is called for each payment at one of `wallet_addresses`."""

    id: str
    callback: str
    wallet_addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PaymentWatch:
    """A service's wish to be told of payments with that id at that address, until its time is over."""

    service_id: str
    address: str
    payment_id: str


@dataclass(frozen=True, slots=True)
class Watch:
    """One reason to tell a service of a payment at `address`: any payment, or when `payment_id` is given those with it.

    `since` is the position on the ledger after which payments are told; `expires_at`, in milliseconds since 1970, is
    None for a permanent watch.
    """

    service_id: str
    callback: str
    address: str
    since: int
    payment_id: str | None = None
    expires_at: int | None = None


@dataclass(frozen=True, slots=True)
class Telling:
    """A service is to be told of a payment: where, and at which of its addresses it was seen (one, or both sides)."""

    service_id: str
    callback: str
    addresses: frozenset[str]


@dataclass(frozen=True, slots=True)
class Money:
    """An amount of an asset; XLM has no issuer. `amount` is in KIN (or whatever the asset is), exact."""

    amount: int | Decimal
    asset_code: str
    asset_issuer: str | None


@dataclass(frozen=True, slots=True)
class SeenPayment:
    """A KIN payment as the ledger shows it. `amount` is in stroops of KIN: what is delivered, or else what is spent.

    `position` is its operation's. `closed_at` is its ledger's close time in milliseconds since 1970, `timestamp` the
    same in ISO 8601. A payment along a path says too what was `sent` and what was `received`.
    """

    position: int
    sender: str
    recipient: str
    amount: int
    transaction_id: str
    timestamp: str
    closed_at: int
    memo: str | None
    sent: Money | None = None
    received: Money | None = None

    @property
    def payment_id(self) -> str | None:
        """The id that its memo names; None when the memo is not ours."""
        memo = parse_memo(self.memo)
        return memo.payment_id if memo else None


def end_of_ledger(ledger: int) -> int:
    """The position after everything in that ledger."""
    return ((ledger + 1) << _LEDGER_BITS) - 1


def ledger_of(position: int) -> int:
    """The ledger that a position lies in."""
    return position >> _LEDGER_BITS


def told(payment: SeenPayment, watches: Iterable[Watch], now: int) -> list[Telling]:
    """The services to be told; each once, however many of its watches hold (contract, 1)."""
    found = dict[str, Telling]()
    for watch in watches:
        if _holds(watch, payment, now):
            before = found.get(watch.service_id)
            addresses = frozenset((watch.address,)) if before is None else before.addresses | {watch.address}
            found[watch.service_id] = Telling(watch.service_id, watch.callback, addresses)
    return list(found.values())


def lane(service_id: str, address: str) -> int:
    """What a service is told of one address has this number in common: it is sent in the order of the ledger.

    That two addresses have the same one is as good as impossible, and would do no harm.
    """
    return int.from_bytes(sha256(f"{address} {service_id}".encode()).digest()[:7])


def event_id(payment: SeenPayment, service_id: str) -> str:
    """The same for the same payment and service, always: so it is told once. Safe in a header, whatever the id is."""
    return f"receive-{payment.position}-{sha256(service_id.encode()).hexdigest()[:16]}"


def payment_seen(payment: SeenPayment) -> Event:
    """What is told (the contract, section 2)."""
    return Event("payment", "receive", "success", as_value(payment))


def as_value(payment: SeenPayment) -> dict[str, Any]:
    """The payment as clients see it; `id` and `app_id` are None when its memo is not ours."""
    memo = parse_memo(payment.memo)
    value: dict[str, Any] = {
        "id": memo.payment_id if memo else None,
        "app_id": memo.app_id if memo else None,
        "amount": amount_of(payment.amount),
        "recipient_address": payment.recipient,
        "sender_address": payment.sender,
        "transaction_id": payment.transaction_id,
        "timestamp": payment.timestamp,
        "status": PaymentStatus.SUCCEEDED.value,
    }
    for name, money in (("sent", payment.sent), ("received", payment.received)):
        if money is not None:
            value[name] = {field: getattr(money, field) for field in ("amount", "asset_code", "asset_issuer")}
    return value


def _holds(watch: Watch, payment: SeenPayment, now: int) -> bool:
    """True when the watch is for this payment.

    A temporary one ends by this host's clock; after an interruption by the ledger's, so that nothing that happened
    before its end is lost.
    """
    if watch.address not in (payment.sender, payment.recipient) or payment.position <= watch.since:
        return False
    if watch.payment_id is not None and watch.payment_id != payment.payment_id:
        return False
    return watch.expires_at is None or min(now, payment.closed_at) < watch.expires_at
