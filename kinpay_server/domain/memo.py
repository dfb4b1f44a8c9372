"""The text memo that ties a ledger transaction to what kinpay knows: `1-{app_id}-{id}` (the contract, section 1)."""

from dataclasses import dataclass

VERSION = "1"
MAX_BYTES = 28


@dataclass(frozen=True, slots=True)
class PaymentMemo:
    """What the memo of one of our payments names."""

    app_id: str
    payment_id: str


def payment_memo(app_id: str, payment_id: str) -> str:
    """The memo of a payment. It is at most 28 bytes if `fits` says so."""
    return f"{VERSION}-{app_id}-{payment_id}"


def wallet_memo(app_id: str) -> str:
    """The memo of a wallet creation."""
    return f"{VERSION}-{app_id}"


def fits(memo: str) -> bool:
    """True when the ledger can hold the memo: at most 28 bytes of UTF-8 (bytes, not characters)."""
    return len(memo.encode("utf-8")) <= MAX_BYTES


def parse_memo(memo: str | None) -> PaymentMemo | None:
    """Read version, app_id and all the rest as the id, which may hold hyphens; None for a memo that is not ours."""
    version, _, rest = (memo or "").partition("-")
    app_id, hyphen, payment_id = rest.partition("-")
    if version != VERSION or not hyphen or not app_id or not payment_id:
        return None
    return PaymentMemo(app_id, payment_id)
