"""Claims of a process that was killed before it signed: nothing can have left, so they are given back."""

from sqlalchemy import Connection

from kinpay_server.storage.channels import free_lent
from kinpay_server.storage.submissions import free_payment_claims
from kinpay_server.storage.wallets import free_wallet_claims


def release_lost_claims(connection: Connection, batch: list[int]) -> list[int]:
    """Payments, wallets and channels without an open attempt; returns how many payments and wallets those were."""
    released = [free_payment_claims(connection, now) + free_wallet_claims(connection, now) for now in batch]
    free_lent(connection, max(batch))
    return released
