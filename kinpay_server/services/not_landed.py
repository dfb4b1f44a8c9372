"""The proof that a retry needs: that none of the attempts before has done what is to be done now."""

from collections.abc import Sequence

from kinpay_server.domain.attempt import AttemptState
from kinpay_server.services.ports import Ledger
from kinpay_server.services.records import AttemptRecord
from kinpay_server.services.refusals import Refused


async def must_not_have_landed(
    ledger: Ledger, passphrase: str, attempts: Sequence[AttemptRecord], otherwise: str
) -> None:
    """Ask the ledger once more for each attempt, all of which have ended, by its hash.

    None may have been successful, and each that is known to have failed there must be shown as failed: a Horizon that
    cannot show it is of no use to decide this. One that `domain.attempt.judge` has proven dead needs not be shown.

    Raises `Refused`, for a success with `otherwise` and the transaction, and `LedgerUnavailable`.
    """
    serves = (await ledger.network()).passphrase
    if serves != passphrase:
        raise Refused(f"Horizon serves the network {serves!r}, but [stellar] network is {passphrase!r}")
    for record in attempts:
        await _must_not_have_landed(ledger, record, otherwise)


async def _must_not_have_landed(ledger: Ledger, record: AttemptRecord, otherwise: str) -> None:
    attempt = record.attempt
    transaction = await ledger.find(attempt.hash)
    if transaction is not None and transaction.failure is None:
        raise Refused(f"{otherwise}: transaction {attempt.hash} is on the ledger")
    if transaction is None and attempt.state is not AttemptState.EXPIRED:
        raise Refused(
            f"this Horizon does not show transaction {attempt.hash} of ledger {record.ledger}, so it cannot tell "
            "what it has done: use one whose history goes back that far"
        )
