"""The one table of what every code means: refusals, failures on the ledger, HTTP statuses and problems.

A code is Horizon's word for a result of core (`tx_bad_seq`, `op_no_trust`), an answer's `tx_status`, the last part of
a problem's `type`, `http` and a status, or one of our own words for what went wrong on the way. The classes are those
of ledger-facts, "Classes of result codes". Not one verdict says that a payment was not made: only the ledger can.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from kinpay_server.domain.outcome import Fault, Verdict

CONNECTION_FAILED = "connection failed"
CONNECTION_LOST = "connection lost"
TIMED_OUT = "timed out"
MALFORMED_ANSWER = "malformed answer"
OTHER_HASH = "answer for another hash"
EMPTY_503 = "http 503, empty"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a code means: in the answer to a submission, and of a transaction that the ledger shows as failed.

    `reason` is for people; of a recipient's fault it goes to the client in a fail callback.
    """

    verdict: Verdict
    fault: Fault
    reason: str


def _recipient(reason: str) -> Meaning:
    return Meaning(Verdict.ASK, Fault.RECIPIENT, reason)


def _ours(reason: str) -> Meaning:
    return Meaning(Verdict.OURS, Fault.OURS, reason)


def _serious(reason: str) -> Meaning:
    return Meaning(Verdict.SERIOUS, Fault.SERIOUS, reason)


def _queued(reason: str) -> Meaning:
    return Meaning(Verdict.QUEUED, Fault.UNKNOWN, reason)


def _wait(reason: str) -> Meaning:
    return Meaning(Verdict.NOT_SENT, Fault.UNKNOWN, reason)


def _ask(reason: str) -> Meaning:
    return Meaning(Verdict.ASK, Fault.UNKNOWN, reason)


def _unknown(reason: str) -> Meaning:
    return Meaning(Verdict.UNKNOWN, Fault.UNKNOWN, reason)


_TRANSACTION: Mapping[str, Meaning] = {
    "tx_success": _ask("the transaction was refused with the code of a success"),
    "tx_fee_bump_inner_success": _ask("the fee bump was refused with the code of a success"),
    "tx_failed": _ask("an operation failed"),
    "tx_fee_bump_inner_failed": _ask("the transaction inside the fee bump failed"),
    "tx_too_early": _ask("the transaction is not valid yet"),
    "tx_too_late": _ask("the transaction is not valid any more"),
    "tx_bad_seq": _ask("the sequence number of the transaction is not the next one: often it has been made already"),
    "tx_insufficient_fee": Meaning(Verdict.BID_HIGHER, Fault.UNKNOWN, "the fee is too low"),
    # Of a channel that pays for itself. Whoever pays by a bump, or is its own source, is root: `OURS` (`answers`).
    "tx_insufficient_balance": Meaning(Verdict.CHANNEL_SHORT, Fault.OURS, "the account has too little XLM for the fee"),
    "tx_bad_auth": _serious("the signatures of the transaction do not suffice, or are for another network"),
    "tx_bad_auth_extra": _serious("the transaction has signatures that it does not need"),
    # A channel that was merged: what it carried is dead once its bound has passed, and the channel is retired.
    "tx_no_source_account": _ask("the source account of the transaction does not exist"),
    "tx_missing_operation": _unknown("the transaction has no operation"),
    "tx_internal_error": _unknown("stellar-core had an internal error"),
    "tx_not_supported": _unknown("the network does not support this kind of transaction"),
    "tx_bad_sponsorship": _unknown("a sponsorship was begun and not ended"),
    "tx_bad_minseq_age_or_gap": _unknown("the least age or gap of the sequence number is not reached"),
    "tx_malformed": _unknown("the transaction is malformed"),
    "tx_soroban_invalid": _unknown("the transaction is no valid contract call"),
    "tx_frozen_key_accessed": _unknown("the transaction touches an entry that the network has frozen"),
}

_OPERATION: Mapping[str, Meaning] = {
    "op_success": _ask("the operation succeeded"),
    "op_inner": _ask("the operation was applied"),
    "op_no_destination": _recipient("the recipient's account does not exist"),
    "op_no_trust": _recipient("the recipient has no trustline for KIN"),
    "op_not_authorized": _recipient("the recipient is not authorized by the issuer to hold KIN"),
    "op_line_full": _recipient("the recipient's trustline cannot hold that much KIN"),
    # The contract fixes this wording for wallets.
    "op_already_exists": _recipient("account exists"),
    "op_underfunded": _ours("the paying account has too little"),
    "op_low_reserve": _ours("the paying account has too little XLM for the reserve"),
    "op_src_no_trust": _ours("the paying account has no trustline for KIN"),
    "op_src_not_authorized": _ours("the issuer has frozen the paying account's KIN"),
    "op_bad_auth": _serious("the paying account's signature does not suffice"),
    "op_no_source_account": _unknown("the paying account does not exist"),
    "op_not_supported": _unknown("the network does not support this kind of operation"),
    "op_too_many_subentries": _unknown("the account cannot have more entries"),
    "op_exceeded_work_limit": _unknown("the operation is too much work for the network"),
    "op_too_many_sponsoring": _unknown("the paying account cannot sponsor more reserves"),
    "op_malformed": _unknown("the operation is malformed"),
    "op_no_issuer": _unknown("the issuer of KIN does not exist"),
    "op_already_sponsored": _unknown("the new account's reserves are being sponsored already"),
    "op_recursive": _unknown("the sponsor's reserves are being sponsored itself"),
    "op_not_sponsored": _unknown("no sponsorship was begun that could be ended"),
}

_ASYNC_STATUS: Mapping[str, Meaning] = {
    "PENDING": _queued("in the queue of a node"),
    "DUPLICATE": _queued("in the queue of a node already"),
    # Also what an applied transaction gets for ten ledgers.
    "TRY_AGAIN_LATER": _ask("not taken into the queue now, or made already"),
    "ERROR": _ask("refused without a reason that can be read"),
}

_PROBLEM: Mapping[str, Meaning] = {
    "rate_limit_exceeded": _wait("Horizon's rate limit is used up"),
    "stale_history": _wait("Horizon's history is behind"),
    "server_over_capacity": _wait("Horizon is over its capacity"),
    "service_unavailable": _wait("Horizon is unavailable"),
    "still_ingesting": _wait("Horizon is still ingesting"),
    "transaction_failed": _ask("the transaction failed, without a reason that can be read"),
    "transaction_submission_timeout": _ask("Horizon did not see the transaction on the ledger in time"),
    "timeout": _ask("Horizon did not answer in time"),
    "transaction_submission_failed": _ask("Horizon could not hand the transaction to stellar-core"),
    "transaction_submission_exception": _ask("stellar-core had an exception"),
    "transaction_submission_invalid_status": _ask("stellar-core answered with a status that Horizon does not know"),
    "server_error": _ask("Horizon had an internal error"),
    "client_disconnected": _ask("Horizon saw the connection close"),
    "transaction_malformed": _unknown("Horizon could not read the transaction"),
    "bad_request": _unknown("Horizon did not understand the request"),
    "transaction_submission_disabled": _ours("this Horizon takes no transactions: set another one"),
    "forbidden": _ours("this Horizon takes no transactions from here"),
    "unsupported_media_type": _ours("this Horizon does not take forms"),
    "not_found": _ours("there is no Horizon that takes transactions at this address"),
    "not_implemented": _ours("this Horizon takes no transactions: set another one"),
}

_HTTP: Mapping[str, Meaning] = {
    "http 301": _ours("Horizon's address has moved: set the new one"),
    "http 302": _ours("Horizon's address redirects elsewhere: set the right one"),
    "http 303": _ours("Horizon's address redirects elsewhere: set the right one"),
    "http 307": _ours("Horizon's address redirects elsewhere: set the right one"),
    "http 308": _ours("Horizon's address has moved: set the new one"),
    "http 400": _unknown("Horizon did not understand the request"),
    "http 401": _ours("Horizon wants a login"),
    "http 403": _ours("Horizon takes no transactions from here"),
    "http 404": _ours("there is no Horizon that takes transactions at this address"),
    "http 405": _ours("there is no Horizon that takes transactions at this address"),
    "http 406": _unknown("Horizon does not answer in JSON"),
    "http 408": _ask("the request did not arrive in time"),
    "http 413": _unknown("Horizon found the request too large"),
    "http 415": _ours("this Horizon does not take forms"),
    "http 429": _wait("Horizon's rate limit is used up"),
    "http 499": _ask("Horizon saw the connection close"),
    "http 500": _ask("Horizon had an internal error"),
    "http 502": _ask("the way to Horizon is broken"),
    "http 503": _wait("Horizon is unavailable"),
    EMPTY_503: _ask("something on the way to Horizon is unavailable"),
    "http 504": _ask("Horizon did not answer in time"),
}

_ON_THE_WAY: Mapping[str, Meaning] = {
    CONNECTION_FAILED: _wait("no connection to Horizon"),
    CONNECTION_LOST: _ask("the connection to Horizon broke"),
    TIMED_OUT: _ask("Horizon did not answer in time"),
    MALFORMED_ANSWER: _ask("Horizon's answer cannot be read"),
    OTHER_HASH: _ask("Horizon answered for another transaction"),
}

TABLE: Mapping[str, Meaning] = {**_TRANSACTION, **_OPERATION, **_ASYNC_STATUS, **_PROBLEM, **_HTTP, **_ON_THE_WAY}
"""Every code that core and Horizon know, and what happens on the way."""


def meaning(code: str) -> Meaning:
    """What a code means; one that the table does not have is held and shouted about."""
    return TABLE.get(code) or _unknown(f"{code} is a code that kinpay does not know")


def http_code(status: int) -> str:
    """The code of an answer of which nothing but the status is known."""
    return f"http {status}"


def meaning_of_http(status: int) -> Meaning:
    """What a bare status means. One that the table does not have: a server's error tells nothing for sure."""
    known = TABLE.get(http_code(status))
    if known is not None or status < 500:
        return known or meaning(http_code(status))
    return _ask(f"Horizon answered with status {status}")
