"""Settle an attempt that creates a wallet."""

from kinpay_server.domain.attempt import Attempt
from kinpay_server.domain.outcome import Fault, LedgerTransaction
from kinpay_server.domain.wallet import EXISTS_CODE, Wallet, WalletStatus, wallet_created, wallet_failed
from kinpay_server.exact_json import dumps
from kinpay_server.services.ports import NewCallback, Settlement, WalletAfter
from kinpay_server.services.settle_fundings import channel_after


def wallet_settlement(attempt: Attempt, wallet: Wallet, transaction: LedgerTransaction) -> Settlement:
    """What becomes of the wallet, as of a payment: the account exists now, or did before, or it waits for us."""
    after, body = _outcome(wallet, transaction)
    callback = None
    if body is not None and wallet.callback is not None:
        callback = NewCallback(f"wallet-{attempt.hash}", attempt.hash, None, wallet.callback, body)
    return Settlement(
        attempt,
        landed=True,
        successful=transaction.failure is None,
        reason=transaction.failure.code if transaction.failure else "on the ledger",
        ledger=transaction.ledger,
        fee_charged=transaction.fee_charged,
        wallet=after,
        channel=channel_after(attempt, transaction),
        callback=callback,
    )


def _outcome(wallet: Wallet, transaction: LedgerTransaction) -> tuple[WalletAfter, bytes | None]:
    failure = transaction.failure
    if failure is None:
        return WalletAfter(wallet.address, WalletStatus.CREATED, None), dumps(wallet_created(wallet).body())
    if failure.fault is Fault.RECIPIENT or failure.code == EXISTS_CODE:
        body = dumps(wallet_failed(wallet, failure.reason, failure.code).body())
        return WalletAfter(wallet.address, WalletStatus.FAILED, failure.reason), body
    if failure.fault is Fault.UNKNOWN:
        return WalletAfter(wallet.address, WalletStatus.SUBMITTED, f"held: {failure.code}"), None
    return WalletAfter(wallet.address, WalletStatus.ACCEPTED, None), None
