"""A wallet that we create for an app's user, and what a repeat of its address means."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from kinpay_server.domain.callback import Event
from kinpay_server.domain.memo import wallet_memo

ACCOUNT_EXISTS = "account exists"
"""The reason, word for word, that clients know (the contract, section 1)."""

EXISTS_CODE = "op_already_exists"


class WalletStatus(StrEnum):
    """Where the creation of a wallet stands."""

    ACCEPTED = "accepted"
    SUBMITTED = "submitted"
    CREATED = "created"
    FAILED = "failed"


TRANSITIONS: Mapping[WalletStatus, frozenset[WalletStatus]] = {
    WalletStatus.ACCEPTED: frozenset({WalletStatus.SUBMITTED}),
    # Back to accepted only when every attempt is proven dead, as with payments.
    WalletStatus.SUBMITTED: frozenset({WalletStatus.CREATED, WalletStatus.FAILED, WalletStatus.ACCEPTED}),
    WalletStatus.CREATED: frozenset(),
    WalletStatus.FAILED: frozenset({WalletStatus.ACCEPTED}),
}


@dataclass(frozen=True, slots=True)
class NewWallet:
    """A wallet as posted. `id` is the client's own, `created_at` is in milliseconds since 1970."""

    address: str
    app_id: str
    id: str | None
    callback: str | None
    request_id: str
    created_at: int

    @property
    def memo(self) -> str:
        """The text memo of its ledger transaction."""
        return wallet_memo(self.app_id)


@dataclass(frozen=True, slots=True)
class Wallet(NewWallet):
    """A wallet's creation as kept."""

    status: WalletStatus = WalletStatus.ACCEPTED
    reason: str | None = None

    @classmethod
    def posted(cls, new: NewWallet) -> "Wallet":
        """The creation as it is kept right after it was posted."""
        return cls(new.address, new.app_id, new.id, new.callback, new.request_id, new.created_at)

    @property
    def held(self) -> bool:
        """True when it waits for an operator, as a payment does (`domain.payment.Payment.held`)."""
        return self.status is WalletStatus.SUBMITTED and self.reason is not None


class Repeat(StrEnum):
    """What a post of a known address leads to."""

    NOTHING = "nothing"
    TELL_TOO = "tell of its end too"
    TELL_EXISTS = "tell that the account exists"
    TRY_AGAIN = "try again"


def judge_repeat(known: Wallet, posted: NewWallet) -> Repeat:
    """Decide what a post means whose address is known already: the address is the lock.

    1. The very same post again: nothing more happens.
    2. On its way: nothing more happens, but who is to be told elsewhere, or by another id, is told of its end too.
    3. It exists: the post is answered by a fail callback that says so.
    4. It could not be created for another reason: it is tried again.
    """
    if known.request_id == posted.request_id:
        return Repeat.NOTHING
    if known.status in (WalletStatus.ACCEPTED, WalletStatus.SUBMITTED):
        told = posted.callback is None or (known.id, known.callback) == (posted.id, posted.callback)
        return Repeat.NOTHING if told else Repeat.TELL_TOO
    if known.status is WalletStatus.CREATED or known.reason == ACCOUNT_EXISTS:
        return Repeat.TELL_EXISTS
    return Repeat.TRY_AGAIN


def wallet_created(wallet: NewWallet) -> Event:
    """The wallet is on the ledger."""
    return Event("wallet", "create", "success", {"id": wallet.id, "wallet_address": wallet.address})


def wallet_failed(wallet: NewWallet, reason: str, code: str) -> Event:
    """It could not be created; `reason` is for people, `code` is stable."""
    value = {"id": wallet.id, "wallet_address": wallet.address, "reason": reason, "code": code}
    return Event("wallet", "create", "fail", value)
